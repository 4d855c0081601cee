"""Promise 9: winner, leaves, conflicts and `_revs_diff` are CouchDB's on any tree.

PouchDB is not CouchDB everywhere. What follows is known, and is the only thing forgiven:

- It names conflicts of one generation in any order, knows no `_deleted_conflicts`, and offers no
  possible ancestors: these are put in CouchDB's order, or made by its rule, from PouchDB's leaves.
- To its `_revs_diff`, a revision of which only the id is known is missing.
- It ignores a revision that it knows, even where more ancestors or the first body come with it: it
  is given none such, and where it stems, which can make a repeated path one, neither is ours.
- A revision that is stemmed and pushed again in the same request it may lose: where it stems, each
  request brings one revision of a document.
- Where a path joins two roots, or a stemmed one comes back, it keeps some revisions twice, and may
  then forget the one with the body, or with it what it rests on: such revisions may be missing to
  its `_revs_diff`.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pytest
import requests

from conflict.revision import Rev
from conflict.revs_diff import RevsDiff, revs_diff
from conflict.tree import Node, RevisionTree, plain_path
from tests.conflict.tree_histories import History, histories
from tests.promises.soaking import IS_SOAK, rounds
from tests.promises.trees_in_pouchdb import Told, TreesInPouchDB
from tests.promises.trees_over_http import told_over_http
from tests.protocol.api import Api
from tests.support.personas import administrator
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(9)

TREES = 10_000 if IS_SOAK else 500
TREES_WITH_FAULT = 400
TREES_OVER_HTTP = 64
TREES_AT_ONCE = 50
UNLIMITED = 1_000
LIMITS = (UNLIMITED, UNLIMITED, UNLIMITED, 1, 2, 3, 5, 8)  # of batches, in turn
COUCHDB_URL = os.environ.get("COUCHDB_URL")


@dataclass(frozen=True)
class Answers:
    """What a replica says of a document; conflicts and ancestors in CouchDB's order."""

    winner: Rev
    leaves: frozenset[tuple[Rev, bool]]
    conflicts: tuple[Rev, ...]
    deleted_conflicts: tuple[Rev, ...]
    missing: frozenset[Rev]
    possible_ancestors: tuple[Rev, ...]


@dataclass(frozen=True)
class Keeping:
    """How trees are kept here; another one has a planted fault."""

    tree: type[RevisionTree] = RevisionTree
    diff: Callable[[RevisionTree, Iterable[Rev]], RevsDiff] = revs_diff


def trees(
    keeping: Keeping, history: History, limit: int = UNLIMITED, *, takes_known: bool = True
) -> Iterator[tuple[RevisionTree, Answers]]:
    """Our tree after each part of a history, and what it says.

    Args:
        takes_known: whether the path of a known revision is looked at.
    """
    tree = keeping.tree()
    for part in history.parts:
        for push in part:
            if takes_known or push.path[0] not in tree:
                tree.insert(plain_path(push.path, deleted=push.deleted))
                tree.stem(limit)
        diff = keeping.diff(tree, history.asked)
        yield (
            tree,
            Answers(
                winner=tree.winner().rev,
                leaves=frozenset((leaf.rev, leaf.deleted) for leaf in tree.leaves()),
                conflicts=tuple(leaf.rev for leaf in tree.conflicts()),
                deleted_conflicts=tuple(leaf.rev for leaf in tree.deleted_conflicts()),
                missing=frozenset(diff.missing),
                possible_ancestors=diff.possible_ancestors,
            ),
        )


def cut_by_pouchdb(tree: RevisionTree, limit: int) -> set[Rev]:
    """The revisions that one leaf has among its newest, and another one has not any more.

    CouchDB keeps them above both (couch_key_tree.erl, stem_tree/4). PouchDB stems each leaf's path
    by itself: it forgets them, should the leaf that needs them have come when the other's path was
    cut off already.
    """
    near: set[Rev] = set()
    far: set[Rev] = set()
    for leaf in tree.leaves():
        path = tree.path(leaf.rev)
        near.update(path[:limit])
        far.update(path[limit:])
    return near & far


