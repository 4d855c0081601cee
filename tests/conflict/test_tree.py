from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from random import Random
from typing import overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.revision import Rev
from conflict.tree import Node, RevisionTree, plain_path
from tests.conflict.tree_histories import Push, history

CHANCES = st.randoms(use_true_random=True)
LONG = 10_000


def pushed(pushes: Iterable[Push]) -> RevisionTree:
    tree = RevisionTree()
    for push in pushes:
        tree.insert(plain_path(push.path, deleted=push.deleted))
    return tree


def pushes_of(chance: Random) -> list[Push]:
    return [push for part in history(chance, grown_paths=True).parts for push in part]


def nodes(tree: RevisionTree) -> dict[Rev, Node]:
    return {node.rev: node for node in tree}


def path(*revs: str) -> tuple[Rev, ...]:
    return tuple(Rev.parse(rev) for rev in revs)


def tree_of(*paths: tuple[Rev, ...], deleted: Iterable[Rev] = ()) -> RevisionTree:
    return pushed(Push(one, one[0] in set(deleted)) for one in paths)


class WatchedPath(Sequence[Node]):
    """A path that counts how often it is looked at."""

    def __init__(self, path: Sequence[Node]) -> None:
        self._path = path
        self.looks = 0

    def __len__(self) -> int:
        return len(self._path)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        self.looks += 1
        return self._path[index]


@given(CHANCES)
def test_a_tree_holds_what_its_paths_tell_and_no_more(chance: Random):
    pushes = pushes_of(chance)
    tree = pushed(pushes)
    parents = {
        rev: parent
        for push in pushes
        for rev, parent in zip(push.path, push.path[1:], strict=False)
    }
    bodies = {push.path[0]: push.deleted for push in pushes}
    revs = {rev for push in pushes for rev in push.path}

    assert nodes(tree) == {
        rev: Node(rev, parents.get(rev), deleted=bodies.get(rev, False), stored=rev in bodies)
        for rev in revs
    }
    for rev in revs:
        assert sorted(tree.children(rev)) == sorted(one for one in revs if parents.get(one) == rev)


@given(CHANCES)
def test_leaves_stand_in_the_order_in_which_they_would_win(chance: Random):
    tree = pushed(pushes_of(chance))
    leaves = [node for node in tree if not tree.children(node.rev)]
    leaves.sort(key=lambda leaf: (not leaf.deleted, *leaf.rev), reverse=True)

    assert tree.leaves() == tuple(leaves)
    assert tree.winner() == leaves[0]
    assert tree.live_leaves() == tuple(leaf for leaf in leaves if not leaf.deleted)
    assert tree.conflicts() == tuple(leaf for leaf in leaves[1:] if not leaf.deleted)
    assert tree.deleted_conflicts() == tuple(leaf for leaf in leaves[1:] if leaf.deleted)


@given(CHANCES)
def test_order_and_repetition_do_not_matter(chance: Random):
    pushes = pushes_of(chance)
    again = [*pushes, *chance.choices(pushes, k=5)]
    chance.shuffle(again)

    assert nodes(pushed(again)) == nodes(pushed(pushes))
    assert pushed(again).leaves() == pushed(pushes).leaves()


@given(CHANCES)
def test_an_insertion_tells_what_changed_ancestors_first(chance: Random):
    tree = RevisionTree()
    for push in pushes_of(chance):
        before = nodes(tree)
        changed = tree.insert(plain_path(push.path, deleted=push.deleted))

        assert {node.rev: node for node in changed} == {
            node.rev: node for node in tree if before.get(node.rev) != node
        }
        assert [node.rev.generation for node in changed] == sorted(
            node.rev.generation for node in changed
        )


@given(CHANCES)
def test_a_tree_made_of_stored_nodes_goes_on_like_the_first(chance: Random):
    pushes = pushes_of(chance)
    half = chance.randint(0, len(pushes))
    stored = list(pushed(pushes[:half]))
    chance.shuffle(stored)
    tree = RevisionTree(stored)
    for push in pushes[half:]:
        tree.insert(plain_path(push.path, deleted=push.deleted))

    assert nodes(tree) == nodes(pushed(pushes))
    assert tree.leaves() == pushed(pushes).leaves()


def test_an_empty_tree_has_no_winner():
    tree = RevisionTree()

    assert tree.leaves() == tree.conflicts() == tree.deleted_conflicts() == ()
    with pytest.raises(ValueError, match=r"^an empty tree has no winner$"):
        tree.winner()


