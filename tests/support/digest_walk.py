"""A tablet that compares what it holds with what it should hold, exchange by exchange.

Written from docs/reference/protocol.md, Digest, alone: it imports nothing of the service.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Json = dict[str, Any]
Documents = Mapping[str, Sequence[str]]
"""Live leaves by document."""
_MOST_PREFIXES = 32


@dataclass
class Walk:
    """What came of a comparison.

    Attributes:
        missing: documents that are to be held and are not, or with other leaves.
        beyond: documents that are held and are not to be.
    """

    missing: set[str] = field(default_factory=set)
    beyond: set[str] = field(default_factory=set)
    exchanges: int = 0


class Holding:
    """What a tablet holds, as it is digested."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self._by_place = sorted((place(one), one) for one in documents)

    def below(self, prefix: str) -> set[str]:
        """The ids of a bucket."""
        first = bisect_left(self._by_place, (prefix, ""))
        end = bisect_left(self._by_place, (prefix + "g", ""))
        return {one for _, one in self._by_place[first:end]}

    def told(self, prefix: str) -> Json:
        """Count and hash of a bucket."""
        entries = sorted(entry(one, self.documents[one]) for one in self.below(prefix))
        return {"count": len(entries), "hash": sha256(b"".join(entries)).hexdigest()}

    def parts(self, prefix: str) -> set[str]:
        """Those of a bucket's sixteen parts that are not empty."""
        return {place(one)[: len(prefix) + 1] for one in self.below(prefix)}


def place(document: str) -> str:
    return sha256(document.encode("utf-8")).hexdigest()


def entry(document: str, leaves: Iterable[str]) -> bytes:
    content = document.encode("utf-8")
    for leaf in sorted(leaves):
        content += b"\x00" + leaf.encode("utf-8")
    return sha256(content).digest()


def walk(ask: Callable[[list[str]], Mapping[str, Any]], documents: Documents) -> Walk:
    """What differs between `documents` and the other side.

    Args:
        ask: the digests of up to 32 prefixes, as the other side tells them.
    """
    holding, found, waiting = Holding(documents), Walk(), [""]
    while waiting:
        asked, waiting = waiting[:_MOST_PREFIXES], waiting[_MOST_PREFIXES:]
        found.exchanges += 1
        for prefix, told in ask(asked).items():
            if "documents" in told:
                _compare(holding, prefix, told["documents"], found)
            elif not _equal(holding.told(prefix), told):
                waiting += _differing(holding, prefix, told["buckets"], found)
    return found


def _compare(holding: Holding, prefix: str, listed: Documents, found: Walk) -> None:
    for document, leaves in listed.items():
        if sorted(holding.documents.get(document, ())) != sorted(leaves):
            found.missing.add(document)
    found.beyond |= holding.below(prefix) - listed.keys()


def _differing(
    holding: Holding, prefix: str, buckets: Mapping[str, Json], found: Walk
) -> list[str]:
    for emptied in holding.parts(prefix) - buckets.keys():
        found.beyond |= holding.below(emptied)
    return [part for part, told in buckets.items() if not _equal(holding.told(part), told)]


def _equal(own: Json, told: Mapping[str, Any]) -> bool:
    return (own["count"], own["hash"]) == (told["count"], told["hash"])