def as_couchdb(told: Told, tree: RevisionTree, history: History, limit: int) -> Answers:
    """What PouchDB told, as CouchDB would have."""
    winner = Rev.parse(told["winner"])
    leaves = frozenset((Rev.parse(leaf["rev"]), leaf["deleted"]) for leaf in told["leaves"])
    conflicts = _in_order(Rev.parse(rev) for rev in told["conflicts"])
    tombstones = _in_order(rev for rev, deleted in leaves if deleted and rev != winner)
    held_twice = [rev for text in told["copies"] if (rev := Rev.parse(text)) in tree]
    forgotten = {rev for copy in held_twice for rev in tree.path(copy)}
    forgotten |= cut_by_pouchdb(tree, limit)
    forgiven = {
        rev for rev in history.asked if rev in tree and (not tree[rev].stored or rev in forgotten)
    }
    missing = {Rev.parse(rev) for rev in told["missing"]} - forgiven
    newest = max((rev.generation for rev in missing), default=0)
    standing = (winner, *conflicts, *tombstones)
    older = tuple(rev for rev in standing if rev.generation < newest)
    return Answers(winner, leaves, conflicts, tombstones, frozenset(missing), older)


def _in_order(revs: Iterable[Rev]) -> tuple[Rev, ...]:
    return tuple(sorted(set(revs), reverse=True))


def unlike_pouchdb(
    pouchdb: TreesInPouchDB, keeping: Keeping, seed: int, count: int
) -> tuple[list[str], int]:
    """The histories of which PouchDB says something else, and how many leaves were compared."""
    unlike: list[str] = []
    leaves = 0
    for number, first in enumerate(range(0, count, TREES_AT_ONCE)):
        limit = LIMITS[number % len(LIMITS)]
        at_once = 1 + number % 3 if limit == UNLIMITED else 1
        size = min(TREES_AT_ONCE, count - first)
        batch = Batch(seed + first, size, limit, at_once)
        for history, compared in batch.compared(pouchdb, keeping):
            leaves += sum(len(theirs.leaves) for theirs, _ in compared)
            if any(theirs != ours for theirs, ours in compared):
                unlike.append(f"history {history} of seed {batch.seed}, limit {limit}")
    return unlike, leaves


@dataclass(frozen=True)
class Batch:
    """Some histories that PouchDB is told at once, each `at_once` pushes in a request."""

    seed: int
    size: int
    limit: int
    at_once: int

    def compared(
        self, pouchdb: TreesInPouchDB, keeping: Keeping
    ) -> Iterator[tuple[int, list[tuple[Answers, Answers]]]]:
        """The number of each history, and what PouchDB and we say after each of its parts."""
        for number, (history, told) in enumerate(told_by_pouchdb(pouchdb, self)):
            kept = trees(keeping, history, self.limit, takes_known=self.limit == UNLIMITED)
            yield (
                number,
                [
                    (as_couchdb(theirs, tree, history, self.limit), ours)
                    for theirs, (tree, ours) in zip(told, kept, strict=True)
                ],
            )


