"""The revision that stands, what it waits for, and rules of another version."""

from __future__ import annotations

import pytest

from conflict import minting
from conflict.decision import How
from conflict.graph import authored_graph
from conflict.minting import closing_rev, rules_version, touch_rev
from conflict.resolution import Minted, merge_of, needed_bodies
from conflict.revision import Rev
from conflict.tree import Kind
from tests.conflict.histories import exchange
from tests.conflict.replica import DOCUMENT, FORM, KEY, Replica
from tests.conflict.story import Story

AGE = "data.age"


def received(source: Story, revs: list[Rev]) -> Replica:
    """A server that has received some revisions of a document, in that order."""
    server = Replica()
    for rev in revs:
        server.receive(source.tree.path(rev), source.bodies[rev])
    return server


def test_a_document_that_one_line_of_edits_made_needs_no_merge():
    story = Story()
    last = story.edit(story.begin(age=9), age=10)

    assert story.leaf == last
    assert not story.resolution.minted


def test_every_leaf_but_the_merge_is_closed():
    story = Story()
    base = story.begin(age=9)
    for age in (10, 11, 12):
        story.edit(base, f"author{age}", age=age)
    tips = story.tree.leaves()

    assert [node.rev for node in tips if not node.deleted] == [story.leaf]
    assert {node.kind for node in tips if node.deleted} == {Kind.CLOSING}


def test_a_merge_by_newer_rules_is_replaced_by_no_older_server(monkeypatch: pytest.MonkeyPatch):
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)
    older = story.leaf
    monkeypatch.setattr(minting, "RULES_VERSION", 2)
    newer = received(story, [base, one, other])
    newest = newer.resolution.leaf
    assert newest is not None
    monkeypatch.setattr(minting, "RULES_VERSION", 1)
    exchange(newer, story)
    story.resolve()

    assert (rules_version(older), rules_version(newest)) == (1, 2)
    assert story.resolution.leaf == newest
    assert [leaf.rev for leaf in story.tree.live_leaves()] == [newest]


def test_a_merge_by_older_rules_gives_way_to_that_of_a_newer_server(
    monkeypatch: pytest.MonkeyPatch,
):
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "bilal", age=11)
    older = story.leaf
    monkeypatch.setattr(minting, "RULES_VERSION", 2)
    story.resolve()

    assert story.leaf != older
    assert rules_version(story.leaf) == 2
    assert [leaf.rev for leaf in story.tree.live_leaves()] == [story.leaf]


def test_an_edit_on_a_merge_whose_body_has_not_come_waits_for_it():
    story = Story()
    base = story.begin(age=9)
    less, greater = sorted([story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)])
    merge = story.leaf
    last = story.edit(merge, "amina", sex="female")
    server = received(story, [base, less, last])

    assert merge in server.resolution.waits_for
    for rev in (greater, merge):
        server.receive(story.tree.path(rev), story.bodies[rev])
    assert server.shown == story.shown


def test_a_merge_of_heads_that_have_not_come_is_not_closed():
    story = Story()
    base = story.begin(age=9)
    heads = sorted(story.edit(base, f"author{age}", age=age) for age in (10, 11, 12))
    server = received(story, [base, heads[0], story.leaf, heads[2]])

    assert server.resolution.waits_for == {heads[1]}
    server.receive(story.tree.path(heads[1]), story.bodies[heads[1]])
    assert server.shown == story.shown


def test_documents_filled_in_different_form_revisions_are_read_through_the_upgrade():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    old = story.bodies[base]["data"]
    story.edit(base, "bilal", members={"form_rev": 2, "data": {"years": old["age"], "sex": "male"}})

    assert story.answers == {"years": 10, "sex": "male"}
    assert story.bodies[story.leaf]["form_rev"] == 2
    assert story.open == set()


def test_a_form_revision_that_is_not_known_here_lets_the_leaves_wait():
    story = Story()
    base = story.begin(age=9)
    heads = {
        story.edit(base, "amina", age=10),
        story.edit(base, "bilal", members={"form_rev": 7}, age=11),
    }

    assert story.resolution.waits_for == heads
    assert {leaf.rev for leaf in story.tree.live_leaves()} == heads


