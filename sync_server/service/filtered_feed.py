"""The changes feed, less what a filter does not choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from conflict.revision import Rev
from sync_server.errors import DocumentMissing
from sync_server.giving_way import give_way
from sync_server.mango.selector import Selector
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.feed import (
    MOST_ROWS,
    Change,
    Page,
    page,
    page_of,
    rows_after,
    within_bounds,
)

_ROWS_AT_ONCE = 200
"""How many documents a selector is asked about before other requests have their turn."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Chooses some documents by their ids."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Designs:
    """Chooses the design documents."""


@dataclass(frozen=True, slots=True)
class Selected:
    """Chooses the documents of which a selector matches a leaf.

    Attributes:
        all_leaves: whether every leaf is asked about, and told of if it matches; else only the
            winner.

    Source: CouchDB, couch_changes.erl, filter/3.
    """

    selector: Selector
    all_leaves: bool


Filter = Documents | Designs | Selected


def filtered_page(
    reader: DocumentReader,
    chosen: Filter | None,
    since: int,
    limit: int,
    *,
    descending: bool = False,
    asks_of: int | None = None,
    had_nothing_at: int = 0,
) -> Page:
    """Up to `limit` changes after `since` that a filter chooses; of all where there is none.

    The page is full or final: what is not chosen is passed over, and `last_seq` is behind it.
    `pending` counts the rows that follow, of which a selector may choose none.

    Args:
        asks_of: of about how many documents a selector is asked, before the page ends where it is,
            neither full nor final; None: of all there are.
        had_nothing_at: what was revoked up to this seq is not told, for the client had nothing.
    """
    page_after = partial(page, reader, descending=descending, had_nothing_at=had_nothing_at)
    if chosen is None:
        return page_after(since, limit)
    if isinstance(chosen, Selected):
        parts = _backwards(page_after) if descending else _forwards(page_after, since)
        return _selected_page(reader, chosen, parts, limit, descending=descending, asks_of=asks_of)
    sight = reader.sight
    if isinstance(chosen, Documents):
        ids = chosen.ids
    else:
        ids = frozenset(sight.reading.design_ids(sight.database.id))
    return page_of(reader, ids, since, limit, descending=descending, had_nothing_at=had_nothing_at)


def _selected_page(
    reader: DocumentReader,
    selected: Selected,
    parts: Iterable[Page],
    limit: int,
    *,
    descending: bool,
    asks_of: int | None,
) -> Page:
    limit = within_bounds(limit)
    update_seq = reader.sight.reading.update_seq(reader.sight.database.id)
    kept: list[Change] = []
    asked = 0
    for part in parts:
        for number, change in _chosen(reader, selected, part):
            kept.append(change)
            following = part.pending + len(part.changes) - number
            if len(kept) == limit and following:
                if not descending:  # the next page tells what was revoked, too
                    following = rows_after(reader.sight, change.seq)
                return Page(kept, change.seq, following, update_seq)
        asked += len(part.changes)
        if asks_of is not None and asked >= asks_of:
            break
    return replace(part, changes=kept, update_seq=update_seq)  # there is always a part


def _forwards(page_after: Callable[[int, int], Page], since: int) -> Iterator[Page]:
    """The feed after `since` to its end, a few rows at a time."""
    found = page_after(since, _ROWS_AT_ONCE)
    yield found
    while found.pending:
        give_way()
        found = page_after(found.last_seq, _ROWS_AT_ONCE)
        yield found


def _backwards(page_after: Callable[[int, int], Page]) -> Iterator[Page]:
    """The feed from its end to its start, a few rows at a time, all from one page."""
    whole = page_after(0, MOST_ROWS)
    rows = whole.changes
    for start in range(0, max(len(rows), 1), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        pending = len(rows) - start - len(part)
        yield replace(whole, changes=part, pending=pending)
        give_way()


def _chosen(reader: DocumentReader, selected: Selected, part: Page) -> Iterator[tuple[int, Change]]:
    """The changes of a part of the feed that are chosen, each with its place, from 1.

    What was revoked is told whatever the selector says, which may not look at it any more: the
    client may hold it since before, and has to let it go.
    """
    rows = [change.row for change in part.changes if change.row is not None]
    reader.take(rows)
    for number, change in enumerate(part.changes, 1):
        if change.is_revoked:
            yield number, change
            continue
        leaves = change.leaves if selected.all_leaves else change.leaves[:1]
        matching = tuple(rev for rev in leaves if _matches(reader, selected.selector, change, rev))
        if matching:
            yield number, replace(change, chosen=matching)
    reader.forget([row.document_id for row in rows])


def _matches(reader: DocumentReader, selector: Selector, change: Change, rev: Rev) -> bool:
    try:
        document = reader.read(change.document_id, rev, Shape())
    except DocumentMissing:  # the caller lost it a moment ago, which a later row tells
        return False
    return selector.matches(document)
