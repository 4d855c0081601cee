"""What a caller should hold of a database, as digests: a tablet proves by them that it is complete.

It is what the feed shows at rest: the live documents in the caller's inbox that they see at the
time of the answer. So nothing that is told, counts included, knows of what the caller does not see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.giving_way import give_way
from sync_server.service.buckets import Buckets, Held, place
from sync_server.service.feed import SeqTag
from sync_server.service.kanaf import Kanaf
from sync_server.service.sight import Sight
from sync_server.storage.fanout import pending_jobs
from sync_server.storage.id_range import IdRange
from sync_server.storage.rows import DocumentRow

_AT_ONCE = 500
"""Documents that are held while others have their turn."""


@dataclass(frozen=True)
class Digest:
    """Digests of one state of a database.

    Attributes:
        update_seq: how far a feed has come that has told all of it.
        pending: jobs that have not yet brought the feeds to the directory: what the caller is to
            hold is still on its way then.
        buckets: by prefix.
    """

    update_seq: str
    pending: int
    buckets: Mapping[str, Any]


def digest(kanaf: Kanaf, sight: Sight, prefixes: Collection[str]) -> Digest:
    """The digests of some buckets. The reading has to see one state of the database.

    Only ids and 32 bytes of each document are held at once. Of a case database no documents are
    read but those in the buckets; of an open one all are, page by page, as for a listing.
    """
    reading, database = sight.reading, sight.database
    tag = SeqTag(kanaf, database, sight.caller_as_came.person)
    buckets = Buckets(prefixes)
    for rows in _pages(sight, buckets):
        for row in rows:
            if not row.winner.deleted:
                buckets.take(_held(row))
        give_way()
    return Digest(
        tag.written(reading.update_seq(database.id)),
        pending_jobs(reading.connection, database.id),
        buckets.told(),
    )


def _pages(sight: Sight, buckets: Buckets) -> Iterator[Collection[DocumentRow]]:
    reading, database = sight.reading, sight.database
    if sight.sees_everything:
        yield from reading.live_documents(database.id, IdRange(), 0, None)
        return
    visible = reading.visible_ids(database.id, sight.caller.person.id)
    ids = [one for one in visible if buckets.reach(place(one))]
    for start in range(0, len(ids), _AT_ONCE):
        yield sight.documents(ids[start : start + _AT_ONCE]).values()


def _held(row: DocumentRow) -> Held:
    leaves = sorted(str(leaf.rev) for leaf in row.leaves if not leaf.deleted)
    return Held(row.document_id, tuple(leaves))
