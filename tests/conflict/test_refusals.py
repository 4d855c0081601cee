"""Edits that were not accepted: a tombstone of the service stands above them."""

from __future__ import annotations

from itertools import permutations

from conflict.graph import authored_graph
from conflict.minting import pushed_path, refusal_rev
from conflict.revision import Rev
from conflict.tree import Kind
from tests.conflict.replica import DOCUMENT, KEY
from tests.conflict.story import Story

UNSENT, REFUSED, MENDED = "a" * 32, "b" * 32, "c" * 32


def refuse(story: Story, path: tuple[Rev, ...]) -> Rev:
    """Puts a refusal above a revision, of which the body is not here."""
    rev = refusal_rev(KEY, DOCUMENT, path[0])
    story.receive((rev, *path), {"_deleted": True})
    return rev


def refused_on(story: Story, base: Rev) -> tuple[Rev, ...]:
    """The path of an edit that was refused; one before it was never sent."""
    generation = base.generation
    above = (Rev(generation + 2, REFUSED), Rev(generation + 1, UNSENT))
    return (*above, *story.tree.path(base))


def test_a_refusal_is_known_by_its_id_and_is_a_deletion() -> None:
    path = (Rev(2, REFUSED), Rev(1, UNSENT))
    rev = refusal_rev(KEY, DOCUMENT, path[0])

    node, *_ = pushed_path(KEY, DOCUMENT, (rev, *path), {"_deleted": True})
    forged, *_ = pushed_path(KEY, DOCUMENT, (Rev(3, "r" + "0" * 31), *path), {"_deleted": True})
    alive, *_ = pushed_path(KEY, DOCUMENT, (rev, *path), {"a": 1})

    assert (node.kind, node.deleted) == (Kind.REFUSAL, True)
    assert forged.kind is alive.kind is Kind.AUTHORED


def test_what_was_refused_is_nobodys_word_and_what_stood_stands() -> None:
    story = Story()
    base = story.begin(age=7)

    refuse(story, refused_on(story, base))

    assert story.answers == {"age": 7}
    assert not story.resolution.waits_for
    assert authored_graph(story.tree).heads == (base,)
    assert story.tree[story.leaf].kind is Kind.TOUCH


def test_what_others_have_edited_is_not_touched_by_a_refusal() -> None:
    story = Story()
    base = story.begin(age=7)
    path = refused_on(story, base)
    story.edit(base, "bilal", sex="male")

    refuse(story, path)

    assert story.answers == {"age": 7, "sex": "male"}
    assert story.open == set()


def test_an_edit_made_on_what_was_refused_is_one_of_what_that_was_made_on() -> None:
    story = Story()
    base = story.begin(age=7)
    path = refused_on(story, base)
    refuse(story, path)
    story.edit(base, "bilal", sex="male")

    mended = (Rev(path[0].generation + 1, MENDED), *path)
    story.receive(mended, {**story.bodies[base], "author": "amina", "data": {"age": 9}})

    assert story.answers == {"age": 9, "sex": "male"}
    assert not story.resolution.waits_for


def test_a_refused_edit_whose_body_comes_is_an_edit() -> None:
    """Another server had accepted it."""
    story = Story()
    base = story.begin(age=7)
    path = refused_on(story, base)
    refuse(story, path)

    story.receive(path, {**story.bodies[base], "author": "amina", "data": {"age": 99}})

    assert story.answers == {"age": 99}


def test_the_order_in_which_refusals_and_edits_come_does_not_matter() -> None:
    begun = Story()
    base = begun.begin(age=7)
    body = begun.bodies[base]
    path = refused_on(begun, base)
    refusal = refusal_rev(KEY, DOCUMENT, path[0])
    mended = (Rev(path[0].generation + 1, MENDED), *path)
    other = (Rev(base.generation + 1, "d" * 32), *begun.tree.path(base))
    arrivals = [
        ((refusal, *path), {"_deleted": True}),
        (mended, {**body, "author": "amina", "data": {"age": 9}}),
        (other, {**body, "author": "bilal", "data": {"age": 7, "sex": "male"}}),
    ]

    ends = set()
    for order in permutations(arrivals):
        story = Story()
        story.receive(begun.tree.path(base), body)
        for one in order:
            story.receive(*one)
        ends.add((story.leaf, str(sorted(story.answers.items()))))

    assert {answers for _, answers in ends} == {"[('age', 9), ('sex', 'male')]"}
    assert len(ends) == 1