@lru_cache(TREES_WITH_FAULT // TREES_AT_ONCE)
def told_by_pouchdb(pouchdb: TreesInPouchDB, batch: Batch) -> list[tuple[History, list[Told]]]:
    """The histories of a batch, and what PouchDB says; asked once for all planted faults."""
    batched = list(histories(batch.seed, batch.size, grown_paths=False))
    answers = pouchdb.told(batched, revs_limit=batch.limit, at_once=batch.at_once)
    return list(zip(batched, answers, strict=True))


@pytest.fixture
def pouchdb(installation: Path) -> Iterator[TreesInPouchDB]:
    with TreesInPouchDB(installation) as started:
        yield started


def test_trees_are_as_in_pouchdb(pouchdb: TreesInPouchDB):
    for seed in rounds(9, "trees", TREES):
        before = time.monotonic()
        unlike, leaves = unlike_pouchdb(pouchdb, Keeping(), seed, TREES)
        seconds = time.monotonic() - before
        print(
            f"promise 9: {TREES} trees in PouchDB, {leaves} leaves, in {seconds:.0f} s, "
            f"{len(unlike)} unlike ours; seed {seed}"
        )

        assert unlike == []


def test_what_pouchdb_cuts_off_and_couchdb_does_not_is_kept(pouchdb: TreesInPouchDB):
    """The one tree of 530,000 in an hour of soak."""
    (compared,) = (
        compared
        for number, compared in Batch(72_270_329, 50, 3, 1).compared(pouchdb, Keeping())
        if number == 45
    )

    assert all(theirs == ours for theirs, ours in compared)


class WinnerByDigest(RevisionTree):
    def leaves(self) -> tuple[Node, ...]:
        return tuple(sorted(super().leaves(), key=lambda leaf: leaf.rev.digest, reverse=True))

    def winner(self) -> Node:
        return self.leaves()[0]


class TombstonesWin(WinnerByDigest):
    def leaves(self) -> tuple[Node, ...]:
        leaves = RevisionTree.leaves(self)
        return tuple(sorted(leaves, key=lambda leaf: (leaf.deleted, leaf.rev), reverse=True))


class NoDifferenceForTombstones(WinnerByDigest):
    def leaves(self) -> tuple[Node, ...]:
        return tuple(sorted(RevisionTree.leaves(self), key=lambda leaf: leaf.rev, reverse=True))


class OldestConflictFirst(RevisionTree):
    def conflicts(self) -> tuple[Node, ...]:
        return super().conflicts()[::-1]


class RepeatedPathsCountTwice(RevisionTree):
    def insert(self, path: Sequence[Node]) -> tuple[Node, ...]:
        leaf = path[0]
        if leaf.rev in self and self[leaf.rev].stored:
            leaf = replace(leaf, rev=Rev(leaf.rev.generation, leaf.rev.digest[::-1]))
        return super().insert((leaf, *path[1:]))


class StopsAtTheFirstKnown(RevisionTree):
    """A path is left at the first revision that is known, though it may be a root."""

    def insert(self, path: Sequence[Node]) -> tuple[Node, ...]:
        known = (number for number, node in enumerate(path) if node.rev in self)
        return super().insert(path[: next(known, len(path)) + 1])


class StemsOneTooMany(RevisionTree):
    def stem(self, limit: int) -> tuple[Rev, ...]:
        return super().stem(max(1, limit - 1))


class StemsOneTooFew(RevisionTree):
    def stem(self, limit: int) -> tuple[Rev, ...]:
        return super().stem(limit + 1)


def digests_are_revisions(tree: RevisionTree, asked: Iterable[Rev]) -> RevsDiff:
    """A digest is taken for the same revision in every generation."""
    known = {node.rev.digest for node in tree}
    missing = tuple(rev for rev in asked if rev.digest not in known)
    return replace(revs_diff(tree, asked), missing=missing)


def only_leaves_are_known(tree: RevisionTree, asked: Iterable[Rev]) -> RevsDiff:
    leaves = {leaf.rev for leaf in tree.leaves()}
    return replace(revs_diff(tree, asked), missing=tuple(set(asked) - leaves))


def equals_are_ancestors(tree: RevisionTree, asked: Iterable[Rev]) -> RevsDiff:
    diff = revs_diff(tree, asked)
    newest = max((rev.generation for rev in diff.missing), default=0)
    revs = (leaf.rev for leaf in tree.leaves())
    return replace(diff, possible_ancestors=tuple(rev for rev in revs if rev.generation <= newest))


FAULTS = {
    **{
        fault.__name__: Keeping(tree=fault)
        for fault in (
            WinnerByDigest,
            TombstonesWin,
            NoDifferenceForTombstones,
            OldestConflictFirst,
            RepeatedPathsCountTwice,
            StopsAtTheFirstKnown,
            StemsOneTooMany,
            StemsOneTooFew,
        )
    },
    **{
        fault.__name__: Keeping(diff=fault)
        for fault in (digests_are_revisions, only_leaves_are_known, equals_are_ancestors)
    },
}


def test_planted_faults_are_caught(pouchdb: TreesInPouchDB):
    caught = {
        name: len(unlike_pouchdb(pouchdb, keeping, 1, TREES_WITH_FAULT)[0])
        for name, keeping in FAULTS.items()
    }
    print(
        f"promise 9: trees unlike PouchDB's, of {TREES_WITH_FAULT} with a planted fault: "
        + ", ".join(f"{name} {count}" for name, count in caught.items())
    )

    assert all(caught.values())


def unlike_over_http(database: Api, seed: int, count: int, limit: int = UNLIMITED) -> list[str]:
    """The histories of which a server with CouchDB's protocol says something else."""
    batch = list(histories(seed, count, grown_paths=True))
    at_once = 3 if limit == UNLIMITED else 1  # CouchDB stems once a request
    answers = told_over_http(database, batch, at_once=at_once)
    return [
        f"history {index} of seed {seed}, limit {limit}"
        for index, (history, told) in enumerate(zip(batch, answers, strict=True))
        for theirs, (_, ours) in zip(told, trees(Keeping(), history, limit), strict=True)
        if _is_unlike(theirs, ours)
    ]


def _is_unlike(told: Told, ours: Answers) -> bool:
    """Whether an answer differs; the order of missing revisions and ancestors is no answer."""
    leaves = {(Rev.parse(leaf["rev"]), leaf["deleted"]) for leaf in told["leaves"]}
    orders = {
        "conflicts": [str(rev) for rev in ours.conflicts],
        "deleted_conflicts": [str(rev) for rev in ours.deleted_conflicts],
    }
    return (
        Rev.parse(told["winner"]) != ours.winner
        or leaves != ours.leaves
        or set(told["missing"]) != {str(rev) for rev in ours.missing}
        or set(told["possible_ancestors"]) != {str(rev) for rev in ours.possible_ancestors}
        or any(told.get(name, order) != order for name, order in orders.items())
    )


def test_the_service_keeps_these_trees(tmp_path: Path, database_url: str):
    kind = database_url.partition(":")[0]
    with KanafServer(tmp_path, database_url=database_url) as server, administrator() as session:
        for seed in rounds(9, "trees in the service", TREES_OVER_HTTP):
            unlike: list[str] = []
            count = TREES_OVER_HTTP // len(LIMITS)
            for number, limit in enumerate(LIMITS):
                database = Api(f"{server.url}/sync/trees-{uuid.uuid4().hex}", session)
                assert database.put().status_code == 201
                assert database.put("_revs_limit", limit).status_code == 200
                unlike += unlike_over_http(database, seed + number * count, count, limit)
            print(
                f"promise 9 on {kind}: {TREES_OVER_HTTP} trees in the service, under limits of "
                f"{', '.join(map(str, LIMITS))} revisions, {len(unlike)} unlike; seed {seed}"
            )

            assert unlike == []


@pytest.mark.skipif(not COUCHDB_URL, reason="COUCHDB_URL names no CouchDB")
def test_trees_are_as_in_couchdb():
    with requests.Session() as session:
        for seed in rounds(9, "trees in CouchDB", TREES):
            for number, first in enumerate(range(0, TREES, TREES_AT_ONCE)):
                limit = LIMITS[number % len(LIMITS)]
                database = Api(f"{COUCHDB_URL}/kanaf-trees-{uuid.uuid4().hex}", session)
                assert database.put(q=1).status_code in (201, 202)
                try:
                    assert database.put("_revs_limit", limit).status_code == 200
                    unlike = unlike_over_http(database, seed + first, TREES_AT_ONCE, limit)
                finally:
                    database.delete()

                assert unlike == []
            print(f"promise 9: {TREES} trees in CouchDB, none unlike ours; seed {seed}")
