"""What has to be copied: from rows of the feed and what the target lacks of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]


class Unintelligible(ValueError):
    """An answer is not what the protocol says."""


@dataclass(frozen=True)
class Lacked:
    """A document of which the target lacks something.

    Attributes:
        revs: the leaves that it lacks.
        ancestors: revisions that it has, and that may be ancestors of those.
    """

    document_id: str
    revs: tuple[str, ...]
    ancestors: tuple[str, ...] = ()


def offered(rows: Iterable[Any]) -> dict[str, list[str]]:
    """The leaves that rows of a feed (`style=all_docs`) tell of, by document.

    Raises:
        Unintelligible: a row has another form.
    """
    leaves: dict[str, list[str]] = {}
    for row in rows:
        try:
            revs = leaves.setdefault(_text(row["id"]), [])
            told = [_text(change["rev"]) for change in row["changes"]]
        except (KeyError, TypeError):
            raise Unintelligible from None
        revs.extend(rev for rev in told if rev not in revs)
    return leaves


def lacked(leaves: Mapping[str, Sequence[str]], answer: Any) -> list[Lacked]:
    """What a target lacks by its answer to `_revs_diff`, in the order of the feed.

    Raises:
        Unintelligible: the answer has another form.
    """
    if not isinstance(answer, dict):
        raise Unintelligible
    found = []
    for document_id, revs in leaves.items():
        try:
            told = answer.get(document_id, {})
            missing = frozenset(told.get("missing", ()))
            ancestors = tuple(_text(rev) for rev in told.get("possible_ancestors", ()))
        except (AttributeError, TypeError):
            raise Unintelligible from None
        if lacking := tuple(rev for rev in revs if rev in missing):
            found.append(Lacked(document_id, lacking, ancestors))
    return found


def everything(leaves: Mapping[str, Sequence[str]]) -> list[Lacked]:
    """What a target lacks that is not there yet."""
    return [Lacked(document_id, tuple(revs)) for document_id, revs in leaves.items() if revs]


def fitting(ancestors: Iterable[str], room: int) -> list[str]:
    """As many of the ancestors as fit into `room` characters of an address, the newest first.

    An ancestor that is left out costs an attachment that is sent once more, and nothing else.

    Source: CouchDB, couch_replicator_api_wrap.erl, atts_since_arg/4.
    """
    chosen = []
    for rev in sorted(ancestors, key=_generation, reverse=True):
        room -= len(quote(f'"{rev}",', safe=""))
        if room < 0:
            break
        chosen.append(rev)
    return chosen


def covers(document: Mapping[str, Any], rev: str) -> bool:
    """Whether a document, told with its history (`_revisions`), is the revision or grew from it."""
    if document.get("_rev") == rev:
        return True
    try:
        history = document["_revisions"]
        back = history["start"] - _generation(rev)
        return back >= 0 and bool(history["ids"][back] == rev.partition("-")[2])
    except (KeyError, IndexError, TypeError):
        return False


def _generation(rev: str) -> int:
    number = rev.partition("-")[0]
    return int(number) if number.isdecimal() and len(number) < 18 else 0


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
