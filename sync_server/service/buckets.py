"""Digests of sets of documents, by which two sides find out what only one of them holds.

A document's *place* is the SHA-256 of its id, in hexadecimal digits; its *entry* the SHA-256 of its
id and live leaves. A bucket holds the documents whose places begin with a prefix, and its hash is
made from their entries in the order of bytes: equal sets have equal hashes, however they came
about, and nobody can make up another set with the same hash. (A sum of the entries by exclusive or
would be cheaper to keep, but who writes a few hundred documents could choose some that cancel each
other out.) Places are spread evenly whatever the ids look like, so sixteen buckets below each make
a tree that is nowhere deep.

Every byte of it is told in docs/reference/protocol.md, Digest: tablets do the same. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

LISTED = 32
"""A bucket of so many documents is told by their names, a larger one by the buckets below it."""
LONGEST_PREFIX = 64
"""The digits of a place."""
_BETWEEN = "\0"
"""Is in no id and in no revision."""


def place(document_id: str) -> str:
    """Where a document belongs: 64 hexadecimal digits."""
    return sha256(document_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Held:
    """A live document of one side.

    Attributes:
        leaves: its live leaves, ascending as texts.
    """

    document_id: str
    leaves: tuple[str, ...]

    @property
    def entry(self) -> bytes:
        """32 bytes that tell it from every other document, and from itself with other leaves."""
        return sha256(_BETWEEN.join((self.document_id, *self.leaves)).encode()).digest()


class _Bucket:
    """The documents below a prefix, taken up in any order, each once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._below: defaultdict[str, list[bytes]] = defaultdict(list)
        self._listed: dict[str, Sequence[str]] = {}

    def take(self, where: str, held: Held) -> None:
        """Takes up a document whose place begins with the prefix."""
        self._below[where[: len(self._prefix) + 1]].append(held.entry)
        if len(self._listed) <= LISTED:
            self._listed[held.document_id] = held.leaves

    def told(self) -> dict[str, Any]:
        """`count` and `hash`, and of few documents their leaves, of more the buckets below."""
        whole = _told([entry for entries in self._below.values() for entry in entries])
        if len(self._listed) <= LISTED:
            return {**whole, "documents": dict(sorted(self._listed.items()))}
        below = {prefix: _told(self._below[prefix]) for prefix in sorted(self._below)}
        return {**whole, "buckets": below}


class Buckets:
    """Some buckets, which may lie within each other."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._buckets = {prefix: _Bucket(prefix) for prefix in prefixes}
        self._lengths = {len(prefix) for prefix in self._buckets}

    def reach(self, where: str) -> bool:
        """Whether a place is in one of them."""
        return any(where[:length] in self._buckets for length in self._lengths)

    def take(self, held: Held) -> None:
        """Takes up a document in those that it belongs to."""
        where = place(held.document_id)
        for length in self._lengths:
            if bucket := self._buckets.get(where[:length]):
                bucket.take(where, held)

    def told(self) -> Mapping[str, Any]:
        """What is told of each, by prefix."""
        return {prefix: bucket.told() for prefix, bucket in self._buckets.items()}


def _told(entries: Sequence[bytes]) -> dict[str, Any]:
    return {"count": len(entries), "hash": sha256(b"".join(sorted(entries))).hexdigest()}