def test_edits_that_break_a_rule_of_the_form_together_wait_for_a_person():
    story = Story()
    base = story.begin(guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"})
    story.edit(base, "bilal", guardian=None)

    assert story.open == {"state", "data.guardian"}
    assert story.decision("state").how is How.INVALID


def test_a_broken_rule_stays_open_until_somebody_mends_it():
    story = Story()
    base = story.begin(guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"})
    story.edit(base, "bilal", guardian=None)
    story.edit(story.leaf, "amina", age=9)
    assert story.open == {"state", "data.guardian"}
    story.edit(story.leaf, "amina", guardian="uncle")

    assert story.open == set()


def test_what_one_person_broke_alone_is_theirs():
    story = Story()
    base = story.begin(guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"}, guardian=None)
    story.edit(base, "bilal", age=9)

    assert story.open == set()


def test_a_merge_that_a_client_copied_is_none():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "bilal", age=11)
    copied = story.edit(story.leaf, "amina", keeps=True, age=12)

    assert story.tree[copied].kind is Kind.AUTHORED
    assert story.open == set()
    assert (
        minting.pushed_path(KEY, DOCUMENT, (copied, base), story.bodies[copied])[0].kind
        is Kind.AUTHORED
    )


@pytest.mark.parametrize(
    "merge", [None, 1, {}, {"v": True}, {"v": 99}, {"v": "1"}, {"v": 1, "of": 3}]
)
def test_a_claim_to_be_a_merge_is_not_believed(merge: object):
    claimed, parent = Rev(3, "m1" + "0" * 30), Rev(2, "a")
    body = {"merge": merge, "data": {}}
    node = minting.pushed_path(KEY, DOCUMENT, (claimed, parent), body)[0]

    assert node.kind is Kind.AUTHORED


def test_a_resolution_that_was_carried_out_mints_nothing_more_and_says_the_same():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "bilal", age=11)
    before = story.resolution
    story.resolve()

    assert before.minted
    assert story.resolution.minted == ()
    assert story.resolution.leaf == before.leaf
    assert story.resolution.merge == before.merge


def test_a_leaf_is_closed_by_the_tombstone_that_every_server_would_mint_for_it():
    story = Story()
    base = story.begin(age=9)
    heads = {story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)}
    tombstones = {node.rev: node for node in story.tree if node.deleted}
    parent = max(heads)

    assert tombstones.keys() == {closing_rev(KEY, DOCUMENT, rev) for rev in heads - {parent}}
    assert story.tree[story.leaf].parent == parent


def test_a_merge_stands_on_the_head_that_everybody_would_show_and_that_is_a_live_one():
    story = Story()
    base = story.begin(age=9)
    live = story.edit(base, "amina", age=10)
    story.delete(story.edit(base, "bilal", age=11), "bilal")

    assert story.tree[story.leaf].parent == live


def closed_elsewhere() -> tuple[Story, Replica, list[Rev]]:
    """A server that hears that a merge was closed before it hears why.

    Returns:
        Who closed it; the server; the heads, of which the server lacks the last.
    """
    story = Story()
    base = story.begin(age=9)
    heads = [story.edit(base, "amina", age=10), story.edit(base, "bilal", sex="male")]
    merge = story.leaf
    server = received(story, [base, *heads])
    assert server.resolution.leaf == merge
    heads.append(story.edit(base, "chen", name="Huda"))
    closing = closing_rev(KEY, DOCUMENT, merge)
    assert closing in story.tree
    server.receive(story.tree.path(closing), {"_deleted": True})
    return story, server, heads


def test_a_merge_that_was_closed_before_it_came_to_stand_is_shown_once_more():
    story, server, heads = closed_elsewhere()
    shown = server.shown
    assert shown is not None
    touch, body = shown
    merge = server.tree[touch].parent
    assert merge is not None

    assert server.tree[touch].kind is Kind.TOUCH
    assert touch == touch_rev(KEY, DOCUMENT, merge)
    assert server.tree[merge].of == tuple(sorted(heads[:2]))
    assert body["data"] == {"age": 10, "sex": "male"}
    assert server.resolution.minted == (Minted(server.tree[touch]),)
    assert story.leaf not in server.tree


def test_what_is_shown_once_more_goes_on_being_shown():
    _, server, _ = closed_elsewhere()
    before = server.resolution.leaf
    server.resolve()

    assert server.resolution.leaf == before
    assert server.resolution.minted == ()


def test_what_was_closed_twice_is_shown_a_third_time():
    _, server, _ = closed_elsewhere()
    touch = server.resolution.leaf
    assert touch is not None
    closing = closing_rev(KEY, DOCUMENT, touch)
    server.receive((closing, *server.tree.path(touch)), {"_deleted": True})

    assert server.shown is not None
    assert server.shown[0] == touch_rev(KEY, DOCUMENT, touch)


def test_what_was_shown_once_more_gives_way_when_the_head_comes_for_which_it_was_closed():
    story, server, heads = closed_elsewhere()
    server.receive(story.tree.path(heads[2]), story.bodies[heads[2]])

    assert server.shown == story.shown


