"""Revision ids: `<generation>-<digest>`, ordered as CouchDB orders them."""

from __future__ import annotations

import re
from typing import NamedTuple

_REVISION = re.compile(r"([1-9][0-9]{0,8})-([0-9A-Za-z_]{1,64})\Z")


class InvalidRevision(ValueError):
    """A text is not a revision id."""


class Rev(NamedTuple):
    """A revision id. Tuples compare as CouchDB compares revisions: generation, then digest."""

    generation: int
    digest: str

    def __str__(self) -> str:
        return f"{self.generation}-{self.digest}"

    @classmethod
    def parse(cls, text: object) -> Rev:
        """The revision id written in `text`, such as `3-917fa2381192822767f010b95b45325b`.

        Raises:
            InvalidRevision: `text` is no string or has another form.

        Source: CouchDB, couch_doc.erl, parse_rev/1. CouchDB digests are 32 hex digits; PouchDB and
        others mint what they like, so up to 64 word characters are accepted.
        """
        match = _REVISION.match(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidRevision("a revision is written as <generation>-<digest>")
        return cls(int(match[1]), match[2])


def history(start: int, digests: list[str]) -> tuple[Rev, ...]:
    """The path that a `_revisions` object names: newest first, one generation a step.

    Raises:
        InvalidRevision: a digest is malformed, or there are more digests than generations.

    Source: CouchDB documentation, replication protocol, "Fetch Changed Documents".
    """
    if not digests or len(digests) > start:
        raise InvalidRevision("_revisions holds more ids than generations, or none")
    return tuple(Rev.parse(f"{start - index}-{digest}") for index, digest in enumerate(digests))


def maybe_rev(text: object) -> Rev | None:
    """The revision id that a text is; None where it is none."""
    try:
        return Rev.parse(text)
    except InvalidRevision:
        return None
