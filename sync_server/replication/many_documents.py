"""Documents by id and revision, many in one answer.

A long answer is made and written piece by piece, while others have their turn, and rights are
looked up anew for each: what is asked for may be far more than what fits in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flask import Response, stream_with_context

from sync_server.errors import (
    DatabaseMissing,
    InvalidRequest,
    KanafError,
    NotAuthenticated,
    TooLarge,
)
from sync_server.giving_way import give_way
from sync_server.http.answers import cut, reason
from sync_server.http.multipart import Part, end_of_parts, written_part
from sync_server.json_text import written
from sync_server.replication.multipart_documents import row_part
from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.incoming import document_id, may_exist, revision_id
from sync_server.service.kanaf import Kanaf
from sync_server.service.security import may_enter
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_PIECE_BYTES = 16_000_000
"""An answer of no more is written in one piece, and may be compressed."""
_LOADED_AT_ONCE = 200
Row = dict[str, Any]


@dataclass(frozen=True)
class AskedDocuments:
    """A question for many documents, and by whom; caller and database may have changed since.

    Attributes:
        entries: what the client names: `id`, perhaps `rev` and `atts_since`.
        latest: whether a revision stands for the leaves that descend from it.
        boundary: of an answer in parts; None for one in JSON.
    """

    kanaf: Kanaf
    database: DatabaseRow
    caller: Caller
    entries: Sequence[Row]
    shape: Shape
    latest: bool
    boundary: str | None

    def answer(self, mimetype: str) -> Response:
        """The answer, whole or in pieces.

        Raises:
            NotAuthenticated, DatabaseMissing: the caller, or the database, is not there any more.
            TooLarge: the attachments of one entry are.
        """
        pieces = self._pieces()
        first, second = next(pieces, []), next(pieces, None)
        content: Any
        if second is None:
            content = b"".join(self._framed([first]))
        else:
            whole = self._framed(chain([first, second], pieces))
            content = stream_with_context(_cut_at_an_error(whole))
        response = Response(content, mimetype=mimetype)
        response.headers["Cache-Control"] = "must-revalidate"
        return response

    def _framed(self, pieces: Iterable[Sequence[bytes]]) -> Iterator[bytes]:
        """An answer with what comes before, between and after its entries."""
        if self.boundary is not None:
            yield from map(b"".join, pieces)
            yield end_of_parts(self.boundary)
            return
        before = b'{"results":['
        for piece in filter(None, pieces):
            yield before + b",".join(piece)
            before = b","
        yield (b"" if before == b"," else before) + b"]}\n"

    def _pieces(self) -> Iterator[list[bytes]]:
        """Some entries at a time, each written."""
        told = 0
        while told < len(self.entries):
            piece: list[bytes] = []
            size = 0
            with self.kanaf.store.read() as reading:
                reader = self._reader(reading)
                while told < len(self.entries) and size <= _PIECE_BYTES:
                    some = self.entries[told : told + _LOADED_AT_ONCE]
                    for content in self._written(reader, some):
                        piece += [content] if content else []
                        size += len(content)
                        told += 1
                        if size > _PIECE_BYTES:
                            break
                    give_way()
            yield piece

    def _reader(self, reading: Reading) -> DocumentReader:
        """The documents as the caller sees them now."""
        caller = self.kanaf.caller_now(reading, self.caller)
        database = self.kanaf.registry(reading).now(self.database)
        if caller is None:
            raise NotAuthenticated
        if database is None or not may_enter(caller, database):
            raise DatabaseMissing
        return DocumentReader(self.kanaf, reading, database, caller)

    def _written(self, reader: DocumentReader, some: Sequence[Row]) -> Iterator[bytes]:
        """Some entries, found together."""
        ids = (one["id"] for one in some if may_exist(one.get("id")))
        reader.load(ids, with_bodies=True)  # most ask for what stands
        for one in some:
            yield self._entry(reader, one)

    def _entry(self, reader: DocumentReader, asked: Row) -> bytes:
        """What there is of one entry; nothing where it names no document.

        In a case database a revision that the caller does not see, or that is not here, is left
        out: PouchDB gives a replication up at a row with an error, and passes over one that is
        missing.
        """
        if not isinstance(asked.get("id"), str):
            return b""
        rows = self._rows(reader, asked)
        if self.database.kind is DatabaseKind.CASE:
            rows = [row for row in rows if "ok" in row]
            if not rows:
                return b""
        if self.boundary is None:
            return written({"id": asked["id"], "docs": rows})
        parts = (_named(row_part(reader, row), row) for row in rows)
        return b"".join(written_part(part, self.boundary) for part in parts)

    def _rows(self, reader: DocumentReader, asked: Row) -> list[Row]:
        """The rows for one entry; without a revision it is all leaves, deleted or not.

        Source: CouchDB, chttpd_db.erl, bulk_get_open_doc_revs1/4.
        """
        rev = asked.get("rev")
        try:
            document = document_id(asked["id"])
            shape = _with_attachments_since(asked, self.shape)
            if rev is None:
                revs = [leaf.rev for leaf in reader.leaves(document)]
            else:
                one = revision_id(rev)
                revs = (reader.latest(document, one) if self.latest else []) or [one]
        except KanafError as error:
            return [_not_got(asked["id"], rev, error)]
        rows: list[Row] = []
        shown = reader.read if shape.follows else reader.tell
        for revision in revs:
            try:
                found = reader.stub(document, revision) or shown(document, revision, shape)
                rows.append({"ok": found})
            except TooLarge:  # nobody is to take what was left out for missing
                raise
            except KanafError as error:
                rows.append(_not_got(document, str(revision), error))
        return rows


def _cut_at_an_error(content: Iterator[bytes]) -> Iterator[bytes]:
    """An answer that has begun, which has no status any more: it is cut, so nobody takes it for
    whole.
    """
    try:
        yield from content
    except KanafError as error:
        raise cut(error.code) from None


def _with_attachments_since(asked: Row, wanted: Shape) -> Shape:
    """What an entry wants of attachments: with `atts_since` the new ones."""
    since = asked.get("atts_since") or []
    if not isinstance(since, list):
        raise InvalidRequest("atts_since")
    if not since:
        return wanted
    return replace(wanted, attachments=True, since=frozenset(revision_id(rev) for rev in since))


def _named(part: Part, row: Row) -> Part:
    """A part that says which document it is, as it does where there are several.

    Source: CouchDB, chttpd_db.erl, bulk_get_multipart_headers/3.
    """
    if not part.headers["Content-Type"].startswith("multipart"):
        return part
    names = {"X-Doc-Id": row["ok"]["_id"], "X-Rev-Id": row["ok"]["_rev"]}
    return Part({**names, **part.headers}, part.content)


def _not_got(document: str, rev: object, error: KanafError) -> Row:
    why = reason(error.code, error.about)
    return {"error": {"id": document, "rev": rev, "error": error.error, "reason": why}}
