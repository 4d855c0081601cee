"""Questions to the database, inside one transaction; many ids in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSON

from conflict.revision import Rev
from conflict.tree import Kind, Node
from sync_server.errors import DatabaseMissing
from sync_server.storage import directory, schema
from sync_server.storage.among import (
    found_among,
    is_among,
    pairs_parameters,
    rows_among,
    rows_of_pairs,
    values_parameter,
)
from sync_server.storage.id_range import IdRange, count_between, ids_within, live_rows
from sync_server.storage.rows import (
    EVERYONE,
    LOST_DEVICE,
    AttachmentRow,
    AudienceRow,
    DatabaseKind,
    DatabaseRow,
    DocumentRow,
    EmergencyRow,
    InboxRow,
    LeafRow,
    LocalDocumentRow,
    QuarantineEntry,
    QuarantineRow,
    RecordRow,
    ReferralRow,
    RevisionRow,
)

Bodies = dict[tuple[str, Rev], bytes]
"""Sealed bodies by document and revision."""
_IDS_AT_ONCE = 500  # in one statement: what an answer holds in memory stays small
_HIGHEST_SEQ = 2**63 - 1
_WITHOUT_BODY = tuple(column for column in schema.revision.c if column.name != "body")

_DATABASES = select(
    *(column for column in schema.database.c if column.name != "update_seq")
).order_by(schema.database.c.name)
_UPDATE_SEQ = select(schema.database.c.update_seq).where(
    schema.database.c.id == bindparam("database_id")
)
OPEN_DOCUMENTS = (
    select(schema.document)
    .where(schema.document.c.database_id == bindparam("database_id"))
    .where(text(schema.IS_OPEN))  # to the letter, or the index of the open ones is not looked into
    .order_by(schema.document.c.document_id)
)


@dataclass(frozen=True)
class Found:
    """Documents and the records that they belong to, by id; bodies where they were asked for."""

    documents: dict[str, DocumentRow]
    records: dict[str, RecordRow]
    bodies: Bodies


@dataclass(frozen=True)
class Reading:
    """A transaction to read in.

    On SQLite it sees one state of the database. On PostgreSQL each statement sees what was
    committed when it began; who needs one state for several takes a `snapshot` or holds locks.
    """

    connection: Connection

    def directory_version(self) -> int:
        """How often the directory was changed."""
        return directory.directory_version(self.connection)

    def databases(self) -> list[DatabaseRow]:
        """All databases, by name."""
        rows = self.connection.execute(_DATABASES)
        return [database_row(row) for row in rows]

    def database(self, database_id: int) -> DatabaseRow:
        """A database, those that are being removed among them.

        Raises:
            DatabaseMissing: it was removed.
        """
        row = self.connection.execute(
            _DATABASES.where(schema.database.c.id == database_id)
        ).one_or_none()
        if row is None:
            raise DatabaseMissing
        return database_row(row)

    def update_seq(self, database_id: int) -> int:
        """The seq of the last committed change.

        Raises:
            DatabaseMissing: the database was removed.
        """
        values = {"database_id": database_id}
        seq = self.connection.execute(_UPDATE_SEQ, values).scalar_one_or_none()
        if seq is None:
            raise DatabaseMissing
        return int(seq)

    def records(self, database_id: int, ids: Collection[str]) -> dict[str, RecordRow]:
        """The records that exist, by id."""
        rows = self._by_ids(schema.record.c.record_id, database_id, ids)
        return {row.record_id: record_row(row) for row in rows if row.version > 0}

    def record_versions(self, database_id: int, ids: Collection[str]) -> dict[str, int]:
        """How often each record was written; records that do not exist are left out."""
        table = schema.record
        columns = (table.c.record_id, table.c.version)
        rows = self._by_ids(table.c.record_id, database_id, ids, columns)
        return {row.record_id: row.version for row in rows}

    def records_after(self, database_id: int, record_id: str, limit: int) -> list[str]:
        """The ids of up to `limit` records that follow `record_id`."""
        table = schema.record
        query = (
            select(table.c.record_id)
            .where(table.c.database_id == database_id, table.c.record_id > record_id)
            .where(table.c.version > 0)
            .order_by(table.c.record_id)
            .limit(limit)
        )
        return list(self.connection.execute(query).scalars())

    def cases_after(
        self,
        database_id: int,
        record_id: str,
        limit: int,
        *,
        owner_id: int | None = None,
        group: str | None = None,
        agency: str | None = None,
    ) -> list[RecordRow]:
        """Up to `limit` cases that follow `record_id`, by id: those of an owner, a group and an
        agency, of all where that is None.
        """
        table = schema.record
        wanted = ((table.c.owner_id, owner_id), (table.c.group, group), (table.c.agency, agency))
        query = (
            select(table)
            .where(table.c.database_id == database_id, table.c.record_id > record_id)
            .where(table.c.version > 0, table.c.owner_id.is_not(None))
            .where(*(column == value for column, value in wanted if value is not None))
            .order_by(table.c.record_id)
            .limit(limit)
        )
        return [record_row(row) for row in self.connection.execute(query)]

    def documents(self, database_id: int, ids: Collection[str]) -> dict[str, DocumentRow]:
        """The documents that exist, by id."""
        rows = self._by_ids(schema.document.c.document_id, database_id, ids)
        return {row.document_id: document_row(row) for row in rows}

    def documents_with_records(
        self, database_id: int, ids: Collection[str], *, with_bodies: bool = False
    ) -> Found:
        """The documents that exist, and the records that they belong to.

        Args:
            with_bodies: whether the winners' bodies are read, too.
        """
        dialect = self.connection.dialect.name
        query = _with_records(dialect, with_bodies=with_bodies)
        found = Found({}, {}, {})
        for chunk in _chunks(ids):
            values = {"database_id": database_id, "document_ids": values_parameter(dialect, chunk)}
            for row in self.connection.execute(query, values):
                document = document_row(row)
                found.documents[row.document_id] = document
                if row.record_id not in found.records:
                    found.records[row.record_id] = record_row(row)
                if with_bodies and row.body is not None:
                    found.bodies[row.document_id, document.winner.rev] = row.body
        return found

    def documents_of(self, database_id: int, records: Collection[str]) -> list[DocumentRow]:
        """All documents of some records, by id."""
        rows = self._by_ids(schema.document.c.record_id, database_id, records)
        return sorted((document_row(row) for row in rows), key=lambda row: row.document_id)

    def open_documents(self, database_id: int) -> list[DocumentRow]:
        """The documents with units that wait for a person, by id."""
        rows = self.connection.execute(OPEN_DOCUMENTS, {"database_id": database_id})
        return [document_row(row) for row in rows]

    def document_count(self, database_id: int, *, deleted: bool) -> int:
        """How many documents are live, or deleted."""
        table = schema.document
        query = (
            select(func.count())
            .select_from(table)
            .where(table.c.database_id == database_id, table.c.deleted == deleted)
        )
        return int(self.connection.execute(query).scalar_one())

    def revisions(self, database_id: int, ids: Collection[str]) -> dict[str, list[RevisionRow]]:
        """The revisions of some documents, without bodies, by document."""
        trees: dict[str, list[RevisionRow]] = defaultdict(list)
        id_column = schema.revision.c.document_id
        for row in self._by_ids(id_column, database_id, ids, _WITHOUT_BODY):
            trees[row.document_id].append(revision_row(row, None))
        return trees

    def leaves(
        self, database_id: int, wanted: Collection[tuple[str, Rev]]
    ) -> dict[str, list[RevisionRow]]:
        """Some revisions, without bodies, by document."""
        found: dict[str, list[RevisionRow]] = defaultdict(list)
        for row in self._revisions_named(database_id, wanted, _WITHOUT_BODY):
            found[row.document_id].append(revision_row(row, None))
        return found

    def merged_at(self, database_id: int, documents: Collection[str]) -> dict[str, float]:
        """When those of some documents that were ever merged were merged last, by document, in
        seconds since 1970.
        """
        dialect = self.connection.dialect.name
        found: dict[str, float] = {}
        for chunk in _chunks(documents):
            values = {"document_ids": values_parameter(dialect, chunk)}
            rows = self.connection.execute(_merges(dialect), {"database_id": database_id, **values})
            for row in rows:
                found[row.document_id] = max(row.received_at, found.get(row.document_id, 0))
        return found

    def bodies(self, database_id: int, wanted: Collection[tuple[str, Rev]]) -> Bodies:
        """Some sealed bodies; revisions without one are left out."""
        revs = {(document, str(rev)): rev for document, rev in wanted}
        bodies: Bodies = {}
        columns = schema.revision.c.document_id, schema.revision.c.rev, schema.revision.c.body
        for row in self._revisions_named(database_id, wanted, columns):
            if row.body is not None:
                bodies[row.document_id, revs[row.document_id, row.rev]] = row.body
        return bodies

    def changes(
        self, database_id: int, since: int, limit: int, *, descending: bool = False
    ) -> list[DocumentRow]:
        """The documents changed after `since`, by seq; each once, at its last change."""
        table = schema.document
        query = select(table).where(table.c.database_id == database_id)
        if descending:
            query = query.order_by(table.c.seq.desc())
        else:
            query = query.where(table.c.seq > since).order_by(table.c.seq)
        return [document_row(row) for row in self.connection.execute(query.limit(limit))]

    def changes_count(self, database_id: int, since: int) -> int:
        """How many documents were changed after `since`."""
        table = schema.document
        query = select(func.count()).where(table.c.database_id == database_id, table.c.seq > since)
        return int(self.connection.execute(query).scalar_one())

    def inbox(
        self,
        database_id: int,
        reader: int,
        since: int,
        limit: int,
        *,
        descending: bool = False,
        had_nothing_at: int = 0,
    ) -> list[InboxRow]:
        """What is new for a reader (and for every member) after `since`, by seq.

        What was revoked up to `had_nothing_at` is left out, and backwards all of it: nobody needs
        to forget what they never had.
        """
        statement = _inbox_statement(descending=descending)
        values = {
            "database_id": database_id,
            "reader": reader,
            "since": -1 if descending else since,
            "had_nothing_at": _HIGHEST_SEQ if descending else had_nothing_at,
            "most": limit,
        }
        return [inbox_row(row) for row in self.connection.execute(statement, values)]

    def inbox_count(self, database_id: int, reader: int, since: int) -> int:
        """How many rows follow `since` in a reader's feed."""
        table = schema.inbox
        query = (
            select(func.count())
            .select_from(table)
            .where(table.c.database_id == database_id, table.c.reader.in_([reader, EVERYONE]))
            .where(table.c.seq > since)
        )
        return int(self.connection.execute(query).scalar_one())

    def inbox_rows(
        self, database_id: int, reader: int, documents: Collection[str]
    ) -> dict[str, InboxRow]:
        """A reader's own rows for some documents, by document."""
        dialect = self.connection.dialect.name
        query = _reader_rows(dialect)
        found: dict[str, InboxRow] = {}
        for chunk in _chunks(documents):
            values = {
                "database_id": database_id,
                "reader": reader,
                "document_ids": values_parameter(dialect, chunk),
            }
            rows = self.connection.execute(query, values)
            found.update((row.document_id, inbox_row(row)) for row in rows)
        return found

    def stubs(
        self, database_id: int, readers: Collection[int], documents: Collection[str]
    ) -> list[InboxRow]:
        """The rows of some readers, in order, by which some documents of a record are hidden."""
        dialect = self.connection.dialect.name
        values = {"database_id": database_id, "documents": values_parameter(dialect, [*documents])}
        found: list[InboxRow] = []
        for chunk in _chunks(readers):
            readers_of_chunk = {"readers": values_parameter(dialect, chunk)}
            found += map(
                inbox_row, self.connection.execute(_stubs(dialect), values | readers_of_chunk)
            )
        return sorted(found, key=lambda row: (row.reader, row.document_id))

    def last_seq_of(self, database_id: int, reader: int) -> int:
        """The seq of the last row in a reader's inbox; 0 where there is none."""
        table = schema.inbox
        query = (
            select(table.c.seq)
            .where(table.c.database_id == database_id, table.c.reader == reader)
            .order_by(table.c.seq.desc())
            .limit(1)
        )
        return int(self.connection.execute(query).scalar_one_or_none() or 0)

    def visible_ids(self, database_id: int, reader: int) -> list[str]:
        """The ids of all documents in a reader's feed that are not revoked, ascending."""
        table = schema.inbox
        query = (
            select(table.c.document_id)
            .where(table.c.database_id == database_id, table.c.reader.in_([reader, EVERYONE]))
            .where(table.c.revoked_leaves.is_(None))
            .order_by(table.c.document_id)
        )
        return list(self.connection.execute(query).scalars())

    def live_between(self, database_id: int, first: str, end: str) -> int:
        """How many live documents have an id from `first` on, up to `end` without that itself."""
        query = count_between(self.connection.dialect.name, database_id, first, end)
        return int(self.connection.execute(query).scalar_one())

    def live_documents(
        self, database_id: int, ids: IdRange, skip: int, limit: int | None
    ) -> Iterator[list[DocumentRow]]:
        """The live documents of a range, in its order, some hundreds at a time.

        Args:
            skip: how many are left out before the first.
            limit: None for no limit.
        """
        after: str | None = None
        while limit is None or limit > 0:
            most = _IDS_AT_ONCE if limit is None else min(limit, _IDS_AT_ONCE)
            query = live_rows(
                self.connection.dialect.name, database_id, ids, after=after, skip=skip, limit=most
            )
            rows = [document_row(row) for row in self.connection.execute(query)]
            yield rows
            if len(rows) < most:
                return
            after, skip = rows[-1].document_id, 0
            limit = None if limit is None else limit - most

    def design_ids(self, database_id: int) -> list[str]:
        """The ids of all design documents, deleted ones included."""
        ids = IdRange("_design/", "_design0", inclusive=False)
        query = ids_within(self.connection.dialect.name, database_id, ids)
        return list(self.connection.execute(query).scalars())

    def readers_with_news(self, database_id: int, readers: Collection[int], since: int) -> set[int]:
        """Those of `readers` with a row after `since`; all of them where every member has one."""
        table = schema.inbox
        query = (
            select(table.c.reader)
            .distinct()
            .where(table.c.database_id == database_id, table.c.seq > since)
        )
        found: set[int] = set()
        for chunk in _chunks(readers):
            asked = query.where(table.c.reader.in_([*chunk, EVERYONE]))
            found.update(self.connection.execute(asked).scalars())
        return set(readers) if EVERYONE in found else found

    def audiences(self, database_id: int, records: Collection[str]) -> list[AudienceRow]:
        """Whose feeds show some records."""
        rows = self._by_ids(schema.audience.c.record_id, database_id, records)
        return [
            AudienceRow(row.record_id, row.user_id, frozenset(orjson.loads(row.parts)))
            for row in rows
        ]

    def attachments(
        self, database_id: int, wanted: Collection[tuple[str, bytes]]
    ) -> dict[tuple[str, bytes], AttachmentRow]:
        """Sealed contents by record and keyed digest."""
        table = schema.attachment
        found: dict[tuple[str, bytes], AttachmentRow] = {}
        for chunk in _chunks(wanted):
            query = select(table).where(
                table.c.database_id == database_id,
                tuple_(table.c.record_id, table.c.digest).in_(list(chunk)),
            )
            for row in self.connection.execute(query):
                found[row.record_id, row.digest] = AttachmentRow(
                    row.record_id, row.digest, row.content
                )
        return found

    def records_with_attachments(self, database_id: int, ids: Collection[str]) -> set[str]:
        """Those of some records to whose documents anything is attached."""
        statement = _attached(self.connection.dialect.name)
        found: set[str] = set()
        for chunk in _chunks(ids):
            values = {"record_ids": values_parameter(self.connection.dialect.name, chunk)}
            rows = self.connection.execute(statement, {"database_id": database_id, **values})
            found.update(rows.scalars())
        return found

    def local_document(
        self, database_id: int, user_id: int, device: str, local_id: str
    ) -> LocalDocumentRow | None:
        """One checkpoint of a user's device."""
        table = schema.local_document
        query = select(table).where(
            table.c.database_id == database_id,
            table.c.user_id == user_id,
            table.c.device == device,
            table.c.local_id == local_id,
        )
        row = self.connection.execute(query).one_or_none()
        if row is None:
            return None
        return LocalDocumentRow(user_id, device, local_id, row.rev, row.body, row.used_at)

    def records_owned(self, database_id: int, user_id: int) -> int:
        """How many records are somebody's."""
        table = schema.record
        owned = (table.c.database_id == database_id, table.c.owner_id == user_id)
        return int(self.connection.execute(select(func.count()).where(*owned)).scalar_one())

    def records_by_agency(self, database_id: int) -> dict[str, int]:
        """How many records each agency has, by its code."""
        return self._counts(database_id, schema.record.c.agency)

    def records_by_area(self, database_id: int) -> dict[str, int]:
        """How many records were begun in each area, by its code."""
        return self._counts(database_id, schema.record.c.area)

    def _counts(self, database_id: int, column: ColumnElement[str | None]) -> dict[str, int]:
        table = schema.record
        query = (
            select(column, func.count())
            .where(table.c.database_id == database_id, table.c.owner_id.is_not(None))
            .where(column.is_not(None))
            .group_by(column)
        )
        return {str(name): count for name, count in self.connection.execute(query)}

    def quarantined(self, database_id: int, users: Collection[int]) -> list[QuarantineEntry]:
        """What was refused from some users and not decided about, the oldest first."""
        dialect, found = self.connection.dialect.name, list[Row[Any]]()
        for chunk in _chunks(users):
            values = {"user_ids": values_parameter(dialect, chunk), "database_id": database_id}
            found += self.connection.execute(_undecided(dialect), values)
        entries = (QuarantineEntry(**_refused(row)) for row in found)
        return sorted(entries, key=lambda entry: entry.received_at)

    def quarantine_of(
        self, database_id: int, documents: Collection[str]
    ) -> dict[str, list[QuarantineRow]]:
        """What was refused of some documents, by document."""
        refused: dict[str, list[QuarantineRow]] = defaultdict(list)
        for row in self._by_ids(schema.quarantine.c.document_id, database_id, documents):
            refused[row.document_id].append(QuarantineRow(**_refused(row)))
        return refused

    def quarantine_load(
        self, database_id: int, user_id: int, *, of_lost_devices: bool = False
    ) -> tuple[int, int]:
        """How many items a user has in quarantine, and their bytes: of devices that are lost, or
        all others.
        """
        table = schema.quarantine
        is_of_lost = table.c.reason == LOST_DEVICE
        query = select(func.count(), func.coalesce(func.sum(func.length(table.c.body)), 0)).where(
            table.c.database_id == database_id,
            table.c.user_id == user_id,
            table.c.decided.is_(None),
            is_of_lost if of_lost_devices else ~is_of_lost,
        )
        count, size = self.connection.execute(query).one()
        return int(count), int(size)

    def _revisions_named(
        self,
        database_id: int,
        wanted: Collection[tuple[str, Rev]],
        columns: tuple[Column[Any], ...],
    ) -> Iterator[Row[Any]]:
        dialect, table = self.connection.dialect.name, schema.revision.c
        query = rows_of_pairs(dialect, (table.document_id, table.rev), *columns)
        for chunk in _chunks(wanted):
            pairs = pairs_parameters(dialect, [(document, str(rev)) for document, rev in chunk])
            yield from self.connection.execute(query, {"database_id": database_id, **pairs})

    def _by_ids(
        self,
        column: Column[Any],
        database_id: int,
        ids: Iterable[Any],
        columns: tuple[Column[Any], ...] = (),
    ) -> Iterator[Row[Any]]:
        dialect = self.connection.dialect.name
        query = rows_among(dialect, column, columns)
        for chunk in _chunks(ids):
            values = {f"{column.name}s": values_parameter(dialect, chunk)}
            yield from self.connection.execute(query, {"database_id": database_id, **values})


