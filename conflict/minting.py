"""Ids of the revisions that the service mints.

An id is a keyed digest of what the revision stands for: two servers that hold the same programme
key mint the same id for the same thing, nobody else can, and an id that verifies proves that its
body came from a server. The digest's first letter is the revision's kind.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from conflict.canonical import Json, canonical_json
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree

RULES_VERSION = 1
"""Raised whenever the same heads and rules of a form could give another merge; at most 35."""

HIGHEST_POLICY = 36**2 - 1


class Version(NamedTuple):
    """By what a merge was made; of two merges of the same heads the higher one stands.

    Every merge's digest holds it behind its letter, in base 36: a digit for the rules and two for
    the policy. So a server knows a merge by newer ones even where its body has not arrived.

    Attributes:
        rules: RULES_VERSION of the server.
        policy: how often the programme had changed its policy of merging, up to HIGHEST_POLICY.
    """

    rules: int
    policy: int

    def __str__(self) -> str:
        high, low = divmod(self.policy, 36)
        return _BASE_36[self.rules] + _BASE_36[high] + _BASE_36[low]


_LETTERS = {
    Kind.MERGE: "m",
    Kind.CLOSING: "x",
    Kind.TOUCH: "t",
    Kind.REFUSAL: "r",
    Kind.STUB: "s",
    Kind.NOTICE: "n",
}
_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGEST_DIGITS = 32
"""After the letter: with it a minted digest never has 32 characters. CouchDB reads one of 32 as
hexadecimal and refuses what is none (couch_doc.erl, parse_revid/1); any other it takes as it is."""


def merge_rev(key: bytes, document_id: str, parent: Rev, body: Json) -> Rev:
    """The id of the merge with `body` (its `merge` member included) that is a child of `parent`."""
    digest = _digest(key, [Kind.MERGE, document_id, str(parent), body])
    version = Version(body["merge"]["v"], body["merge"]["p"])
    letters = f"{_LETTERS[Kind.MERGE]}{version}"
    return Rev(parent.generation + 1, letters + digest[:_DIGEST_DIGITS])


def merge_version(merge: Rev) -> Version:
    """By what a merge was made."""
    return Version(int(merge.digest[1], 36), int(merge.digest[2:4], 36))


def closing_rev(key: bytes, document_id: str, leaf: Rev) -> Rev:
    """The id of the tombstone that closes `leaf`; it depends on nothing else."""
    return _minted(key, Kind.CLOSING, document_id, leaf, None)


def refusal_rev(key: bytes, document_id: str, refused: Rev) -> Rev:
    """The id of the tombstone above an edit that was not accepted."""
    return _minted(key, Kind.REFUSAL, document_id, refused, None)


def touch_rev(key: bytes, document_id: str, leaf: Rev) -> Rev:
    """The id of the revision that shows the body of `leaf` once more."""
    return _minted(key, Kind.TOUCH, document_id, leaf, None)


def stub_rev(key: bytes, document_id: str, leaf: Rev, reader: str) -> Rev:
    """The id of the deletion that `reader`, whose access ended, sees above `leaf`."""
    return _minted(key, Kind.STUB, document_id, leaf, reader)


def notice_rev(key: bytes, document_id: str, body: Json) -> Rev:
    """The id of the first revision of a derived document."""
    return Rev(
        1, _LETTERS[Kind.NOTICE] + _digest(key, [Kind.NOTICE, document_id, body])[:_DIGEST_DIGITS]
    )


def authored_rev(key: bytes, document_id: str, parent: Rev | None, content: bytes) -> Rev:
    """The id of an edit that came without one: a keyed digest of parent and body.

    Args:
        content: the body's canonical JSON, which who stores it has made already.
    """
    generation = parent.generation + 1 if parent else 1
    place = canonical_json([Kind.AUTHORED, document_id, str(parent)]).removesuffix(b"]")
    digest = hmac.digest(key, place + b"," + content + b"]", "sha256").hex()
    return Rev(generation, digest[:_DIGEST_DIGITS])


def maybe_merge(rev: Rev) -> bool:
    """Whether an id has the form of a merge's; only the body can prove it."""
    return rev.digest.startswith("m")


