"""Small writes that are asked for at the same moment share a transaction, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from sync_server.storage import schema
from sync_server.storage.changes import Plan
from sync_server.storage.reading import Reading
from sync_server.storage.store import Store
from tests.storage.writing import PATIENCE_SECONDS, Programme, on_postgresql


class Meanwhile:
    """Writes that are asked for while another one is being planned."""

    def __init__(self, programme: Programme, threads: ThreadPoolExecutor) -> None:
        self._programme, self._threads = programme, threads
        self._store = programme.store
        self.asked: list[Future[Any]] = []

    def write(self, prepare: Callable[[Reading], Plan[Any]], *records: str) -> None:
        """Asks for a write, and returns when it waits."""
        waiting = len(self._store._together._waiting)
        write = self._store.write
        self.asked.append(self._threads.submit(write, self._programme.id, records, prepare))
        while len(self._store._together._waiting) == waiting:
            time.sleep(0.0001)

    def change(self, *records: str) -> None:
        """Asks to change records; the result is the generation that was found."""
        self.write(lambda reading: self._programme.change_plan(reading, *records), *records)


@contextmanager
def while_another_is_planned(programme: Programme) -> Iterator[Meanwhile]:
    """A write of a record `first` is planned until the block ends; then all end."""
    programme.store._together._patience = PATIENCE_SECONDS
    has_begun, go_on = Event(), Event()

    def prepare(reading: Reading) -> Plan[int]:
        has_begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return programme.change_plan(reading, "first")

    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(programme.store.write, programme.id, ["first"], prepare)
        assert has_begun.wait(PATIENCE_SECONDS)
        meanwhile = Meanwhile(programme, threads)
        yield meanwhile
        go_on.set()
        for one in (first, *meanwhile.asked):
            one.exception(PATIENCE_SECONDS)


@pytest.fixture
def commits(programme: Programme) -> list[object]:
    """Grows by one with every transaction that writes."""
    counted: list[object] = []
    event.listen(programme.store.writer_engine, "commit", counted.append)
    return counted


def test_who_comes_meanwhile_shares_the_next_transaction(
    programme: Programme, commits: list[object]
) -> None:
    programme.change("a", "b")
    commits.clear()

    with while_another_is_planned(programme) as meanwhile:
        for record in ("a", "b", "c", "d"):
            meanwhile.change(record)

    assert [one.result() for one in meanwhile.asked] == [1, 1, 0, 0]
    assert len(commits) == 2
    assert [name for _, name in programme.feed] == ["first:k1", "a:k1", "b:k1", "c:k1", "d:k1"]
    assert [seq for seq, _ in programme.feed] == [3, 4, 5, 6, 7]


def test_two_who_change_one_record_change_it_one_after_the_other(programme: Programme) -> None:
    with while_another_is_planned(programme) as meanwhile:
        for record in ("a", "b", "a", "a"):
            meanwhile.change(record)

    assert [one.result() for one in meanwhile.asked] == [0, 0, 1, 2]
    assert programme.generation("a") == 3


def test_one_whose_plan_fails_keeps_none_from_being_written(programme: Programme) -> None:
    def fail(_: Reading) -> Plan[Any]:
        raise LookupError

    with while_another_is_planned(programme) as meanwhile:
        meanwhile.change("a")
        meanwhile.write(fail, "b")
        meanwhile.change("c")

    assert isinstance(meanwhile.asked[1].exception(), LookupError)
    assert [programme.generation(record) for record in "abc"] == [1, 0, 1]


def test_one_that_cannot_be_written_keeps_none_from_being_written(programme: Programme) -> None:
    def impossible(reading: Reading) -> Plan[int]:
        plan = programme.change_plan(reading, "b")
        plan.changes.documents["b:k1"].__dict__["open_units"] = None  # no column for it is empty
        return plan

    with while_another_is_planned(programme) as meanwhile:
        meanwhile.change("a")
        meanwhile.write(impossible, "b")
        meanwhile.change("c")

    assert meanwhile.asked[1].exception() is not None
    assert [programme.generation(record) for record in "abc"] == [1, 0, 1]


def test_many_are_written_in_few_transactions_and_each_once(
    programme: Programme, commits: list[object]
) -> None:
    programme.store._together._patience = PATIENCE_SECONDS
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(programme.change, (f"record {n % 40}" for n in range(400))))

    assert len(found) == 400
    assert {programme.generation(f"record {n}") for n in range(40)} == {10}
    assert programme.update_seq == 400
    assert len(commits) < 300


def written_beside_one_that_waits(
    programme: Programme, waiting: str, other: Connection
) -> list[Future[Any]]:
    """Changes records `a`, `waiting` and `b` together while another process holds `waiting`.

    It lets go when the others are written, and before the one that waits is.
    """
    before = {record: programme.generation(record) for record in ("a", waiting, "b")}

    def is_written(record: str) -> bool:
        return programme.generation(record) > before[record]

    def let_go_when_the_others_are_written() -> bool:
        while not (is_written("a") and is_written("b")):
            time.sleep(0.001)
        was_written = is_written(waiting)
        other.rollback()
        return was_written

    with ThreadPoolExecutor(1) as threads:
        letting_go = threads.submit(let_go_when_the_others_are_written)
        with while_another_is_planned(programme) as meanwhile:
            for record in before:
                meanwhile.change(record)
        assert letting_go.result(PATIENCE_SECONDS) is False
    assert is_written(waiting)
    return meanwhile.asked


@on_postgresql
def test_a_record_that_another_process_holds_is_waited_for_by_who_needs_it_alone(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    programme.change("held", "a")
    table = schema.record
    with new_store().writer_engine.connect() as other:
        other.execute(select(table).where(table.c.record_id == "held").with_for_update())

        asked = written_beside_one_that_waits(programme, "held", other)

    assert [one.result() for one in asked] == [1, 1, 0]


@on_postgresql
def test_a_record_that_another_process_begins_is_waited_for_by_who_needs_it_alone(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    values = {"database_id": programme.id, "record_id": "begun", "version": 0}
    with new_store().writer_engine.connect() as other:
        other.execute(insert(schema.record).values(values))

        asked = written_beside_one_that_waits(programme, "begun", other)

    assert [one.result() for one in asked] == [0, 0, 0]
