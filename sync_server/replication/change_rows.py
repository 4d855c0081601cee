"""A page of the changes feed as clients get it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sync_server.errors import DocumentMissing
from sync_server.http.answers import lines
from sync_server.json_text import Written, written
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.feed import Change, Page, SeqTag, up_to
from sync_server.service.filtered_feed import Filter, filtered_page
from sync_server.service.kanaf import Kanaf

Row = dict[str, Any]
BEGINNING = b'{"results":[\n'
"""What comes before the rows in a page's JSON."""
_ROWS_WITH_CONTENTS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants of a page. Equal ones get equal pages from the same feed and `since`.

    Attributes:
        chosen: which documents are told of; None for all.
        asks_of: of how many documents a selector is asked for a page that may be short; None: of as
            many as a full page takes.
        until: the seq after which nothing is told; None for no end.
        had_nothing_at: what was revoked up to this seq is not told, for the client had nothing.
    """

    limit: int
    descending: bool
    all_leaves: bool
    include_docs: bool
    conflicts: bool
    attachments: bool
    chosen: Filter | None = None
    asks_of: int | None = None
    until: int | None = None
    had_nothing_at: int = 0

    def at_once(self, rows: int) -> int:
        """Of up to so many rows those that are told in one go: few where attachments come along."""
        return min(rows, _ROWS_WITH_CONTENTS) if self.attachments else rows


@dataclass(frozen=True)
class Told:
    """A page that was told, or is about to be.

    Attributes:
        reached: the seq up to which it tells everything.
        update_seq: of the database, from before its rows were read.
        answer: what CouchDB calls `results`, `last_seq` and `pending`.
    """

    reached: int
    update_seq: int
    answer: dict[str, Any]

    @property
    def rows(self) -> list[Row]:
        """What is new."""
        rows: list[Row] = self.answer["results"]
        return rows

    @property
    def pending(self) -> int:
        """How many rows follow."""
        pending: int = self.answer["pending"]
        return pending

    @property
    def is_empty(self) -> bool:
        """Whether nothing was new."""
        return not self.rows

    @cached_property
    def content(self) -> bytes:
        """The page as JSON, written once for all who share it; each row on a line of its own.

        Source: CouchDB, chttpd_db.erl, changes_callback/2.
        """
        return BEGINNING + lines(self.rows) + self.end

    @property
    def end(self) -> bytes:
        """What follows the rows in its JSON."""
        rest = {name: self.answer[name] for name in ("last_seq", "pending")}
        return b"\n],\n" + written(rest)[1:]


def told(kanaf: Kanaf, reader: DocumentReader, tag: SeqTag, wanted: Wanted, since: int) -> Told:
    """The page after `since`, as the reader's caller sees it."""
    if reader.sight.caller.is_lost:
        return _nothing(tag, since)
    found = _found(reader, wanted, since)
    if wanted.include_docs:
        reader.take([change.row for change in found.changes if change.row is not None])
    answer = {
        "results": [_row(wanted, reader, tag, change) for change in found.changes],
        "last_seq": tag.written(max(found.last_seq, since)),
        "pending": found.pending,
    }
    return Told(found.last_seq, found.update_seq, answer)


def _nothing(tag: SeqTag, since: int) -> Told:
    """What a device is told that is lost: its replication, which may be sending, does not fail, and
    learns nothing. It never gets further in its feed: once it is found, it has missed nothing.
    """
    answer = {"results": [], "last_seq": tag.written(since), "pending": 0}
    return Told(since, since, answer)


def _found(reader: DocumentReader, wanted: Wanted, since: int) -> Page:
    found = filtered_page(
        reader,
        wanted.chosen,
        since,
        wanted.limit,
        descending=wanted.descending,
        asks_of=wanted.asks_of,
        had_nothing_at=wanted.had_nothing_at,
    )
    return found if wanted.until is None else up_to(found, wanted.until)


def _row(wanted: Wanted, reader: DocumentReader, tag: SeqTag, change: Change) -> Row:
    leaves = change.leaves if wanted.all_leaves else change.leaves[:1]
    if change.chosen is not None:
        leaves = change.chosen
    row: Row = {
        "seq": tag.written(change.seq),
        "id": change.document_id,
        "changes": [{"rev": str(rev)} for rev in leaves],
    }
    if change.deleted:
        row["deleted"] = True
    if wanted.include_docs:
        row["doc"] = _document(wanted, reader, change)
    return row


def _document(wanted: Wanted, reader: DocumentReader, change: Change) -> Row | Written | None:
    """The document of a row; None for one whose body went after the row was read.

    Source: CouchDB, couch_changes.erl, load_doc/5.
    """
    if change.is_revoked:
        return {"_id": change.document_id, "_rev": str(change.leaves[0]), "_deleted": True}
    shape = Shape(conflicts=wanted.conflicts, attachments=wanted.attachments)
    try:
        return reader.tell(change.document_id, change.leaves[0], shape)
    except DocumentMissing:
        return None
