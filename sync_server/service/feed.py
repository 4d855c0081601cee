"""The changes feed: of a case database each user's own, of an open one the same for all members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from conflict.canonical import canonical_json
from conflict.revision import Rev
from conflict.value import Value
from sync_server.crypto.sealing import keyed_digest
from sync_server.service.documents import DocumentReader
from sync_server.service.kanaf import Kanaf
from sync_server.service.sight import Sight
from sync_server.sharing.facts import Person
from sync_server.storage.rows import EVERYONE, DatabaseKind, DatabaseRow, DocumentRow, InboxRow

MOST_ROWS = 1_000_000
"""On a page, whatever is asked for."""
BEGINNINGS = ("", "0")
"""The `since` of who has read nothing."""
_TAG_DIGITS = 16


@dataclass(frozen=True)
class Change:
    """A row of the feed.

    Attributes:
        leaves: the leaves of the document, the winner first; of a revoked document the stubs.
        row: the document; None where it was revoked.
        chosen: those of the leaves that a selector chose; None where there was nothing to choose.
    """

    seq: int
    document_id: str
    leaves: tuple[Rev, ...]
    deleted: bool
    row: DocumentRow | None
    chosen: tuple[Rev, ...] | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether the reader is to forget the document."""
        return self.row is None


@dataclass(frozen=True)
class Page:
    """A page of the feed.

    Attributes:
        last_seq: where the next page begins; everything at or below it has been told.
        pending: how many rows follow.
        update_seq: of the database, from before the rows were read.
    """

    changes: Sequence[Change]
    last_seq: int
    pending: int
    update_seq: int


class SeqTag:
    """Makes `since` opaque: a number, and a tag of database, reader, their rights and feed epoch.

    A tag of another database, user or epoch means "from the start": what another user's tablet had
    seen, or a server before it was restored, says nothing about this feed. So does one of other
    rights: between a change of the directory and its fan-out, rows are passed over that the reader
    may not see, and if the rights come back before that, nothing would tell of them again.
    """

    def __init__(self, kanaf: Kanaf, database: DatabaseRow, person: Person) -> None:
        reader = [] if database.kind is DatabaseKind.OPEN else rights_of(person)
        content = canonical_json(["since", database.uuid, database.feed_epoch, *reader])
        key = kanaf.vault(database).programme_key
        self._tag = keyed_digest(key, content).hex()[:_TAG_DIGITS]

    def written(self, seq: int) -> str:
        """A seq as clients get it."""
        return f"{seq}-{self._tag}"

    def read(self, since: str) -> int | None:
        """The number in a `since`; None for a beginning, and a foreign or malformed one."""
        number, _, tag = since.partition("-")
        if tag != self._tag or not number.isdecimal() or len(number) > 18:
            return None
        return int(number)


def rights_of(person: Person) -> list[Value]:
    """All of a person that decides what they see. A form that is published changes nothing of it:
    there is no document of it yet.
    """
    role = person.role
    reads = [role.name, role.scope, sorted(role.reads), sorted(role.in_emergency)]
    return [person.id, *reads, person.agency, list(person.groups), person.area]


def page(
    reader: DocumentReader,
    since: int,
    limit: int,
    *,
    descending: bool = False,
    had_nothing_at: int = 0,
) -> Page:
    """Up to `limit` changes after `since`.

    A page is full or final: rows that the caller may no longer see are passed over, and reading
    goes on behind them.

    Args:
        had_nothing_at: what was revoked up to this seq is not told, for the client had nothing.
    """
    limit = within_bounds(limit)
    sight = reader.sight
    if sight.sees_everything:
        return _open_page(sight, since, limit, descending=descending)
    return _case_page(reader, since, limit, had_nothing_at, descending=descending)


def page_of(
    reader: DocumentReader,
    ids: Collection[str],
    since: int,
    limit: int,
    *,
    descending: bool = False,
    had_nothing_at: int = 0,
) -> Page:
    """Up to `limit` changes of some documents after `since`; no other row of the feed is read."""
    limit = within_bounds(limit)
    sight = reader.sight
    # Rows beyond it are for the next page: what is read in several statements may hold a late
    # change of one document, and another one's from before an earlier change.
    update_seq = sight.reading.update_seq(sight.database.id)
    every = sorted(
        (
            change
            for change in _changes_of(reader, ids, forget=not descending)
            if change.seq <= update_seq and (descending or change.seq > since)
        ),
        key=lambda change: change.seq,
        reverse=descending,
    )
    changes = [one for one in every if not one.is_revoked or one.seq > had_nothing_at]
    if len(changes) <= limit:
        return Page(changes, update_seq, 0, update_seq)
    last = changes[limit - 1].seq
    # The next page does not begin with nothing, so it tells what was revoked, too.
    following = sum(change.seq > last for change in every)
    return Page(changes[:limit], last, following, update_seq)


