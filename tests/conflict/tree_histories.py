"""Random revision trees, and the pushes by which they reach a replica; imports nothing of `tree`.

Documents are created more than once, edited on any revision, deleted and resurrected; digests come
again in other generations. Revisions arrive in any order, more than once, with all of their
ancestors or only the newest, and some never: then only their id is known, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from conflict.revision import Rev

PARTS = 2
MOST_REVISIONS = 30


@dataclass(frozen=True)
class Push:
    """A revision with its ancestors, newest first, as `new_edits=false` brings them."""

    path: tuple[Rev, ...]
    deleted: bool

    def document(self, document_id: str) -> dict[str, object]:
        """What is sent of it."""
        ids = [rev.digest for rev in self.path]
        document: dict[str, object] = {
            "_id": document_id,
            "_rev": str(self.path[0]),
            "_revisions": {"start": self.path[0].generation, "ids": ids},
            "tombstone": self.deleted,
        }
        return {**document, "_deleted": True} if self.deleted else document


@dataclass(frozen=True)
class History:
    """What one replica receives of one document.

    Attributes:
        parts: the pushes in their order; the replica is asked after each part.
        asked: revisions for `_revs_diff`, each once: some that were pushed, some that never are.
    """

    parts: tuple[tuple[Push, ...], ...]
    asked: tuple[Rev, ...]


def histories(seed: int, count: int, *, grown_paths: bool) -> Iterator[History]:
    """Random histories.

    Args:
        grown_paths: whether a revision that is known already may come again with more ancestors
            than before, or with its body for the first time. PouchDB ignores such a push, so it
            only keeps CouchDB's tree where there is none.
    """
    for number in range(count):
        yield history(Random(f"{seed}-{number}"), grown_paths=grown_paths)


def history(chance: Random, *, grown_paths: bool) -> History:
    """One random history."""
    parents = _family(chance)
    deleted = {rev for rev in parents if chance.random() < 0.3}
    pushes = _pushes(chance, parents, deleted, grown_paths)
    half = chance.randint(1, len(pushes))
    strangers = [Rev(chance.randint(1, 12), _digest(chance)) for _ in range(3)]
    asked = chance.sample([*parents, *strangers], chance.randint(1, len(parents) + 3))
    return History((tuple(pushes[:half]), tuple(pushes[half:])), tuple(asked))


def _family(chance: Random) -> Mapping[Rev, Rev | None]:
    """Revisions and their parents; None is that of a first revision."""
    parents: dict[Rev, Rev | None] = {}
    bushiness = chance.choice([0.05, 0.3, 0.9])  # how often an edit is made on an old revision
    for _ in range(chance.randint(1, MOST_REVISIONS)):
        known = list(parents)
        parent = None
        if known and chance.random() > 0.1:
            parent = chance.choice(known) if chance.random() < bushiness else known[-1]
        generation = parent.generation + 1 if parent else 1
        digest = _digest(chance)
        if known and chance.random() < 0.3:
            digest = chance.choice(known).digest
        parents.setdefault(Rev(generation, digest), parent)
    return parents


def _digest(chance: Random) -> str:
    """As CouchDB and PouchDB write them: 32 hex digits."""
    return f"{chance.getrandbits(128):032x}"


def _pushes(
    chance: Random, parents: Mapping[Rev, Rev | None], deleted: set[Rev], grown_paths: bool
) -> Sequence[Push]:
    order = list(parents)
    if chance.random() < 0.7:
        chance.shuffle(order)
    cut = chance.choice([0.0, 0.4])
    known: set[Rev] = set()
    pushes: list[Push] = []
    for rev in order:
        while pushes and chance.random() < 0.2:
            pushes.append(chance.choice(pushes))
        if rev in known and not grown_paths:
            continue
        path = _ancestry(parents, rev)
        if chance.random() < cut:
            path = path[: chance.randint(1, len(path))]
        known.update(path)
        pushes.append(Push(path, rev in deleted))
    return pushes


def _ancestry(parents: Mapping[Rev, Rev | None], rev: Rev) -> tuple[Rev, ...]:
    path = [rev]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    return tuple(path)
