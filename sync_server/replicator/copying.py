"""Copies what rows of a feed tell of, in requests of a size that the link bears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sync_server.replicator.figures import Figures
from sync_server.replicator.leaf import Leaf
from sync_server.replicator.limits import Limits, batches
from sync_server.replicator.planning import Lacked, Unintelligible, offered
from sync_server.replicator.source import Source
from sync_server.replicator.target import MissingStub, Refused, Target
from sync_server.replicator.watch import Watch

_ANSWER_SIZE = 4
"""How much larger than a request of ours an answer with documents may be."""


class Copier:
    """Copies from one database to another.

    Attributes:
        limits: how much goes at a time now.
        has_stored: whether the target has stored anything.
    """

    def __init__(
        self, source: Source, target: Target, figures: Figures, watch: Watch, limits: Limits
    ) -> None:
        self.limits = limits
        self.has_stored = False
        self._source, self._target = source, target
        self._figures, self._watch = figures, watch

    def copy(self, rows: Sequence[Any], *, dry: bool) -> None:
        """Copies what the target lacks of the rows' leaves; `dry`: only counts it.

        Raises:
            Stopped: somebody wants it; what was stored stays.
            Passing, Lasting: it could not.
        """
        try:
            leaves = offered(rows)
        except Unintelligible:
            raise self._source.connection.unintelligible() from None
        found = self._target.lacking(leaves) if leaves else []
        self._figures.rows += len(rows)
        self._figures.checked += sum(map(len, leaves.values()))
        self._figures.missing += sum(len(one.revs) for one in found)
        if not dry:
            for lot in batches(found, lambda one: 0, self.limits):
                self._copy_lot(lot)

    def _copy_lot(self, lot: Sequence[Lacked]) -> None:
        """Copies some documents: together what has no attachments, then one by one what has.

        What has been edited meanwhile may come twice, for two of its revisions.
        """
        self._watch.heed()
        ancestors = {one.document_id: one.ancestors for one in lot}
        alone: dict[tuple[str, str], Leaf] = {}

        def together() -> Iterator[Leaf]:
            for leaf in self._source.leaves(lot, _ANSWER_SIZE * self.limits.size):
                if not leaf.goes_alone:
                    yield leaf
                elif leaf.is_whole:
                    self._store_alone(leaf, ancestors.get(leaf.document_id, ()))
                else:
                    alone[leaf.document_id, leaf.rev] = leaf

        for batch in batches(together(), lambda leaf: leaf.size, self.limits):
            self._watch.heed()
            self._figures.read += len(batch)
            self._stored(len(batch), list(self._target.store(batch)))
        for document_id, rev in alone:
            self._copy_whole(document_id, rev, ancestors.get(document_id, ()))

    def _copy_whole(self, document_id: str, rev: str, ancestors: Sequence[str]) -> None:
        self._watch.heed()
        for leaf in self._source.whole(document_id, rev, ancestors):
            self._store_alone(leaf, ancestors)

    def _store_alone(self, leaf: Leaf, ancestors: Sequence[str]) -> None:
        """Stores a leaf in a request of its own; once more with all attachments, where the target
        does not have after all what its ancestors seemed to say.
        """
        self._watch.heed()
        try:
            refused = self._target.store_alone(leaf, is_last=not ancestors)
        except MissingStub:
            self._copy_whole(leaf.document_id, leaf.rev, ())
            return
        self._figures.read += 1
        self._stored(1, [refused] if refused else [])

    def _stored(self, count: int, refused: Sequence[Refused]) -> None:
        self.has_stored = self.has_stored or count > len(refused)
        self._figures.written += count - len(refused)
        for one in refused:
            if (one.document_id, one.rev) not in self._figures.refused:
                self._figures.refused.add((one.document_id, one.rev))
                self._watch.refused(one)
        self._watch.progress()