@lru_cache
def _reader_rows(dialect: str) -> Select[Any]:
    table = schema.inbox
    of_reader = select(table).where(table.c.reader == bindparam("reader"))
    return found_among(dialect, table.c.document_id, of_reader)


@lru_cache
def _stubs(dialect: str) -> Select[Any]:
    table = schema.inbox
    is_named = is_among(dialect, table.c.document_id, "documents")
    hidden = select(table).where(is_named, table.c.revoked_leaves.is_not(None))
    return found_among(dialect, table.c.reader, hidden)


@lru_cache
def _undecided(dialect: str) -> Select[Any]:
    table = schema.quarantine
    # Not what was sent: a list of two thousand entries has no use for their bodies.
    known = [table.c[one.name] for one in fields(QuarantineEntry)]
    return found_among(dialect, table.c.user_id, select(*known).where(table.c.decided.is_(None)))


@lru_cache
def _attached(dialect: str) -> Select[Any]:
    record, attachment = schema.record.c, schema.attachment.c
    is_attached = exists().where(
        attachment.database_id == record.database_id, attachment.record_id == record.record_id
    )
    return found_among(dialect, record.record_id, select(record.record_id).where(is_attached))


@lru_cache
def _merges(dialect: str) -> Select[Any]:
    """The merges of some documents. That a merge's digest begins with `m` lets the index leave out
    nearly everything else.
    """
    table = schema.revision.c
    merges = select(table.document_id, table.received_at).where(
        table.rev.like("%-m%"), table.kind == Kind.MERGE.value, table.stored
    )
    return found_among(dialect, table.document_id, merges)


