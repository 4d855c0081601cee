"""The store: transactions with their locks.

**Lock order of every writing transaction**: the directory's lock, where the plan rests on it; the
rows of its records, ascending; then the database's row, which gives out seqs; then commit. Under
the records' locks nobody else changes their trees or their audience; under the database's row seqs
are taken and committed in one order, so a seq that a reader has passed never appears later.

Small writes that are asked for while another is under way are written together in one transaction,
if they have no record in common: to reach the disk costs more than all else that they do.

On PostgreSQL the locks are row locks. SQLite has one lock for all: there a plan is made on a
snapshot, outside the lock; inside it the versions of the plan's records are compared, and the plan
is made anew where another writer came first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from sync_server.errors import DatabaseMissing
from sync_server.storage.applying import apply_changes
from sync_server.storage.availability import names_what_is_gone, or_overloaded
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.engine import AtOnce, engines, telling_engine
from sync_server.storage.locking import (
    HoldingReading,
    drop_placeholders,
    holding_reading,
    lock_records,
)
from sync_server.storage.notifying import NOTIFY_CHANNEL, Notifier
from sync_server.storage.reading import Reading
from sync_server.storage.together import ALONE, Together

Result = TypeVar("Result")
Prepare = Callable[[Reading], Plan[Result]]
_OPTIMISTIC_TRIES = 3
_FEW_RECORDS = 4
"""A plan about no more is soon made: if it came to nothing, it is made anew under the lock. Where
the directory is changed again and again, every other one might come to nothing, too."""
_log = structlog.get_logger()
_RECORDS_TOGETHER = 32
"""How many records a transaction of several writes has; those with more wait for no company."""
_STANDSTILL_SECONDS = 0.5
"""So long does a write wait while no other ends: who stands still holds up nobody else. Longer than
a full transaction takes on a slow disk, or waiting together would end where it helps most."""
__all__ = ["NOTIFY_CHANNEL", "AlreadyThere", "Connection", "Store"]


class AlreadyThere(Exception):
    """A row breaks a constraint: its name is taken, or something that it names does not exist."""


class Store:
    """A database server's databases."""

    def __init__(self, url: str) -> None:
        self.url = url
        opened = engines(url)
        self.reader, self.writer_engine = opened.reader, opened.writing
        self._snapshots, self._writer = opened.snapshots, opened.writer
        self._notifier = Notifier(telling_engine(url)) if self.notifies else None
        self._together = Together(
            self._write, fits=_fits, patience=_STANDSTILL_SECONDS, refuses_together=False
        )
        self.commit_listeners: list[Callable[[int, int], None]] = []

    @property
    def notifies(self) -> bool:
        """Whether commits are told to other processes; else they look for themselves."""
        return isinstance(self._writer, AtOnce)

    def close(self) -> None:
        """Tells what is still to be told, and closes every connection."""
        if self._notifier:
            self._notifier.close()
        self.reader.dispose()
        self.writer_engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A connection to read with."""
        with or_overloaded(), self.reader.begin() as connection:
            yield Reading(connection)

    @contextmanager
    def read_one_state(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with or_overloaded(), self._snapshots.begin() as connection:
            yield connection

    def administratively(self, work: Callable[[Connection], Result]) -> Result:
        """Runs `work` in a writing transaction of its own: for the directory and the databases.

        Raises:
            AlreadyThere: a name is taken, or something that is named does not exist.
            Overloaded: the database is away, locked or full.
        """

        def transaction() -> Result:
            with self.writer_engine.begin() as connection:
                return work(connection)

        try:
            with or_overloaded():
                return self._writer.run(transaction)
        except IntegrityError:
            raise AlreadyThere from None

    def write(
        self,
        database_id: int,
        records: Collection[str],
        prepare: Prepare[Result],
        *,
        documents: Collection[str] = (),
        reads_directory: bool = False,
        is_large: bool = False,
    ) -> Result:
        """Plans and writes one transaction under the locks of `records`.

        Args:
            records: the records whose documents the plan may read or change.
            prepare: makes the plan from what it reads. It may be called more than once; it must
                not write, and what it returned before counts for nothing when it is called again.
            documents: those of them that the plan will read; they are read beforehand.
            reads_directory: whether the plan rests on the directory, which then stays as it is
                until the plan is written, or the plan is made anew.
            is_large: whether there is so much to write that others should not wait for it.

        Returns:
            The plan's result, once everything it says is durable.

        Raises:
            Overloaded: the database is away, locked or full.
            DatabaseMissing: it was removed.
        """
        asked = _Write(
            database_id, tuple(sorted(set(records))), tuple(documents), prepare, reads_directory
        )
        if 0 < len(asked.records) <= _RECORDS_TOGETHER and not is_large:
            result: Result = self._together.ask(asked)
        else:
            (result,) = self._write([asked])
        return result

    def _write(self, writes: Sequence[_Write]) -> list[Any]:
        """Plans and writes some writes in one transaction.

        Returns:
            The result of each; `ALONE` for one that has to be written by itself.
        """
        write = self._write_locking if self.notifies else self._write_checking
        try:
            with or_overloaded():
                results, seq = write(writes)
        except IntegrityError as error:
            if names_what_is_gone(error):  # the database was removed meanwhile
                raise DatabaseMissing from None
            raise
        self._tell_of_commit(writes[0].database_id, seq)
        return results

    def _tell_of_commit(self, database_id: int, seq: int) -> None:
        """What was committed is answered as such, whoever cannot be told of it."""
        try:
            if self._notifier:
                self._notifier.committed(database_id)
            for listener in self.commit_listeners:
                listener(database_id, seq)
        except Exception as error:  # noqa: BLE001 - readers look for themselves now and then
            _log.error("a commit was not told", kind=type(error).__name__)

    def _write_locking(self, writes: Sequence[_Write]) -> tuple[list[Any], int]:
        database_id = writes[0].database_id
        with self.writer_engine.begin() as connection:
            reading, placeholders = lock_records(
                connection,
                database_id,
                _records(writes),
                reads_directory=writes[0].reads_directory,
                waits=len(writes) == 1,
            )
            plan = _planned(reading, writes)
            seq = apply_changes(connection, database_id, _without_unchanged(plan.changes, reading))
            unused = set(placeholders) - plan.changes.records.keys()
            drop_placeholders(connection, database_id, unused)
        return plan.result, seq

    def _write_checking(self, writes: Sequence[_Write]) -> tuple[list[Any], int]:
        is_small = len(_records(writes)) <= _FEW_RECORDS
        for _ in range(1 if is_small else _OPTIMISTIC_TRIES):
            with self.reader.begin() as connection:
                reading = _holding_reading(connection, writes)
                plan = _planned(reading, writes)
            commit = partial(self._commit, writes[0].database_id, reading, plan)
            seq = self._writer.run(commit)
            if seq is not None:
                return plan.result, seq
        return self._writer.run(lambda: self._write_in_one(writes))

    def _commit(self, database_id: int, reading: HoldingReading, plan: Plan[Any]) -> int | None:
        """Writes a plan unless a record or the directory was written since; then None."""
        with self.writer_engine.begin() as connection:
            if not reading.is_of_now(connection):
                return None
            return apply_changes(connection, database_id, plan.changes)

    def _write_in_one(self, writes: Sequence[_Write]) -> tuple[list[Any], int]:
        with self.writer_engine.begin() as connection:
            plan = _planned(_holding_reading(connection, writes), writes)
            return plan.result, apply_changes(connection, writes[0].database_id, plan.changes)


@dataclass(frozen=True)
class _Write:
    """What `Store.write` was asked for; `records` ascending."""

    database_id: int
    records: tuple[str, ...]
    documents: tuple[str, ...]
    prepare: Prepare[Any]
    reads_directory: bool


def _fits(writes: Sequence[_Write], one: _Write) -> bool:
    """Whether a write may be in one transaction with some: the locks are few, and each its own."""
    known = set(_records(writes))
    return (
        one.database_id == writes[0].database_id
        and one.reads_directory == writes[0].reads_directory
        and known.isdisjoint(one.records)
        and len(known) + len(one.records) <= _RECORDS_TOGETHER
    )


def _records(writes: Sequence[_Write]) -> list[str]:
    return sorted(record for one in writes for record in one.records)


def _holding_reading(connection: Connection, writes: Sequence[_Write]) -> HoldingReading:
    return holding_reading(
        connection,
        writes[0].database_id,
        _records(writes),
        reads_directory=writes[0].reads_directory,
    )


def _planned(reading: HoldingReading, writes: Sequence[_Write]) -> Plan[list[Any]]:
    """The plans of some writes as one; those that failed or lack a lock are left out."""
    held = [one for one in writes if reading.holds(one.records)]
    documents = [name for one in held for name in one.documents]
    if documents:
        reading.read_documents(documents)
    if len(writes) == 1:
        only = writes[0].prepare(reading)
        return Plan(only.changes, [only.result])
    changes: list[Changes] = []
    results: list[Any] = []
    for one in writes:
        plan: Plan[Any] | None = None
        if one in held:
            with suppress(Exception):  # it is raised where it is planned alone
                plan = one.prepare(reading)
        results.append(plan.result if plan else ALONE)
        changes += [plan.changes] if plan else []
    return Plan(merged_changes(changes), results)


def _without_unchanged(changes: Changes, reading: HoldingReading) -> Changes:
    """Changes without the records that stay as they are.

    Their versions are to tell a plan without locks, as SQLite's are, that another came first. Under
    the locks none does, and to write the rows anew would be a message more, and work for vacuum.
    """
    rows = changes.records.items()
    return replace(changes, records={one: row for one, row in rows if reading.held.get(one) != row})
