"""The live documents that a caller sees, by id: what `_all_docs` lists."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from sync_server.giving_way import give_way
from sync_server.service.sight import Sight
from sync_server.storage.document_counts import Counts, DocumentCounts
from sync_server.storage.id_range import IdRange
from sync_server.storage.rows import DocumentRow

_AT_ONCE = 500
_LOOKED_AT = 100
"""Before others have their turn: to look at so many takes some ten milliseconds."""


class LiveDocuments:
    """The live documents that a caller sees of a database.

    All of an open database are found by its index. Of a case database those in the caller's feed
    are looked at once each, and by sight; some of them are deleted, as settled notices are. The
    reading has to see one state of the database.
    """

    def __init__(self, sight: Sight, counts: DocumentCounts) -> None:
        self._sight = sight
        self._cache = counts
        self._reading, self._id = sight.reading, sight.database.id

    @cached_property
    def count(self) -> int:
        """How many there are."""
        if self._sight.sees_everything:
            return self._counts.total(deleted=False)
        return len(self._seen)

    @property
    def deleted_count(self) -> int:
        """How many the caller sees as deleted."""
        if self._sight.sees_everything:
            return self._counts.total(deleted=True)
        return len(self._found) - len(self._seen)

    def before(self, ids: IdRange) -> int:
        """How many come before the start of a range."""
        if self._sight.sees_everything:
            return self._counts.live_before(ids)
        return ids.before(list(self._seen))

    def pages(self, ids: IdRange, skip: int, limit: int | None) -> Iterator[list[DocumentRow]]:
        """Those of a range, in its order, some hundreds at a time.

        Args:
            skip: how many are left out before the first.
            limit: None for no limit.
        """
        if self._sight.sees_everything:
            yield from self._reading.live_documents(self._id, ids, skip, limit)
            return
        last = None if limit is None else skip + limit
        names = ids.within(list(self._seen))[skip:last]
        for start in range(0, len(names), _AT_ONCE):
            yield [self._seen[one] for one in names[start : start + _AT_ONCE]]

    @cached_property
    def _counts(self) -> Counts:
        return self._cache.of(self._reading, self._id)

    @cached_property
    def _seen(self) -> dict[str, DocumentRow]:
        """Those of a case database, by id, ascending."""
        return {one: row for one, row in self._found.items() if not row.winner.deleted}

    @cached_property
    def _found(self) -> dict[str, DocumentRow]:
        """What the caller's feed shows of a case database, by id, ascending."""
        ids = self._reading.visible_ids(self._id, self._sight.caller.person.id)
        found: dict[str, DocumentRow] = {}
        for start in range(0, len(ids), _LOOKED_AT):
            found |= self._sight.documents(ids[start : start + _LOOKED_AT])
            give_way()
        return {document: found[document] for document in sorted(found)}
