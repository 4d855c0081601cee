"""Counting documents: whatever was counted before, the count is that from the start."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from sync_server.storage import document_counts
from sync_server.storage.changes import Changes
from sync_server.storage.document_counts import DocumentCounts
from sync_server.storage.id_range import IdRange
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DocumentRow, LeafRow
from sync_server.storage.store import Store
from tests.storage.writing import Programme, document

IDS = sorted(["B", "a", "a b", "ab", "ab\x01", "b", "e\u0301", "é", "z", "\uffff", "\U00010437"])
BOUNDS = [None, "", "aa", "ab\x00", "\ud800", *IDS]


def live(name: str) -> DocumentRow:
    return replace(document("a"), document_id=name)


def deleted(name: str) -> DocumentRow:
    row = live(name)
    return replace(row, leaves=tuple(LeafRow(leaf.rev, deleted=True) for leaf in row.leaves))


@pytest.mark.parametrize("most_places", [2, 5, 1_000])
def test_counts_are_those_of_the_state_that_is_read(
    programme: Programme, most_places: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_counts, "_MOST_PLACES", most_places)
    chance = random.Random(1)
    counts = DocumentCounts()
    here: dict[str, bool] = {}  # whether it is deleted
    for _ in range(25):
        name = chance.choice(IDS)
        match chance.choice(["write", "delete", "purge"] if name in here else ["write"]):
            case "write":
                here[name] = False
                programme.write(Changes(documents={name: live(name)}), "a")
            case "delete":
                here[name] = True
                programme.write(Changes(documents={name: deleted(name)}), "a")
            case _:
                del here[name]
                programme.write(Changes(removed=[name]), "a")
        alive = [one for one in IDS if here.get(one) is False]
        with programme.store.read_one_state() as connection:
            known = counts.of(Reading(connection), programme.id)
            for _ in range(8):
                ids = IdRange(chance.choice(BOUNDS), descending=chance.random() < 0.5)
                assert known.live_before(ids) == ids.before(alive), (ids, here)
            totals = known.total(deleted=False), known.total(deleted=True)
        assert totals == (len(alive), len(here) - len(alive))


def test_what_another_process_wrote_is_counted(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    counts, writer = DocumentCounts(), programme.seen_by(new_store())

    def told() -> tuple[int, int]:
        with programme.store.read_one_state() as connection:
            known = counts.of(Reading(connection), programme.id)
            return known.total(deleted=False), known.live_before(IdRange("m"))

    before = told()
    writer.write(Changes(documents={name: live(name) for name in ("b", "z")}), "a")

    assert (before, told()) == ((0, 0), (2, 1))


def test_counting_goes_on_from_the_nearest_place_that_is_known(programme: Programme) -> None:
    programme.write(Changes(documents={name: live(name) for name in IDS}), "a")
    counted: list[tuple[Any, ...]] = []

    def watch(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "count(" in statement:
            given = parameters.values() if isinstance(parameters, dict) else parameters
            counted.append(tuple(one for one in given if isinstance(one, str)))

    with programme.store.read_one_state() as connection:
        known = DocumentCounts().of(Reading(connection), programme.id)
        event.listen(connection, "before_cursor_execute", watch)
        told = [known.live_before(IdRange(start)) for start in ("b", "z", "é", "b")]

    assert told == [IDS.index(one) for one in ("b", "z", "é", "b")]
    assert counted == [("", "b"), ("b", "z"), ("z", "é")]


def test_what_is_asked_for_does_not_fill_the_memory(programme: Programme) -> None:
    programme.write(Changes(documents={name: live(name) for name in IDS}), "a")
    counts = DocumentCounts()

    with programme.store.read_one_state() as connection:
        known = counts.of(Reading(connection), programme.id)
        told = known.live_before(IdRange("b" * 100_000))

    assert told == IDS.index("e\u0301")
    assert sum(len(text) for text, _ in known._counted.places) < 1_000
