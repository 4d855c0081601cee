"""Writes `Changes`: revisions first, then, under the database's row, what carries a seq."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from sync_server.storage import schema
from sync_server.storage.changes import Changes
from sync_server.storage.handover import advance
from sync_server.storage.rows import (
    AudienceRow,
    DocumentRow,
    EmergencyRequestRow,
    InboxRow,
    QuarantineRow,
    RecordRow,
    RevisionRow,
)
from sync_server.storage.seqs import allocate_seqs

Values = dict[str, Any]
_MOST_BYTES_IN_LISTS = 2_500_000
"""A list of large values is held several times over, here and in PostgreSQL."""
_AUDIT = insert(schema.audit_entry)
_FORGOTTEN = delete(schema.revision).where(
    schema.revision.c.database_id == bindparam("this_database"),
    schema.revision.c.document_id == bindparam("this_document"),
    schema.revision.c.rev == bindparam("this"),
)
_ORPHANED = (
    update(schema.revision)
    .where(
        schema.revision.c.database_id == bindparam("this_database"),
        schema.revision.c.document_id == bindparam("this_document"),
        schema.revision.c.parent == bindparam("this"),
    )
    .values(parent=None)
)
_DETACHED = delete(schema.attachment).where(
    schema.attachment.c.database_id == bindparam("this_database"),
    schema.attachment.c.record_id == bindparam("this_record"),
    schema.attachment.c.digest == bindparam("this"),
)
_NOT_SEEN = delete(schema.audience).where(
    schema.audience.c.database_id == bindparam("this_database"),
    schema.audience.c.record_id == bindparam("this_record"),
    schema.audience.c.user_id == bindparam("this"),
)
_REMOVED = delete(schema.document).where(
    schema.document.c.database_id == bindparam("this_database"),
    schema.document.c.document_id == bindparam("this"),
)


def apply_changes(connection: Connection, database_id: int, changes: Changes) -> int:
    """Writes all of `changes` in the connection's transaction.

    Everything that needs no seq is written before the database's row is locked, so that other
    writers wait for as little as possible.

    Returns:
        The database's update_seq after it; unchanged where no document was.
    """
    _write_records(connection, database_id, changes)
    _upsert(connection, schema.revision, [_revision(row) for row in changes.revisions], database_id)
    _forget(connection, database_id, changes)
    attachments = [vars(row) for row in changes.attachments]
    _insert_new(connection, schema.attachment, attachments, database_id)
    quarantined = [_quarantine(row) for row in changes.quarantine]
    _insert_new(connection, schema.quarantine, quarantined, database_id)
    _release(connection, database_id, changes.released)
    _decide(connection, database_id, changes.decided)
    _write_audience(connection, database_id, changes.audience)
    requests = [_emergency(row) for row in changes.emergencies]
    _upsert(connection, schema.emergency, requests, database_id)
    if changes.audit:
        entries = [{**vars(row), "database_id": database_id} for row in changes.audit]
        connection.execute(_AUDIT, entries)
    for step in changes.handovers:
        advance(connection, step)
    return _write_sequenced(connection, database_id, changes)


def _write_sequenced(connection: Connection, database_id: int, changes: Changes) -> int:
    """Locks the database's row, allocates seqs and writes the rows that carry them."""
    sequenced = changes.sequenced()
    last = allocate_seqs(connection, database_id, len(sequenced))
    first = last - len(sequenced) + 1
    seqs = {document: first + position for position, document in enumerate(sequenced)}
    documents = [_document(row, seqs[row.document_id]) for row in changes.documents.values()]
    _upsert(connection, schema.document, documents, database_id)
    if changes.removed:
        rows = [{"this_database": database_id, "this": name} for name in changes.removed]
        connection.execute(_REMOVED, rows)
    inbox = {(row.reader, row.document_id): row for row in changes.inbox}
    told = [_inbox(row, seqs[row.document_id]) for row in inbox.values()]
    _upsert(connection, schema.inbox, told, database_id)
    return last


def _write_records(connection: Connection, database_id: int, changes: Changes) -> None:
    rows = [_record(row) for row in changes.records.values()]
    _upsert(connection, schema.record, rows, database_id)


def _write_audience(connection: Connection, database_id: int, rows: Sequence[AudienceRow]) -> None:
    kept = [
        {
            "record_id": row.record_id,
            "user_id": row.user_id,
            "parts": _json(sorted(row.parts)),
        }
        for row in rows
        if row.parts
    ]
    _upsert(connection, schema.audience, kept, database_id)
    gone = [
        {"this_database": database_id, "this_record": row.record_id, "this": row.user_id}
        for row in rows
        if not row.parts
    ]
    if gone:
        connection.execute(_NOT_SEEN, gone)


def _forget(connection: Connection, database_id: int, changes: Changes) -> None:
    """Removes what a document, or a lot of them, no longer holds."""
    if changes.forgotten:
        rows = [
            {"this_database": database_id, "this_document": row.document_id, "this": str(row.rev)}
            for row in changes.forgotten
        ]
        connection.execute(_FORGOTTEN, rows)
        connection.execute(_ORPHANED, rows)
    if changes.detached:
        connection.execute(
            _DETACHED,
            [
                {"this_database": database_id, "this_record": record, "this": digest}
                for record, digest in changes.detached
            ],
        )


