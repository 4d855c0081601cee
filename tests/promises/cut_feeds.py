"""Readers of a changes feed who are cut off at the borders of its pages, and go on from there.

A reader does what replications do: it asks for a page, fetches the revisions that it lacks, puts
them into its trees, and only then notes where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.protocol.api import Api, Json

BEGINNING = "0"
Row = tuple[str, str]
"""A document and the seq under which it was told."""


@dataclass(frozen=True)
class Leaf:
    """A revision in a reader's store, with all those before it."""

    rev: str
    path: tuple[str, ...]
    body: Json

    @property
    def order(self) -> tuple[bool, int, str]:
        """A live leaf before a deleted one, then the longer path, then the digest."""
        generation, _, digest = self.rev.partition("-")
        return not self.body.get("_deleted"), int(generation), digest


@dataclass(frozen=True)
class Reader:
    """What somebody has read of a feed.

    Attributes:
        since: where the next page begins.
        leaves: of each document.
        told: the rows of all pages, in their order, since the feed has begun: it begins anew with
            other rights, as its seqs tell by their tag.
    """

    since: str = BEGINNING
    leaves: Mapping[str, tuple[Leaf, ...]] = field(default_factory=dict)
    told: tuple[Row, ...] = ()

    def shown(self) -> dict[str, tuple[str, Any]]:
        """What the reader shows: of each document that is not deleted the revision and answers."""
        winners = {
            one: max(leaves, key=lambda leaf: leaf.order) for one, leaves in self.leaves.items()
        }
        return {
            one: (leaf.rev, leaf.body.get("data"))
            for one, leaf in winners.items()
            if not leaf.body.get("_deleted")
        }

    def after(self, page: Page) -> Reader:
        """The same reader when a page has been stored."""
        leaves = dict(self.leaves)
        for document_id, found in page.found:
            known = leaves.get(document_id, ())
            if all(found.rev not in leaf.path for leaf in known):
                kept = (leaf for leaf in known if leaf.rev not in found.path)
                leaves[document_id] = (*kept, found)
        goes_on = self.since == BEGINNING or _tag(self.since) == _tag(page.last_seq)
        told = self.told if goes_on else ()
        return Reader(page.last_seq, leaves, told + page.rows)

    def forgetting_where(self, before: Reader) -> Reader:
        """The same reader who has not noted that the last page was read, and stored all of it."""
        return replace(self, since=before.since, told=before.told)


@dataclass(frozen=True)
class Page:
    """A page of a feed, with the revisions that it names."""

    rows: tuple[Row, ...]
    found: tuple[tuple[str, Leaf], ...]
    last_seq: str
    is_last: bool


class Feed:
    """Somebody's feed as it stands at one moment; each page is asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._pages: dict[tuple[str, int | None], Page] = {}
        self._leaves: dict[tuple[str, str], Leaf | None] = {}

    def page(self, since: str, limit: int | None) -> Page:
        """The page after a seq; without a limit all that there is."""
        if (since, limit) not in self._pages:
            self._pages[since, limit] = self._asked(since, limit)
        return self._pages[since, limit]

    def read(self, reader: Reader, limit: int | None) -> Iterator[Reader]:
        """The reader after each page, up to the last."""
        is_last = False
        while not is_last:
            page = self.page(reader.since, limit)
            reader, is_last = reader.after(page), page.is_last
            yield reader

    def read_to_the_end(self, reader: Reader, limit: int | None = None) -> Reader:
        """The reader after the last page."""
        *_, last = self.read(reader, limit)
        return last

    def _asked(self, since: str, limit: int | None) -> Page:
        asked = {"limit": limit} if limit else {}
        answered = self._api.get("_changes", since=since, style="all_docs", **asked)
        assert answered.status_code == 200, answered.text
        told = answered.json()
        named = [(row["id"], change["rev"]) for row in told["results"] for change in row["changes"]]
        self._fetch([one for one in named if one not in self._leaves])
        found = [(one[0], leaf) for one in named if (leaf := self._leaves[one]) is not None]
        rows = tuple((row["id"], row["seq"]) for row in told["results"])
        return Page(rows, tuple(found), told["last_seq"], not told["pending"])

    def _fetch(self, named: Sequence[tuple[str, str]]) -> None:
        if not named:
            return
        docs = [{"id": document_id, "rev": rev} for document_id, rev in named]
        answered = self._api.post("_bulk_get", {"docs": docs}, revs=True).json()["results"]
        for one, result in zip(named, answered, strict=True):
            body = result["docs"][0].get("ok")
            self._leaves[one] = None if body is None else _leaf(body)


def cut_readers(feed: Feed, start: Reader, limits: Iterable[int]) -> list[tuple[int, Reader]]:
    """A reader for every border of pages with some limits, that before the first page included: one
    who has noted the last page, and one who has stored it and forgotten that.

    Returns:
        With each reader the limit of their pages.
    """
    cut: list[tuple[int, Reader]] = []
    for limit in limits:
        before = start
        cut.append((limit, start))
        for at_border in feed.read(start, limit):
            cut += [(limit, at_border), (limit, at_border.forgetting_where(before))]
            before = at_border
    return cut


def _tag(seq: str) -> str:
    return seq.partition("-")[2]


def _leaf(body: Json) -> Leaf:
    told = body.pop("_revisions")
    path = tuple(f"{told['start'] - at}-{digest}" for at, digest in enumerate(told["ids"]))
    return Leaf(body["_rev"], path, body)
