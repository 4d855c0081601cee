"""The changes feed, less what a filter does not choose."""

from __future__ import annotations

from dataclasses import dataclass

from sync_server.service.documents import DocumentReader
from sync_server.service.feed import Page, page, page_of


@dataclass(frozen=True, slots=True)
class Documents:
    """Chooses some documents by their ids."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Designs:
    """Chooses the design documents."""


Filter = Documents | Designs


def filtered_page(
    reader: DocumentReader,
    chosen: Filter | None,
    since: int,
    limit: int,
    *,
    descending: bool = False,
) -> Page:
    """Up to `limit` changes after `since` that a filter chooses; of all where there is none.

    The page is full or final: what is not chosen is passed over, and `last_seq` is behind it.
    """
    if chosen is None:
        return page(reader, since, limit, descending=descending)
    sight = reader.sight
    if isinstance(chosen, Documents):
        ids = chosen.ids
    else:
        ids = frozenset(sight.reading.design_ids(sight.database.id))
    return page_of(reader, ids, since, limit, descending=descending)
