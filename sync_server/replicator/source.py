"""What the source is asked: its feed, and leaves with or without their attachments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sync_server.replicator.failures import Answered, Passing, TooLong
from sync_server.replicator.leaf import GONE, Leaf, leaves_in_parts, plain_leaf
from sync_server.replicator.peer import Peer, document_path, json_bytes
from sync_server.replicator.planning import Lacked, Unintelligible, covers, fitting
from sync_server.replicator.transport import Answer

_LONGEST_ADDRESS = 7_000
"""Characters; many servers take 8,190 with the method."""
_HEARTBEAT = 10_000
"""Milliseconds; well below the timeout of the connection."""
_NO_BULK_GET = (400, 404, 405, 501)


@dataclass(frozen=True)
class Page:
    """A page of the feed.

    Attributes:
        is_last: whether nothing followed when it was made.
    """

    rows: Sequence[Any]
    last_seq: Any
    is_last: bool


class Source(Peer):
    """The database that is copied."""

    _has_bulk_get = True

    def page(self, since: Any, rows: int) -> Page:
        """The next page of the feed, with all leaves.

        Raises:
            Lasting, Passing: see `explained`.
        """
        with self.understood():
            told = self._json("GET", ["_changes"], parameters=_feed(since, limit=str(rows)))
            results = told.get("results")
            if not isinstance(results, list) or told.get("last_seq") is None:
                raise Unintelligible
        is_last = not results or told.get("pending") == 0
        return Page(results, told["last_seq"], is_last)

    def stream(self, since: Any) -> Answer:
        """The feed as it comes: a row of JSON a line, and empty lines as signs of life.

        Raises:
            Lasting, Passing: see `explained`.
        """
        follow = _feed(since, feed="continuous", heartbeat=str(_HEARTBEAT))
        with self.understood():
            return self.connection.request("GET", ["_changes"], parameters=follow)

    def leaves(self, wanted: Sequence[Lacked], most: int) -> Iterator[Leaf]:
        """The leaves that are lacking, or what grew from them meanwhile, without attachments.

        Args:
            most: bytes of an answer; where it is longer, fewer are asked for at a time.

        Raises:
            Passing: a leaf is not there any more; or see `explained`.
            Lasting: see `explained`.
        """
        if self._has_bulk_get:
            try:
                with self.understood():
                    found = self._in_bulk(wanted, most)
            except TooLong:
                if len(wanted) > 1:
                    middle = len(wanted) // 2
                    yield from self.leaves(wanted[:middle], most)
                    yield from self.leaves(wanted[middle:], most)
                    return
                found = None
            if found is not None:
                yield from found
                return
        for one in wanted:
            for rev in one.revs:
                yield from self.whole(one.document_id, rev, one.ancestors)

    def whole(self, document_id: str, rev: str, ancestors: Sequence[str]) -> Iterator[Leaf]:
        """A leaf with those of its attachments that its ancestors lack; what grew from it instead,
        where it has been edited meanwhile.

        Raises:
            Passing: it is not there any more; or see `explained`.
            Lasting: see `explained`.

        Source: CouchDB documentation, replication/protocol, Fetch Changed Documents.
        """
        since = fitting(ancestors, _LONGEST_ADDRESS - 3 * len(document_id.encode()))
        asked = {"open_revs": _text([rev]), "revs": "true", "latest": "true"}
        if since:
            asked["atts_since"] = _text(since)
        is_there = False
        with self.understood():
            answer = self._document(document_id, asked)
            for leaf in leaves_in_parts(answer):
                is_there = is_there or covers(leaf.document, rev)
                yield leaf
        if not is_there:
            raise Passing(GONE)

    def _document(self, document_id: str, asked: dict[str, str]) -> Answer:
        path, parts = document_path(document_id), {"Accept": "multipart/mixed"}
        try:
            return self.connection.request("GET", path, headers=parts, parameters=asked)
        except Answered as answered:
            if answered.status == 404:
                raise Passing(GONE) from None
            raise

    def _in_bulk(self, wanted: Sequence[Lacked], most: int) -> list[Leaf] | None:
        """The leaves, each once; None where the source knows no `_bulk_get`."""
        asked = [{"id": one.document_id, "rev": rev} for one in wanted for rev in one.revs]
        body = json_bytes({"docs": asked})
        how = {"revs": "true", "latest": "true"}
        try:
            told = self._json("POST", ["_bulk_get"], body=body, most=most, parameters=how)
        except Answered as answered:
            if answered.status not in _NO_BULK_GET:
                raise
            self._has_bulk_get = False
            return None
        leaves: dict[str, dict[str, Leaf]] = {}
        for leaf in _found(told):
            leaves.setdefault(leaf.document_id, {})[leaf.rev] = leaf
        for one in asked:
            grown = leaves.get(one["id"], {}).values()
            if not any(covers(leaf.document, one["rev"]) for leaf in grown):
                raise Passing(GONE)
        return [leaf for grown in leaves.values() for leaf in grown.values()]


def _found(told: Any) -> Iterator[Leaf]:
    try:
        for result in told["results"]:
            for row in result["docs"]:
                if "ok" not in row:
                    raise Passing(GONE)
                if not isinstance(row["ok"], dict):
                    raise Unintelligible
                yield plain_leaf(row["ok"])
    except (KeyError, TypeError):
        raise Unintelligible from None


def _feed(since: Any, **more: str) -> dict[str, str]:
    return {"style": "all_docs", "since": since if isinstance(since, str) else _text(since), **more}


def _text(value: Any) -> str:
    return json_bytes(value).decode("ascii")