@lru_cache
def _with_records(dialect: str, *, with_bodies: bool) -> Select[Any]:
    document, record, revision = schema.document, schema.record, schema.revision
    columns = [*document.c, *(column for column in record.c if column.name not in document.c)]
    source = document.join(
        record,
        and_(
            record.c.database_id == document.c.database_id,
            record.c.record_id == document.c.record_id,
        ),
    )
    if with_bodies:
        columns.append(revision.c.body)
        source = source.outerjoin(
            revision,
            and_(
                revision.c.database_id == document.c.database_id,
                revision.c.document_id == document.c.document_id,
                revision.c.rev == _winner(dialect),
            ),
        )
    return found_among(dialect, document.c.document_id, select(*columns).select_from(source))


def _winner(dialect: str) -> ColumnElement[Any]:
    """The first of a document's leaves."""
    leaves: ColumnElement[Any] = schema.document.c.leaves
    if dialect == "postgresql":
        first: ColumnElement[Any] = cast(leaves, JSON)[0][0].astext
        return first
    return func.json_extract(leaves, "$[0][0]")


@lru_cache
def _inbox_statement(*, descending: bool) -> Select[Any]:
    """A page of a reader's inbox and everyone's; made once, for it is asked at every request."""
    table = schema.inbox
    order = table.c.seq.desc() if descending else table.c.seq
    parts = []
    for reader in (bindparam("reader", type_=Integer), literal(EVERYONE)):
        part = select(table).where(
            table.c.database_id == bindparam("database_id"),
            table.c.reader == reader,
            table.c.seq > bindparam("since"),
        )
        is_seen = table.c.revoked_leaves.is_(None)
        part = part.where(or_(is_seen, table.c.seq > bindparam("had_nothing_at")))
        parts.append(select(part.order_by(order).limit(bindparam("most")).subquery()))
    both = union_all(*parts).subquery()
    by_seq = both.c.seq.desc() if descending else both.c.seq
    return select(both).order_by(by_seq).limit(bindparam("most"))