def rows_after(sight: Sight, seq: int) -> int:
    """How many rows of the feed follow a seq, for who is there already: those of what was revoked
    before they came are among them, for who goes on is told of all.
    """
    reading, database = sight.reading, sight.database
    if sight.sees_everything:
        return reading.changes_count(database.id, seq)
    return reading.inbox_count(database.id, sight.caller.person.id, seq)


def within_bounds(limit: int) -> int:
    """How many rows a page has at most, where `limit` are asked for: CouchDB takes 0 for 1."""
    return min(max(limit, 1), MOST_ROWS)


def _changes_of(reader: DocumentReader, ids: Collection[str], *, forget: bool) -> list[Change]:
    """The last change of each of some documents, those that were revoked if `forget`."""
    sight = reader.sight
    reading, database = sight.reading, sight.database
    if sight.sees_everything:
        return [_change(row, row.seq) for row in reading.documents(database.id, ids).values()]
    own = reading.inbox_rows(database.id, sight.caller.person.id, ids).values()
    rows = [*own, *reading.inbox_rows(database.id, EVERYONE, ids).values()]
    return _visible_changes(reader, [row for row in rows if forget or row.revoked_leaves is None])


def _open_page(sight: Sight, since: int, limit: int, *, descending: bool) -> Page:
    reading, database = sight.reading, sight.database
    update_seq = reading.update_seq(database.id)
    rows = reading.changes(database.id, since, limit + 1, descending=descending)
    changes = [_change(row, row.seq) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(changes, _reached(update_seq, rows), 0, update_seq)
    last = changes[-1].seq
    return Page(changes, last, rows_after(sight, last), update_seq)


def _case_page(
    reader: DocumentReader, since: int, limit: int, had_nothing_at: int, *, descending: bool
) -> Page:
    sight = reader.sight
    reading, database = sight.reading, sight.database
    update_seq = reading.update_seq(database.id)
    user = sight.caller.person.id
    changes: list[Change] = []
    position = since
    while len(changes) < limit:
        wanted = limit - len(changes)
        rows = reading.inbox(
            database.id,
            user,
            position,
            wanted,
            descending=descending,
            had_nothing_at=had_nothing_at,
        )
        changes += _visible_changes(reader, rows)
        if len(rows) < wanted or descending:
            return Page(changes, _reached(update_seq, rows), 0, update_seq)
        position = rows[-1].seq
    pending = rows_after(sight, position)
    reached = position if pending else max(position, update_seq)
    return Page(changes, reached, pending, update_seq)


def up_to(found: Page, seq: int) -> Page:
    """A page less what came after `seq`: one that reaches so far is the last."""
    if found.last_seq < seq:
        return found
    changes = [change for change in found.changes if change.seq <= seq]
    return replace(found, changes=changes, last_seq=seq, pending=0)


def _reached(update_seq: int, rows: Sequence[InboxRow] | Sequence[DocumentRow]) -> int:
    """How far a final page reaches, which may be beyond an `update_seq` that was read before it."""
    return max([update_seq, *(row.seq for row in rows)])


def _visible_changes(reader: DocumentReader, rows: Sequence[InboxRow]) -> list[Change]:
    sight = reader.sight
    seen = sight.documents([row.document_id for row in rows])
    changes: list[Change] = []
    for row in rows:
        if row.revoked_leaves is not None:
            changes.append(_revocation(reader, row, row.revoked_leaves))
        elif row.document_id in seen:
            changes.append(_change(seen[row.document_id], row.seq))
    return changes


def _change(row: DocumentRow, seq: int) -> Change:
    leaves = tuple(leaf.rev for leaf in row.leaves)
    return Change(seq, row.document_id, leaves, row.winner.deleted, row)


def _revocation(reader: DocumentReader, row: InboxRow, leaves: Sequence[Rev]) -> Change:
    stubs = tuple(reader.stub_of(row.document_id, leaf) for leaf in sorted(leaves, reverse=True))
    return Change(row.seq, row.document_id, stubs, deleted=True, row=None)
