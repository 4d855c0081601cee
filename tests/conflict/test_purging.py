from __future__ import annotations

from random import Random

from hypothesis import given

from conflict.revision import Rev
from conflict.tree import RevisionTree, plain_path
from tests.conflict.test_tree import CHANCES, nodes, path, pushed, pushes_of, tree_of


@given(CHANCES)
def test_what_no_other_leaf_rests_on_is_forgotten(chance: Random):
    tree = pushed(pushes_of(chance))
    before = nodes(tree)
    leaves = [leaf.rev for leaf in tree.leaves()]
    purged = chance.sample(leaves, chance.randint(0, len(leaves)))
    kept = {rev for leaf in leaves if leaf not in purged for rev in tree.path(leaf)}

    forgotten = tree.purge(purged)

    assert set(forgotten) == before.keys() - kept
    assert nodes(tree) == {rev: node for rev, node in before.items() if rev in kept}
    assert [leaf.rev for leaf in tree.leaves()] == [leaf for leaf in leaves if leaf not in purged]
    for rev in kept:
        assert sorted(tree.children(rev)) == sorted(
            child for child in kept if before[child].parent == rev
        )


@given(CHANCES)
def test_what_is_inserted_again_is_as_it_was(chance: Random):
    pushes = pushes_of(chance)
    tree = pushed(pushes)
    before, leaves = nodes(tree), tree.leaves()
    tree.purge([chance.choice(leaves).rev])
    for push in pushes:
        tree.insert(plain_path(push.path, deleted=push.deleted))

    assert nodes(tree) == before
    assert tree.leaves() == leaves


def test_what_is_no_leaf_stays():
    tree = tree_of(path("3-c", "2-b", "1-a"))

    assert tree.purge([Rev(2, "b"), Rev(1, "a"), Rev(3, "x")]) == ()
    assert len(tree) == 3


def test_of_a_purged_document_nothing_is_left():
    tree = tree_of(path("3-c", "2-b", "1-a"), path("2-d", "1-a"))

    tree.purge([Rev(3, "c"), Rev(2, "d")])

    assert list(tree) == list(RevisionTree())
    assert tree.leaves() == ()