def database_row(row: Row[Any]) -> DatabaseRow:
    """A database as read."""
    values = dict(row._mapping)
    return DatabaseRow(**{**values, "kind": DatabaseKind(values["kind"])})


def record_row(row: Row[Any]) -> RecordRow:
    """A record as read."""
    referrals = orjson.loads(row.referrals) if row.referrals else []
    return RecordRow(
        record_id=row.record_id,
        version=row.version,
        wrapped_key=row.wrapped_key,
        kind=row.kind,
        owner_id=row.owner_id,
        agency=row.agency,
        group=row.group,
        consent=row.consent,
        referrals=tuple(
            ReferralRow(one["document"], one["to"], tuple(one["forms"]), one["state"])
            for one in referrals
        ),
        area=row.area,
        emergencies=tuple(EmergencyRow(**one) for one in orjson.loads(row.emergencies or "[]")),
    )


def document_row(row: Row[Any]) -> DocumentRow:
    """A document as read."""
    leaves = tuple(LeafRow(Rev.parse(rev), deleted) for rev, deleted in orjson.loads(row.leaves))
    return DocumentRow(row.document_id, row.record_id, row.seq, leaves, row.open_units)


def revision_row(row: Row[Any], body: bytes | None) -> RevisionRow:
    """A revision as read."""
    node = Node(
        rev=Rev.parse(row.rev),
        parent=Rev.parse(row.parent) if row.parent else None,
        deleted=row.deleted,
        kind=Kind(row.kind),
        stored=row.stored,
        of=tuple(Rev.parse(rev) for rev in orjson.loads(row.merges)) if row.merges else (),
    )
    return RevisionRow(row.document_id, node, body, row.digest, row.received_at)


def inbox_row(row: Row[Any]) -> InboxRow:
    """An inbox row as read."""
    leaves = row.revoked_leaves
    revoked = None if leaves is None else tuple(Rev.parse(rev) for rev in orjson.loads(leaves))
    return InboxRow(row.reader, row.document_id, row.seq, revoked)


def _refused(row: Row[Any]) -> dict[str, Any]:
    """What is known of a refused revision, by the names that it has there."""
    values = {name: value for name, value in row._mapping.items() if name != "database_id"}
    problems = tuple((one["path"], one["code"]) for one in orjson.loads(row.problems))
    return {**values, "rev": Rev.parse(row.rev), "problems": problems}


def _chunks(ids: Iterable[Any]) -> Iterator[Sequence[Any]]:
    listed = list(dict.fromkeys(ids))
    for start in range(0, len(listed), _IDS_AT_ONCE):
        yield listed[start : start + _IDS_AT_ONCE]
