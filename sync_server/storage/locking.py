"""The locks of a writing transaction on PostgreSQL, in as few round trips as may be.

First the directory's, where the plan rests on it, within the first statement; then those of the
records, ascending. The other way round, who holds a record could wait for the directory behind one
who changes it, who waits for one who waits for the record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Row, Select, bindparam, delete, exc, select, text, true
from sqlalchemy.dialects import postgresql

from sync_server.storage import engine, schema
from sync_server.storage.among import found_among, rows_among, values_parameter
from sync_server.storage.directory import directory_held
from sync_server.storage.reading import Reading, record_row
from sync_server.storage.rows import DocumentRow, RecordRow, RevisionRow


def _holding_the_directory(query: Select[Any]) -> Select[Any]:
    """The same rows, and the directory's lock before the first of them is looked at.

    Where there are none, one without values takes their place: a left join reads its left side
    first, and always.
    """
    rows = query.subquery()
    held = directory_held()
    return select(rows).select_from(held.join(rows, true(), isouter=True))


_ID = schema.record.c.record_id
_KNOWN = rows_among("postgresql", _ID, (_ID,))
# Locked in the order of the values that are given, which has to ascend.
_LOCKED = found_among("postgresql", _ID, select(schema.record).with_for_update())
_FREE = found_among("postgresql", _ID, select(schema.record).with_for_update(skip_locked=True))
_KNOWN_HOLDING, _LOCKED_HOLDING = (_holding_the_directory(query) for query in (_KNOWN, _LOCKED))
_HURRIED = text("SET LOCAL lock_timeout = 20")  # milliseconds
_PLACEHOLDER = postgresql.insert(schema.record).on_conflict_do_nothing()
_DROPPED = delete(schema.record).where(
    schema.record.c.database_id == bindparam("this_database"),
    schema.record.c.record_id == bindparam("this_record"),
    schema.record.c.version == 0,
)


@dataclass(frozen=True)
class HoldingReading(Reading):
    """A reading that has read some records already, and doesn't ask for them again.

    That is safe where nobody changes them while it lasts: under their locks, or in a snapshot.

    Attributes:
        held_ids: the records that are held.
        held: those of them that exist.
        reads_directory: whether the plan may rest on the directory.
        directories: the version of the directory that was asked for, if it was.
        documents_read, revisions_read: what `read_documents` has read; None where there is nothing.
    """

    database_id: int = 0
    held_ids: frozenset[str] = frozenset()
    held: Mapping[str, RecordRow] = field(default_factory=dict)
    reads_directory: bool = False
    directories: list[int] = field(default_factory=list)
    documents_read: dict[str, DocumentRow | None] = field(default_factory=dict)
    revisions_read: dict[str, list[RevisionRow]] = field(default_factory=dict)

    @property
    def held_versions(self) -> dict[str, int]:
        """How often each of them was written, as `record_versions` says it."""
        return {record: row.version for record, row in self.held.items()}

    def holds(self, records: Collection[str]) -> bool:
        """Whether some records are all held."""
        return self.held_ids.issuperset(records)

    def directory_version(self) -> int:
        """How often the directory was changed; the plan holds for that version only."""
        assert self.reads_directory, "a plan says beforehand that it rests on the directory"
        if not self.directories:
            self.directories.append(super().directory_version())
        return self.directories[0]

    def is_of_now(self, connection: Connection) -> bool:
        """Whether nothing that a plan may rest on has changed until the moment of `connection`."""
        now = Reading(connection)
        versions = now.record_versions(self.database_id, self.held_ids)
        is_known = not self.directories or now.directory_version() == self.directories[0]
        return versions == self.held_versions and is_known

    def read_documents(self, ids: Collection[str]) -> None:
        """Reads documents of held records, and their trees, for several plans that ask for them."""
        found = super().documents(self.database_id, ids)
        revisions = super().revisions(self.database_id, found)
        self.documents_read.update({one: found.get(one) for one in ids})
        self.revisions_read.update({one: revisions.get(one, []) for one in ids})

    def documents(self, database_id: int, ids: Collection[str]) -> dict[str, DocumentRow]:
        """The documents that exist, by id."""
        if database_id != self.database_id:
            return super().documents(database_id, ids)
        read = ((one, self.documents_read[one]) for one in ids if one in self.documents_read)
        found = {one: row for one, row in read if row is not None}
        others = set(ids) - self.documents_read.keys()
        return {**found, **super().documents(database_id, others)} if others else found

    def revisions(self, database_id: int, ids: Collection[str]) -> dict[str, list[RevisionRow]]:
        """The revisions of some documents, without bodies, by document."""
        if database_id != self.database_id:
            return super().revisions(database_id, ids)
        found = {one: self.revisions_read[one] for one in ids if one in self.revisions_read}
        others = set(ids) - self.revisions_read.keys()
        return {**found, **super().revisions(database_id, others)} if others else found

    def records(self, database_id: int, ids: Collection[str]) -> dict[str, RecordRow]:
        """The records that exist, by id."""
        if database_id != self.database_id:
            return super().records(database_id, ids)
        found = {one: self.held[one] for one in ids if one in self.held}
        others = set(ids) - self.held_ids
        return {**found, **super().records(database_id, others)} if others else found


def holding_reading(
    connection: Connection, database_id: int, records: Collection[str], *, reads_directory: bool
) -> HoldingReading:
    """A reading that reads `records` first."""
    held = Reading(connection).records(database_id, records)
    return HoldingReading(connection, database_id, frozenset(records), held, reads_directory)


def lock_records(
    connection: Connection,
    database_id: int,
    records: Sequence[str],
    *,
    reads_directory: bool,
    waits: bool,
) -> tuple[HoldingReading, list[str]]:
    """Locks the rows of `records` (ascending) until the transaction ends.

    A record that does not exist yet gets a placeholder of version 0 to hold the lock. Rows that do
    exist are never locked before a placeholder is made: that would be out of order.

    Args:
        reads_directory: whether the directory is held, too.
        waits: whether records that another transaction has locked are waited for; else they are
            not held.

    Returns:
        A reading that holds the rows, and the ids of those that got a placeholder.
    """
    values = {"database_id": database_id, "record_ids": values_parameter("postgresql", records)}
    known, locked = (_KNOWN_HOLDING, _LOCKED_HOLDING) if reads_directory else (_KNOWN, _LOCKED)
    placeholders: list[str] = []
    if len(records) > 1 or not waits:
        existing = {row.record_id for row in connection.execute(known, values)}
        hold_places = _hold_places if waits else _hold_free_places
        placeholders = hold_places(connection, database_id, set(records) - existing)
        locked = _LOCKED if waits else _FREE
    rows = _rows(connection, locked, values) if records or reads_directory else []
    if waits and len(rows) < len(records) == 1:
        placeholders = _hold_places(connection, database_id, records)
        rows = _rows(connection, _LOCKED, values)
    held_ids = frozenset(records if waits else (row.record_id for row in rows))
    held = {row.record_id: record_row(row) for row in rows if row.version > 0}
    reading = HoldingReading(connection, database_id, held_ids, held, reads_directory)
    return reading, placeholders


def drop_placeholders(connection: Connection, database_id: int, records: Collection[str]) -> None:
    """Removes the placeholders of records that were not written after all."""
    if records:
        rows = [{"this_database": database_id, "this_record": record} for record in records]
        connection.execute(_DROPPED, rows)


def _hold_places(connection: Connection, database_id: int, records: Collection[str]) -> list[str]:
    ordered = sorted(records)
    if ordered:
        rows = [{"database_id": database_id, "record_id": one, "version": 0} for one in ordered]
        connection.execute(_PLACEHOLDER, rows)
    return ordered


def _hold_free_places(
    connection: Connection, database_id: int, records: Collection[str]
) -> list[str]:
    """The same, or no place at all where another transaction is about to hold one of them."""
    if not records:
        return []
    held: list[str] = []
    try:
        with connection.begin_nested():
            connection.execute(_HURRIED)
            held = _hold_places(connection, database_id, records)
    except exc.OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
    else:
        patience = int(engine.BUSY_SECONDS * 1_000)
        connection.execute(text(f"SET LOCAL lock_timeout = {patience}"))
    return held


def _rows(connection: Connection, query: Select[Any], values: dict[str, Any]) -> Sequence[Row[Any]]:
    return [row for row in connection.execute(query, values) if row.record_id is not None]
