"""The store: transactions with their locks.

**Lock order of every writing transaction**: the directory's lock, where the plan rests on it; the
rows of its records, ascending; then the database's row, which gives out seqs; then commit. Under
the records' locks nobody else changes their trees or their audience; under the database's row seqs
are taken and committed in one order, so a seq that a reader has passed never appears later.

On PostgreSQL the locks are row locks. SQLite has one lock for all: there a plan is made on a
snapshot, outside the lock; inside it the versions of the plan's records are compared, and the plan
is made anew where another writer came first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from sync_server.storage import schema
from sync_server.storage.applying import apply_changes
from sync_server.storage.availability import or_overloaded
from sync_server.storage.changes import Plan
from sync_server.storage.directory import changing
from sync_server.storage.engine import AtOnce, engines, telling_engine
from sync_server.storage.locking import (
    HoldingReading,
    drop_placeholders,
    holding_reading,
    lock_records,
)
from sync_server.storage.notifying import NOTIFY_CHANNEL, Notifier
from sync_server.storage.reading import Reading

Result = TypeVar("Result")
Prepare = Callable[[Reading], Plan[Result]]
_OPTIMISTIC_TRIES = 3
__all__ = ["NOTIFY_CHANNEL", "AlreadyThere", "Connection", "Store"]


class AlreadyThere(Exception):
    """A row breaks a constraint: its name is taken, or something that it names does not exist."""


class Store:
    """A database server's databases."""

    def __init__(self, url: str) -> None:
        self.url = url
        opened = engines(url)
        self.reader, self.writer_engine = opened.reader, opened.writer
        self._snapshots, self._writer = opened.snapshots, opened.turns
        self._notifier = Notifier(telling_engine(url)) if self.notifies else None
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
        reads_directory: bool = False,
    ) -> Result:
        """Plans and writes one transaction under the locks of `records`.

        Args:
            records: the records whose documents the plan may read or change.
            prepare: makes the plan from what it reads. It may be called more than once; it must
                not write, and what it returned before counts for nothing when it is called again.
            reads_directory: whether the plan rests on the directory, which then stays as it is
                until the plan is written, or the plan is made anew.

        Returns:
            The plan's result, once everything it says is durable.

        Raises:
            Overloaded: the database is away, locked or full.
        """
        ordered = sorted(set(records))
        write = self._write_locking if self.notifies else self._write_checking
        with or_overloaded():
            result, seq = write(database_id, ordered, prepare, reads_directory)
        if self._notifier:
            self._notifier.committed(database_id)
        for listener in self.commit_listeners:
            listener(database_id, seq)
        return result

    def _write_locking(
        self, database_id: int, records: list[str], prepare: Prepare[Result], reads_directory: bool
    ) -> tuple[Result, int]:
        with self.writer_engine.begin() as connection:
            reading, placeholders = lock_records(
                connection, database_id, records, reads_directory=reads_directory
            )
            plan = prepare(reading)
            seq = apply_changes(connection, database_id, plan.changes)
            unused = set(placeholders) - plan.changes.records.keys()
            drop_placeholders(connection, database_id, unused)
        return plan.result, seq

    def _write_checking(
        self, database_id: int, records: list[str], prepare: Prepare[Result], reads_directory: bool
    ) -> tuple[Result, int]:
        for _ in range(_OPTIMISTIC_TRIES):
            with self.reader.begin() as connection:
                reading = holding_reading(
                    connection, database_id, records, reads_directory=reads_directory
                )
                plan = prepare(reading)
            commit = partial(self._commit, database_id, reading, plan)
            seq = self._writer.run(commit)
            if seq is not None:
                return plan.result, seq
        return self._writer.run(lambda: self._write_in_one(database_id, prepare))

    def _commit(self, database_id: int, reading: HoldingReading, plan: Plan[Result]) -> int | None:
        """Writes a plan unless a record or the directory was written since; then None."""
        with self.writer_engine.begin() as connection:
            if not reading.is_of_now(connection):
                return None
            return apply_changes(connection, database_id, plan.changes)

    def _write_in_one(self, database_id: int, prepare: Prepare[Result]) -> tuple[Result, int]:
        with self.writer_engine.begin() as connection:
            plan = prepare(Reading(connection))
            return plan.result, apply_changes(connection, database_id, plan.changes)


def create_database(
    connection: Connection, *, name: str, kind: str, uuid: str, wrapped_key: bytes
) -> int:
    """Adds a database.

    Returns:
        Its id.
    """
    values = {
        "name": name,
        "kind": kind,
        "uuid": uuid,
        "update_seq": 0,
        "feed_epoch": 1,
        "wrapped_key": wrapped_key,
        "revs_limit": 1000,
        "merge_policy": "{}",
    }
    added = insert(schema.database).values(values).returning(schema.database.c.id)
    with changing(connection):
        return int(connection.execute(added).scalar_one())


def set_merge_policy(connection: Connection, database_id: int, policy: str) -> None:
    """Sets how a database's documents are merged, as JSON."""
    _set(connection, database_id, merge_policy=policy)


def set_security(connection: Connection, database_id: int, security: str) -> None:
    """Sets who may enter an open database, as JSON."""
    _set(connection, database_id, security=security)


def set_revs_limit(connection: Connection, database_id: int, limit: int) -> None:
    """Sets how many revisions of a document's history are told."""
    _set(connection, database_id, revs_limit=limit)


def delete_database(connection: Connection, database_id: int) -> None:
    """Removes a database with all that is in it."""
    with changing(connection):
        connection.execute(delete(schema.database).where(schema.database.c.id == database_id))


def _set(connection: Connection, database_id: int, **values: Any) -> None:
    table = schema.database
    with changing(connection):
        connection.execute(update(table).where(table.c.id == database_id).values(values))