def _release(connection: Connection, database_id: int, rows: Sequence[QuarantineRow]) -> None:
    for row in rows:
        connection.execute(delete(schema.quarantine).where(*_is(row, database_id)))


def _decide(connection: Connection, database_id: int, rows: Sequence[QuarantineRow]) -> None:
    for row in rows:
        query = update(schema.quarantine).where(*_is(row, database_id))
        connection.execute(query.values(decided=row.decided))


def _is(row: QuarantineRow, database_id: int) -> tuple[ColumnElement[bool], ...]:
    columns = schema.quarantine.c
    return (
        columns.database_id == database_id,
        columns.document_id == row.document_id,
        columns.rev == str(row.rev),
        columns.content == row.content,
        columns.user_id == row.user_id,
    )


def _upsert(connection: Connection, table: Table, rows: list[Values], database_id: int) -> None:
    """Inserts rows; where the primary key exists already, the other columns are replaced."""
    if rows:
        _insert(connection, table, rows, database_id, replaces=True)


def _insert_new(connection: Connection, table: Table, rows: list[Values], database_id: int) -> None:
    """Inserts rows; those whose primary key exists already are left as they are."""
    if rows:
        _insert(connection, table, rows, database_id, replaces=False)


def _insert(
    connection: Connection, table: Table, rows: list[Values], database_id: int, *, replaces: bool
) -> None:
    """Inserts rows. PostgreSQL gets many in one message, as a list of each column's values.

    The driver gets values as they are: SQLAlchemy would look at each, and none has to be changed.
    """
    dialect, names = connection.dialect, tuple(rows[0])
    in_lists = (
        dialect.name == "postgresql" and len(rows) > 1 and _size(rows) <= _MOST_BYTES_IN_LISTS
    )
    statement = _insert_statement(dialect, table, names, in_lists=in_lists, replaces=replaces)
    if in_lists:
        lists = {name: [row[name] for row in rows] for name in names}
        connection.exec_driver_sql(statement, {**lists, "database_id": database_id})
    else:
        connection.exec_driver_sql(statement, [{**row, "database_id": database_id} for row in rows])


def _size(rows: list[Values]) -> int:
    values = (value for row in rows for value in row.values())
    return sum(len(value) for value in values if isinstance(value, bytes))


@lru_cache
def _insert_statement(
    dialect: Dialect, table: Table, names: tuple[str, ...], *, in_lists: bool, replaces: bool
) -> str:
    """Its text; the parameters are `database_id` and those of `names`."""
    inserted: Any = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    if in_lists:
        lists = (bindparam(name, type_=ARRAY(table.c[name].type)) for name in names)
        rows = func.unnest(*lists).table_valued(*names).render_derived()
        database_id = bindparam("database_id", type_=Integer)
        chosen = select(database_id, *(rows.c[name] for name in names))
        inserted = inserted.from_select(["database_id", *names], chosen)
    key = [column.name for column in table.primary_key]
    others: Values = {
        name: literal_column(f'excluded."{name}"') for name in names if name not in key
    }
    if replaces:
        inserted = inserted.on_conflict_do_update(index_elements=key, set_=others)
    else:
        inserted = inserted.on_conflict_do_nothing(index_elements=key)
    given = None if in_lists else ["database_id", *names]
    return str(inserted.compile(dialect=dialect, column_keys=given))


def _record(row: RecordRow) -> Values:
    referrals = [vars(referral) for referral in row.referrals]
    emergencies = [vars(one) for one in row.emergencies]
    return {
        **vars(row),
        "version": row.version + 1,
        "referrals": _json(referrals),
        "emergencies": _json(emergencies) if emergencies else None,
    }


def _revision(row: RevisionRow) -> Values:
    node = row.node
    return {
        "document_id": row.document_id,
        "rev": str(node.rev),
        "parent": str(node.parent) if node.parent else None,
        "kind": node.kind.value,
        "deleted": node.deleted,
        "stored": node.stored,
        "merges": _json([str(rev) for rev in node.of]) if node.of else None,
        "body": row.body,
        "digest": row.digest,
        "received_at": row.received_at,
    }


def _document(row: DocumentRow, seq: int) -> Values:
    return {
        "document_id": row.document_id,
        "record_id": row.record_id,
        "seq": seq,
        "leaves": _json([[str(leaf.rev), leaf.deleted] for leaf in row.leaves]),
        "deleted": row.winner.deleted,
        "open_units": row.open_units,
    }


def _inbox(row: InboxRow, seq: int) -> Values:
    revoked = row.revoked_leaves
    return {
        "reader": row.reader,
        "document_id": row.document_id,
        "seq": seq,
        "revoked_leaves": None if revoked is None else _json([str(rev) for rev in revoked]),
    }


def _emergency(row: EmergencyRequestRow) -> Values:
    return {name: value for name, value in vars(row).items() if name != "database_id"}


def _quarantine(row: QuarantineRow) -> Values:
    problems = [{"path": path, "code": code} for path, code in row.problems]
    # A path may hold half a character, which the faster writer refuses.
    return {**vars(row), "rev": str(row.rev), "problems": json.dumps(problems)}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
