from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.revision import Rev
from conflict.tree import RevisionTree, plain_path
from tests.conflict.test_tree import CHANCES, nodes, path, pushed, pushes_of, tree_of

LIMITS = st.integers(1, 12)


@given(CHANCES, LIMITS)
def test_leaves_and_winner_stay(chance: Random, limit: int):
    tree = pushed(pushes_of(chance))
    leaves = tree.leaves()

    tree.stem(limit)

    assert [leaf.rev for leaf in tree.leaves()] == [leaf.rev for leaf in leaves]
    assert [leaf.deleted for leaf in tree.leaves()] == [leaf.deleted for leaf in leaves]
    assert tree.winner().rev == leaves[0].rev


@given(CHANCES, LIMITS)
def test_every_leaf_keeps_its_newest_and_the_rest_is_forgotten(chance: Random, limit: int):
    tree = pushed(pushes_of(chance))
    before = nodes(tree)
    kept = {rev for leaf in tree.leaves() for rev in tree.path(leaf.rev)[:limit]}

    forgotten = tree.stem(limit)

    assert set(forgotten) == before.keys() - kept
    assert len(set(forgotten)) == len(forgotten)
    assert nodes(tree).keys() == kept
    for node in tree:
        parent = before[node.rev].parent
        assert node.parent == (parent if parent in kept else None)
        assert sorted(tree.children(node.rev)) == sorted(
            rev for rev in kept if before[rev].parent == node.rev
        )


@given(CHANCES)
def test_a_tree_of_leaves_is_what_stemming_to_them_leaves(chance: Random):
    tree = pushed(pushes_of(chance))
    of_leaves = RevisionTree.of_leaves(tree.leaves())

    tree.stem(1)

    assert nodes(of_leaves) == nodes(tree)
    assert of_leaves.leaves() == tree.leaves()


@given(CHANCES, LIMITS)
def test_stemming_again_forgets_nothing(chance: Random, limit: int):
    tree = pushed(pushes_of(chance))
    tree.stem(limit)

    assert tree.stem(limit) == ()


@given(CHANCES, LIMITS)
def test_what_is_inserted_again_is_as_it_was(chance: Random, limit: int):
    pushes = pushes_of(chance)
    tree = pushed(pushes)
    before, leaves = nodes(tree), tree.leaves()
    tree.stem(limit)
    chance.shuffle(pushes)
    for push in pushes:
        tree.insert(plain_path(push.path, deleted=push.deleted))

    assert nodes(tree) == before
    assert tree.leaves() == leaves


def test_a_limit_of_one_leaves_the_leaves():
    tree = tree_of(path("3-c", "2-b", "1-a"), path("2-d", "1-a"))

    assert set(tree.stem(1)) == {Rev(2, "b"), Rev(1, "a")}
    assert [str(node.rev) for node in tree.leaves()] == ["3-c", "2-d"]


def test_a_branch_becomes_a_tree_of_its_own_where_what_it_shared_is_cut():
    trunk = path("3-c", "2-b", "1-a")
    tree = tree_of((*path("6-f", "5-e", "4-d"), *trunk), (*path("4-x"), *trunk))

    assert tree.stem(3) == path("1-a")
    assert tree.path(Rev(6, "f")) == path("6-f", "5-e", "4-d", "3-c", "2-b")

    assert tree.stem(2) == path("4-d", "2-b")
    assert tree.path(Rev(6, "f")) == path("6-f", "5-e")
    assert tree.path(Rev(4, "x")) == path("4-x", "3-c")


def test_a_path_from_before_the_stem_joins_what_is_left():
    revs = tuple(Rev(generation, "a") for generation in range(9, 0, -1))
    tree = tree_of(revs[1:])
    tree.stem(3)

    tree.insert(plain_path(revs))

    assert tree.path(revs[0]) == revs
    assert len(tree.leaves()) == 1


@pytest.mark.parametrize("limit", [0, -1])
def test_a_leaf_cannot_be_stemmed(limit: int):
    with pytest.raises(ValueError, match=r"^a leaf keeps itself at least$"):
        RevisionTree().stem(limit)
