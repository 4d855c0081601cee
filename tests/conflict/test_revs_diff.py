from __future__ import annotations

from random import Random

from hypothesis import given

from conflict.revision import Rev
from conflict.revs_diff import RevsDiff, revs_diff
from conflict.tree import RevisionTree
from tests.conflict.test_tree import CHANCES, path, pushed, tree_of
from tests.conflict.tree_histories import history


@given(CHANCES)
def test_missing_is_what_the_tree_has_not(chance: Random):
    arrived = history(chance, grown_paths=True)
    tree = pushed(arrived.parts[0])
    diff = revs_diff(tree, arrived.asked)

    assert diff.missing == tuple(rev for rev in arrived.asked if rev not in tree)


@given(CHANCES)
def test_possible_ancestors_are_the_leaves_older_than_something_missing(chance: Random):
    arrived = history(chance, grown_paths=True)
    tree = pushed(arrived.parts[0])
    diff = revs_diff(tree, arrived.asked)

    assert diff.possible_ancestors == tuple(
        leaf.rev
        for leaf in tree.leaves()
        if any(leaf.rev.generation < rev.generation for rev in diff.missing)
    )


def test_of_an_unknown_document_everything_is_missing():
    asked = path("2-b", "1-a")

    assert revs_diff(RevisionTree(), asked) == RevsDiff(asked, ())


def test_nothing_is_said_where_nothing_is_missing():
    tree = tree_of(path("2-b", "1-a"))

    assert revs_diff(tree, path("2-b", "1-a")) == RevsDiff()
    assert revs_diff(tree, ()) == RevsDiff()


def test_a_revision_known_by_its_id_alone_is_not_missing():
    tree = tree_of(path("2-b", "1-a"))

    assert not tree[Rev(1, "a")].stored
    assert revs_diff(tree, path("1-a", "1-b")).missing == path("1-b")


def test_a_stemmed_revision_is_missing_again():
    tree = tree_of(path("3-c", "2-b", "1-a"))
    tree.stem(2)

    assert revs_diff(tree, path("2-b", "1-a")) == RevsDiff(path("1-a"), ())


def test_a_leaf_of_the_same_generation_is_no_ancestor():
    tree = tree_of(path("3-c", "2-b", "1-a"), path("2-x", "1-a"), deleted=path("3-c"))

    assert revs_diff(tree, path("3-z")).possible_ancestors == path("2-x")
    assert revs_diff(tree, path("4-z", "2-z")).possible_ancestors == path("2-x", "3-c")
