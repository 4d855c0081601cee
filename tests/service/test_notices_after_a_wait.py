"""Conflict notices of a document that has waited for a body."""

from __future__ import annotations

from typing import Any

from sync_server.service.waiting_for_people import open_conflicts
from tests.service.conftest import REGISTRATION, Programme
from tests.service.test_merging import AGE, age_clash, notices_of

OLDER, LEFT, RIGHT = "b" * 32, "c" * 32, "d" * 32
SHOWN, HIDDEN = 9, 7
"""The ages between which `age_clash` leaves a choice."""


def edit_of(shown: dict[str, Any], *digests: str) -> dict[str, Any]:
    """The members of an edit whose author's earlier ones were made on what is shown."""
    generation, _, digest = str(shown["_rev"]).partition("-")
    path = {"start": int(generation) + len(digests), "ids": [*digests, digest]}
    return {"_revisions": path}


def waiting(programme: Programme, age: int) -> dict[str, Any]:
    """Two edits of a clash wait for the one between; its members, with that age."""
    clash = age_clash(programme)
    data = {**REGISTRATION, "age": age}
    programme.write_together(
        "amina",
        ("k21", {**data, "in_school": True}, edit_of(clash, LEFT, OLDER)),
        ("k21", {**data, "notes": "."}, edit_of(clash, RIGHT, OLDER)),
    )
    (found,) = open_conflicts(programme.kanaf, programme.database, programme.caller("bilal"))
    assert found["waits"]
    return edit_of(clash, OLDER)


def test_a_notice_is_closed_when_a_unit_was_decided_during_a_wait(programme: Programme) -> None:
    between = waiting(programme, HIDDEN)
    assert len(notices_of(programme, "bilal")) == 1

    programme.write("amina", "k21", {**REGISTRATION, "age": HIDDEN}, **between)

    shown = programme.shown("bilal", "k21")
    assert (shown["data"]["age"], shown["data"]["notes"]) == (HIDDEN, ".")
    assert shown["merge"]["open"] == {}
    assert notices_of(programme, "bilal") == []


def test_a_notice_stays_when_its_unit_is_open_after_a_wait(programme: Programme) -> None:
    between = waiting(programme, SHOWN)
    before = notices_of(programme, "bilal")

    programme.write("amina", "k21", {**REGISTRATION, "age": SHOWN}, **between)

    assert list(programme.shown("bilal", "k21")["merge"]["open"]) == [AGE]
    assert notices_of(programme, "bilal") == before
    assert len(before) == 1