def test_a_revision_is_found_by_its_id():
    tree = tree_of(path("2-b", "1-a"))

    assert tree.get(Rev(2, "b")) == tree[Rev(2, "b")] == Node(Rev(2, "b"), Rev(1, "a"))
    assert tree.get(Rev(2, "a")) is None


def test_an_edit_on_a_tombstone_brings_the_document_back():
    first, tombstone, back = "1-a", "2-b", "3-c"
    tree = tree_of(path(tombstone, first), deleted=path(tombstone))
    assert tree.winner().deleted

    tree.insert(plain_path(path(back, tombstone, first)))

    assert [str(leaf.rev) for leaf in tree.leaves()] == [back]
    assert not tree.winner().deleted


def test_a_live_leaf_beats_a_longer_deleted_branch():
    tree = tree_of(path("3-d", "2-c", "1-a"), path("2-b", "1-a"), deleted=path("3-d"))

    assert str(tree.winner().rev) == "2-b"
    assert [str(leaf.rev) for leaf in tree.deleted_conflicts()] == ["3-d"]


def test_a_path_joins_trees_that_stood_apart():
    tree = tree_of(path("5-e", "4-d"), path("2-b", "1-a"))
    assert len(tree.leaves()) == 2

    tree.insert(plain_path(path("5-e", "4-d", "3-c", "2-b")))

    assert tree.path(Rev(5, "e")) == path("5-e", "4-d", "3-c", "2-b", "1-a")
    assert [str(leaf.rev) for leaf in tree.leaves()] == ["5-e"]


def test_the_body_of_an_ancestor_may_come_last():
    tree = tree_of(path("2-b", "1-a"))
    assert tree[Rev(1, "a")] == Node(Rev(1, "a"), stored=False)

    (changed,) = tree.insert(plain_path(path("1-a")))

    assert changed == tree[Rev(1, "a")] == Node(Rev(1, "a"))
    assert len(tree.leaves()) == 1


def test_the_first_body_of_a_revision_stays():
    tree = tree_of(path("1-a"))

    assert tree.insert(plain_path(path("1-a"), deleted=True)) == ()
    assert not tree.winner().deleted


def test_of_an_ancestor_that_is_known_nothing_is_taken_but_its_own_ancestors():
    tree = tree_of(path("3-c", "2-b"))

    tree.insert(
        (Node(Rev(3, "c")), Node(Rev(2, "b"), deleted=True), Node(Rev(1, "a"), stored=False))
    )

    assert tree[Rev(2, "b")] == Node(Rev(2, "b"), Rev(1, "a"), stored=False)


def test_a_digest_names_another_revision_in_another_generation():
    tree = tree_of(path("2-a", "1-a"), path("3-a"))

    assert [str(leaf.rev) for leaf in tree.leaves()] == ["3-a", "2-a"]
    assert tree.path(Rev(2, "a")) == path("2-a", "1-a")


def test_another_parent_of_a_known_revision_is_not_believed():
    tree = tree_of(path("3-c", "2-b", "1-a"), deleted=path("3-c"))

    tree.insert(plain_path(path("4-d", "3-c", "2-x", "1-y")))

    assert tree.path(Rev(4, "d")) == path("4-d", "3-c", "2-b", "1-a")
    assert [str(leaf.rev) for leaf in tree.leaves()] == ["4-d"]


def test_a_path_is_walked_as_far_as_it_is_new():
    revs = tuple(Rev(generation, "a") for generation in range(LONG, 0, -1))
    tree = tree_of(revs)
    looks = []
    for generation in range(LONG + 1, LONG + 101):
        revs = (Rev(generation, "a"), *revs)
        watched = WatchedPath(plain_path(revs))
        tree.insert(watched)
        looks.append(watched.looks)

    assert max(looks) < 10
    assert tree.path(revs[0]) == revs


def test_a_path_is_walked_as_far_as_it_is_new_where_roots_are_many():
    tree = tree_of(*((Rev(3, f"{number:x}"), Rev(2, f"{number:x}")) for number in range(LONG)))
    watched = WatchedPath(plain_path(path("4-d", "3-7", "2-7")))
    tree.insert(watched)

    assert watched.looks < 10
    assert len(tree.leaves()) == LONG


def test_the_root_is_not_walked_to_again_for_every_edit():
    last = Rev(LONG, "a")
    tree = tree_of(tuple(Rev(generation, "a") for generation in range(LONG, 0, -1)))
    before = time.process_time()
    for _ in range(LONG // 2):
        edit = Rev(last.generation + 1, "a")
        tree.insert(plain_path((edit, last)))
        last = edit

    assert tree.winner().rev == last
    assert time.process_time() - before < 1