def pushed_path(
    key: bytes, document_id: str, path: Sequence[Rev], body: Json, reader: str | None = None
) -> tuple[Node, ...]:
    """A pushed path with the kind of every revision in it: minted by a server, or authored.

    The ids of tombstones, touches and stubs depend on their parent alone, so they are known without
    a body; a merge is believed only with the body that its id proves.

    Args:
        path: the revision first, then its ancestors.
        body: its content without ids; `{"_deleted": True}` for a tombstone.
        reader: whose stubs may stand in the path, as `stub_rev` names them.
    """
    kinds = [_kind(key, document_id, rev, above, reader) for rev, above in pairwise(path)]
    kinds.append(Kind.AUTHORED)
    interior = (
        Node(rev, kind=kind, stored=False) for rev, kind in zip(path[1:], kinds[1:], strict=True)
    )
    return (_leaf(key, document_id, path, body, kinds[0]), *interior)


def _leaf(key: bytes, document_id: str, path: Sequence[Rev], body: Json, kind: Kind) -> Node:
    rev, deleted = path[0], bool(body.get("_deleted"))
    if kind in (Kind.CLOSING, Kind.REFUSAL, Kind.STUB) and not deleted:
        kind = Kind.AUTHORED
    if len(path) > 1 and maybe_merge(rev) and _proves(key, document_id, path[1], rev, body):
        return Node(rev, kind=Kind.MERGE, of=merged_heads(body))
    return Node(rev, deleted=deleted, kind=kind)


def _proves(key: bytes, document_id: str, parent: Rev, rev: Rev, body: Json) -> bool:
    """Whether an id is that of a merge with this body."""
    merge = body.get("merge")
    rules, policy = (merge.get("v"), merge.get("p")) if isinstance(merge, dict) else (None, None)
    if type(rules) is not int or type(policy) is not int:
        return False
    if not 0 < rules < len(_BASE_36) or not 0 <= policy <= HIGHEST_POLICY:
        return False
    return rev == merge_rev(key, document_id, parent, body)


def _kind(key: bytes, document_id: str, rev: Rev, parent: Rev, reader: str | None) -> Kind:
    letter = rev.digest[0]
    if letter == _LETTERS[Kind.CLOSING] and rev == closing_rev(key, document_id, parent):
        return Kind.CLOSING
    if letter == _LETTERS[Kind.REFUSAL] and rev == refusal_rev(key, document_id, parent):
        return Kind.REFUSAL
    if letter == _LETTERS[Kind.TOUCH] and rev == touch_rev(key, document_id, parent):
        return Kind.TOUCH
    if (
        reader
        and letter == _LETTERS[Kind.STUB]
        and rev == stub_rev(key, document_id, parent, reader)
    ):
        return Kind.STUB
    return Kind.AUTHORED


def merged_heads(body: Json) -> tuple[Rev, ...]:
    """The heads that a verified merge's body stands for, ascending."""
    return tuple(sorted(Rev.parse(text) for text in body["merge"]["of"]))


def tip(tree: RevisionTree, rev: Rev) -> Node:
    """The last revision that shows the body of `rev`: itself, or the touch above it."""
    above: Rev | None = rev
    while above is not None:
        rev = above
        touches = (child for child in tree.children(rev) if tree[child].kind is Kind.TOUCH)
        above = next(touches, None)
    return tree[rev]


def _minted(key: bytes, kind: Kind, document_id: str, parent: Rev, content: Json) -> Rev:
    digest = _digest(key, [kind, document_id, str(parent), content])
    return Rev(parent.generation + 1, _LETTERS[kind] + digest[:_DIGEST_DIGITS])


def _digest(key: bytes, content: Json) -> str:
    return hmac.digest(key, canonical_json(content), "sha256").hex()