def test_a_head_that_was_closed_elsewhere_waits_for_its_body():
    story = Story()
    base = story.begin(age=9)
    heads = sorted([story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)])
    closing = closing_rev(KEY, DOCUMENT, heads[0])
    server = Replica()
    server.receive(story.tree.path(closing), {"_deleted": True})

    assert server.resolution.waits_for == {heads[0]}
    assert server.resolution.leaf is None


def test_bodies_in_the_middle_of_a_line_are_not_waited_for():
    story = Story()
    base = story.begin(age=9)
    middle = story.edit(base, "amina", age=10)
    heads = [story.edit(middle, "amina", sex="male"), story.edit(base, "bilal", name="Huda")]
    server = received(story, [base, *heads])

    assert not server.tree[middle].stored
    assert server.shown == story.shown
    assert needed_bodies(server.tree) == {base, *heads}


def test_a_revision_that_only_looks_like_a_merge_is_edited_like_any_other():
    story = Story()
    base = story.begin(age=9)
    looks_so, last = Rev(2, "m1" + "0" * 31), Rev(3, "a" * 32)
    body = {**story.bodies[base], "data": {"age": 10}}
    story.receive((looks_so, base), body)
    story.receive((last, looks_so, base), {**body, "data": {"age": 11}})
    story.edit(base, "bilal", sex="male")

    assert story.answers == {"age": 11, "sex": "male"}


def test_the_bodies_that_a_merge_needs_are_those_of_the_skeleton_that_are_here():
    story = Story()
    base = story.begin(age=9)
    first = story.edit(base, "amina", age=10)
    assert needed_bodies(story.tree) == frozenset()

    heads = [story.edit(first, "amina", sex="male"), story.edit(base, "bilal", name="Huda")]
    server = received(story, heads)

    assert needed_bodies(story.tree) == {base, *heads}
    assert needed_bodies(server.tree) == {*heads}
    assert server.resolution.waits_for == {base}


def test_without_bodies_nothing_is_merged():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "bilal", age=11)

    assert merge_of(authored_graph(story.tree), {}, FORM) is None


def test_a_deletion_is_of_no_form_revision():
    story = Story()
    base = story.begin(age=9)
    story.delete(base, "amina")
    story.edit(base, "bilal", members={"form_rev": 2, "data": {"years": 10}})

    assert story.open == {"existence"}
    assert story.bodies[story.leaf]["form_rev"] == 2


@pytest.mark.parametrize("nonsense", ["2", None, [1]])
def test_what_has_no_number_of_a_form_revision_is_read_as_it_is(nonsense: object):
    story = Story()
    base = story.begin(sex="female")
    story.edit(base, "amina", members={"form_rev": nonsense}, age=10)
    story.edit(base, "bilal", members={"form_rev": 2}, sex="male")

    assert story.answers == {"age": 10, "sex": "male"}


def by_newer_rules(
    story: Story, revs: list[Rev], monkeypatch: pytest.MonkeyPatch
) -> tuple[Rev, Replica]:
    """The leaf of a server with newer rules that has received these revisions, and the server."""
    with monkeypatch.context() as newer:
        newer.setattr(minting, "RULES_VERSION", 2)
        server = received(story, revs)
    assert server.resolution.leaf is not None
    return server.resolution.leaf, server


def test_an_older_server_mints_nothing_beside_a_merge_by_newer_rules(
    monkeypatch: pytest.MonkeyPatch,
):
    story = Story()
    base = story.begin(age=9)
    one, other = sorted([story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)])
    newest, newer = by_newer_rules(story, [base, one, other], monkeypatch)
    server = received(story, [base, other])
    server.receive(newer.tree.path(newest), newer.bodies[newest])
    server.receive(story.tree.path(one), story.bodies[one])

    assert server.resolution.leaf == newest
    assert server.resolution.merge is None
    assert [node.rev for node in server.tree if node.kind is Kind.MERGE] == [newest]


def test_a_merge_of_fewer_heads_by_newer_rules_gives_way_to_one_of_all(
    monkeypatch: pytest.MonkeyPatch,
):
    story = Story()
    base = story.begin(age=9)
    heads = [story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)]
    newest, newer = by_newer_rules(story, [base, *heads], monkeypatch)
    third = story.edit(base, "chen", sex="male")
    server = received(story, [base, *heads])
    server.receive(newer.tree.path(newest), newer.bodies[newest])
    server.receive(story.tree.path(third), story.bodies[third])

    assert server.resolution.leaf == story.leaf
    assert newest in server.tree
