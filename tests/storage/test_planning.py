"""A plan is written over the state that it was made from, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from sync_server.storage.rows import AuditRow
from sync_server.storage.store import Store
from tests.storage.writing import (
    PATIENCE_SECONDS,
    Programme,
    beside,
    changes,
    document,
    on_postgresql,
    on_sqlite,
    together,
)


@pytest.fixture
def other(programme: Programme, new_store: Callable[[], Store]) -> Programme:
    """The same database as another process has it."""
    return programme.seen_by(new_store())


def test_the_answer_is_the_plans_result(programme: Programme) -> None:
    programme.change("a")

    found = programme.store.write(
        programme.id, ["a"], lambda reading: programme.change_plan(reading, "a")
    )

    assert found == 1
    assert programme.generation("a") == 2


@on_sqlite
def test_a_plan_is_made_anew_when_another_writer_came_first(
    programme: Programme, other: Programme
) -> None:
    programme.change("a")
    found: list[int] = []

    def prepare(reading: Reading) -> Plan[int]:
        plan = programme.change_plan(reading, "a")
        found.append(plan.result)
        if len(found) == 1:
            other.change("a")
        return plan

    assert programme.store.write(programme.id, ["a"], prepare) == 2
    assert found == [1, 2]
    assert programme.generation("a") == 3


@on_sqlite
def test_a_plan_for_a_new_record_is_made_anew_when_another_writer_began_it(
    programme: Programme, other: Programme
) -> None:
    found: list[int] = []

    def prepare(reading: Reading) -> Plan[int]:
        plan = programme.change_plan(reading, "a")
        found.append(plan.result)
        if len(found) == 1:
            other.change("a")
        return plan

    programme.store.write(programme.id, ["a"], prepare)

    assert found == [0, 1]


@on_sqlite
def test_a_plan_stands_when_the_other_writer_changed_another_record(
    programme: Programme, other: Programme
) -> None:
    found: list[int] = []

    def prepare(reading: Reading) -> Plan[int]:
        other.change("b")
        found.append(1)
        return programme.change_plan(reading, "a")

    programme.store.write(programme.id, ["a"], prepare)

    assert found == [1]
    assert programme.feed == [(1, "b:k1"), (2, "a:k1")]


@on_sqlite
@pytest.mark.parametrize(("records", "tries"), [("a", 1), ("abcd", 1), ("abcde", 3)])
def test_who_was_beaten_once_or_with_a_long_plan_three_times_plans_under_the_lock(
    programme: Programme, other: Programme, tmp_path: Path, records: str, tries: int
) -> None:
    found: list[int] = []

    def prepare(reading: Reading) -> Plan[int]:
        plan = programme.change_plan(reading, *records)
        found.append(plan.result)
        if len(found) <= tries:
            other.change("a")
        else:
            assert _is_locked(tmp_path / "kanaf.sqlite3")
        return plan

    assert programme.store.write(programme.id, records, prepare) == tries
    assert found == list(range(tries + 1))


def _is_locked(file: Path) -> bool:
    """Whether somebody is writing to an SQLite file just now."""
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


@on_postgresql
@pytest.mark.parametrize("known", [True, False], ids=["known record", "new record"])
def test_who_comes_second_waits_for_the_lock_and_plans_once(
    programme: Programme, other: Programme, known: bool
) -> None:
    if known:
        programme.change("a")
    planning, go_on = Event(), Event()
    found: list[int] = []

    def slowly(reading: Reading) -> Plan[int]:
        plan = programme.change_plan(reading, "a")
        planning.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return plan

    def at_once(reading: Reading) -> Plan[int]:
        plan = other.change_plan(reading, "a")
        found.append(plan.result)
        return plan

    with beside(lambda: programme.store.write(programme.id, ["a"], slowly)) as first:
        assert planning.wait(PATIENCE_SECONDS)
        with beside(lambda: other.store.write(other.id, ["a"], at_once)) as second:
            go_on.wait(0.3)
            assert found == []
            go_on.set()
            second()
        first()

    assert found == [2 if known else 1]


@on_postgresql
def test_a_writer_of_another_record_does_not_wait(programme: Programme, other: Programme) -> None:
    def prepare(reading: Reading) -> Plan[int]:
        with beside(lambda: other.change("b")) as written:
            written()
        return programme.change_plan(reading, "a")

    programme.store.write(programme.id, ["a"], prepare)

    assert programme.feed == [(1, "b:k1"), (2, "a:k1")]


def test_many_writers_of_one_record_lose_nothing(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    def write() -> None:
        writer = programme.seen_by(new_store())
        for _ in range(10):
            writer.change("a")

    together(write, write, write, write)

    assert programme.generation("a") == 40


def test_writers_who_name_the_same_records_in_another_order_do_not_block_each_other(
    programme: Programme, other: Programme
) -> None:
    def write(writer: Programme, *records: str) -> None:
        for _ in range(20):
            writer.change(*records)

    together(lambda: write(programme, "a", "b"), lambda: write(other, "b", "a"))

    assert (programme.generation("a"), programme.generation("b")) == (40, 40)


class Refused(Exception):
    pass


def test_a_failed_plan_writes_nothing_and_holds_no_lock(
    programme: Programme, other: Programme
) -> None:
    def prepare(reading: Reading) -> Plan[None]:
        raise Refused

    with pytest.raises(Refused):
        programme.store.write(programme.id, ["a"], prepare)

    assert programme.update_seq == 0
    with programme.store.read() as reading:
        assert reading.record_versions(programme.id, ["a"]) == {}
    other.change("a")


def test_a_plan_that_cannot_be_written_whole_is_not_written_at_all(programme: Programme) -> None:
    without_an_action: Any = None
    wanted = changes(document("a"))
    wanted.audit.append(AuditRow(0.0, None, None, without_an_action, "a:k1"))

    with pytest.raises(IntegrityError):
        programme.write(wanted, "a")

    assert programme.feed == []
    assert programme.update_seq == 0
    programme.change("a")
    assert programme.feed == [(1, "a:k1")]


def test_a_record_that_was_only_locked_does_not_exist(programme: Programme) -> None:
    programme.write(Changes(), "a")

    with programme.store.read() as reading:
        assert reading.record_versions(programme.id, ["a"]) == {}
        assert reading.records_after(programme.id, "", 10) == []


def test_those_who_listen_are_told_the_seq_after_the_commit(programme: Programme) -> None:
    told: list[tuple[int, int, int]] = []
    programme.store.commit_listeners.append(
        lambda database_id, seq: told.append((database_id, seq, programme.update_seq))
    )
    programme.write(changes(document("a"), document("b")))

    assert told == [(programme.id, 2, 2)]
