"""The revision that stands, what it waits for, and rules of another version."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conflict import minting
from conflict.decision import How
from conflict.graph import authored_graph
from conflict.minting import Version, closing_rev, merge_rev, merge_version, touch_rev
from conflict.resolution import Minted, Resolution, needed_bodies
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from conflict.tree import Kind, Node
from tests.conflict.histories import exchange
from tests.conflict.replica import DOCUMENT, FORM, KEY, RULES, Body, Replica
from tests.conflict.story import Story

AGE = "data.age"
UNLIKE_FORM = FormRules({1: {**RULES, "age": FieldRule(Rule.ASK)}})
"""Another form under the same revision."""


def received(source: Replica, revs: Sequence[Rev], form: FormRules = FORM) -> Replica:
    """A server that has received some revisions of a document, in that order."""
    server = Replica(form)
    for rev in revs:
        server.receive(source.tree.path(rev), source.bodies[rev])
    return server


def ages_apart() -> tuple[Story, Rev, list[Rev]]:
    """Two ages for one child; the revision on which they were edited, and the two, ascending."""
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.edit(base, "bilal", age=11)
    return story, base, sorted([one, other])


def closed(server: Replica, rev: Rev) -> None:
    """Another server's tombstone above a revision arrives."""
    closing = closing_rev(KEY, DOCUMENT, rev)
    path = server.tree.path(rev) if rev in server.tree else (rev,)
    server.receive((closing, *path), {"_deleted": True})


def test_a_document_that_one_line_of_edits_made_needs_no_merge():
    story = Story()
    last = story.edit(story.begin(age=9), age=10)

    assert story.leaf == last
    assert not story.resolution.minted


def test_what_came_to_rest_gets_nothing_more_and_comes_to_the_same_again():
    story, _, _ = ages_apart()
    first = story.resolution
    story.resolve()

    assert story.resolution == Resolution(first.leaf, merge=first.merge)


def test_a_merge_stands_on_a_head_that_is_there_rather_than_on_a_deleted_one():
    story = Story()
    base = story.begin(age=9)
    kept = story.edit(base, "amina", age=10)
    story.delete(story.edit(base, "bilal", age=11), "bilal")

    assert story.tree[story.leaf].parent == kept


def test_a_merge_needs_the_bodies_of_its_heads_and_of_where_they_parted_as_far_as_they_are_here():
    story, base, heads = ages_apart()
    on_its_way = story.edit(heads[0], "amina", sex="female")
    server = received(story, [base, on_its_way, heads[1]])

    assert needed_bodies(authored_graph(server.tree)) == {base, on_its_way, heads[1]}
    assert needed_bodies(authored_graph(received(story, [on_its_way, heads[1]]).tree)) == {
        on_its_way,
        heads[1],
    }
    assert needed_bodies(authored_graph(received(story, [base, on_its_way]).tree)) == set()


def test_a_head_that_another_server_closed_before_it_came_is_waited_for():
    story = Story()
    head = story.begin(age=9)
    server = Replica()
    closed(server, head)

    assert server.resolution == Resolution(None, waits_for=frozenset({head}))
    server.receive(story.tree.path(head), story.bodies[head])
    assert server.bodies[server.tree.winner().rev] == story.bodies[head]


def test_what_another_server_closed_is_touched_while_nothing_else_is_known():
    story, base, (less, greater) = ages_apart()
    server = received(story, [base, less])
    closed(server, less)
    touch = touch_rev(KEY, DOCUMENT, less)

    assert server.resolution == Resolution(touch, (Minted(Node(touch, less, kind=Kind.TOUCH)),))
    server.resolve()
    assert server.resolution == Resolution(touch)
    server.receive(story.tree.path(greater), story.bodies[greater])
    assert server.shown == story.shown


def test_a_touch_that_another_server_closed_is_touched_again():
    story = Story()
    head = story.begin(age=9)
    closed(story, head)
    first = story.leaf
    closed(story, first)

    assert story.leaf == touch_rev(KEY, DOCUMENT, first)
    assert [node.rev for node in story.tree.live_leaves()] == [story.leaf]
    assert story.answers == {"age": 9}


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

    assert (merge_version(older), merge_version(newest)) == (Version(1, 0), Version(2, 0))
    assert story.resolution == Resolution(newest)
    assert [leaf.rev for leaf in story.tree.live_leaves()] == [newest]


def test_a_merge_by_newer_rules_stands_even_where_they_put_it_on_an_older_head():
    story = Story()
    base = story.begin(age=9)
    older = story.edit(base, "amina", age=10)
    story.edit(story.edit(base, "bilal", sex="female"), "bilal", age=11)
    ours = story.leaf
    body = {**story.bodies[ours], "merge": {**story.bodies[ours]["merge"], "v": 2}}
    newer = merge_rev(KEY, DOCUMENT, older, body)
    story.receive((newer, *story.tree.path(older)), body)

    assert newer < ours
    assert story.leaf == newer


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
    assert merge_version(story.leaf) == Version(2, 0)
    assert [leaf.rev for leaf in story.tree.live_leaves()] == [story.leaf]


def test_servers_with_different_policies_come_to_rest_at_that_of_the_newer():
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.edit(base, "bilal", age=10)
    always_ask = {**RULES, "age": FieldRule(Rule.ASK)}
    newer = Replica(FormRules({1: always_ask}, policy=1))
    for rev in (base, one, other):
        newer.receive(story.tree.path(rev), story.bodies[rev])
    for _ in range(3):
        exchange(newer, story)
    sizes = len(newer.tree), len(story.tree)
    exchange(newer, story)

    assert story.shown == newer.shown
    assert merge_version(story.leaf) == Version(1, 1)
    assert (len(newer.tree), len(story.tree)) == sizes


ASKING = {**RULES, "age": FieldRule(Rule.ASK, protected=True)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(FormRules({1: ASKING}), FormRules({1: RULES}, policy=1), id="asked no more"),
        pytest.param(FormRules({1: RULES}), FormRules({1: ASKING}, policy=1), id="asked now"),
        pytest.param(FormRules({1: ASKING}), FormRules({1: RULES}), id="unlike forms"),
    ],
)
def test_servers_come_to_rest_where_only_one_of_them_has_something_to_merge(
    one: FormRules, other: FormRules
) -> None:
    """What the one leaves to a person is no question to the other, for whom a head stands."""
    story, server = Story(one), Replica(other)
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "dina", age=10)
    story.edit(story.leaf, "amina", sex="female")
    for _ in range(3):
        exchange(story, server)
    sizes = len(story.tree), len(server.tree)
    exchange(story, server)

    assert (len(story.tree), len(server.tree)) == sizes
    assert story.shown == server.shown


def test_a_server_for_which_a_head_stands_makes_no_merge_beside_one_of_the_same_versions() -> None:
    for number in range(8):  # whether its own would be the greater one is chance
        story, server = Story(FormRules({1: ASKING})), Replica(FormRules({1: RULES}))
        base = story.begin(age=9, number=number)
        story.edit(base, "amina", age=10)
        story.edit(base, "dina", age=10)
        story.edit(story.leaf, "amina", sex="female")
        merge = story.leaf
        exchange(story, server)

        assert merge_version(merge) == Version(1, 0)
        assert server.resolution == Resolution(merge)


def test_a_leaf_that_turns_out_to_rest_on_what_it_was_merged_with_is_shown() -> None:
    """It came with a short history first, and with all of it later."""
    story = Story()
    base = story.begin(age=9)
    early = story.edit(base, "amina", age=10)
    late = story.edit(early, "amina", sex="female")
    server = Replica()
    server.receive(story.tree.path(early), story.bodies[early])
    server.receive((late,), story.bodies[late])
    for _ in range(2):
        server.receive(story.tree.path(late), story.bodies[late])

        assert server.shown is not None
        assert server.shown[1] == story.bodies[late]


def test_servers_whose_forms_differ_under_one_revision_come_to_rest():
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.edit(base, "bilal", age=10)
    unlike = Replica(UNLIKE_FORM)
    for rev in (base, one, other):
        unlike.receive(story.tree.path(rev), story.bodies[rev])
    for _ in range(3):
        exchange(unlike, story)
    sizes = len(unlike.tree), len(story.tree)
    exchange(unlike, story)

    assert story.shown == unlike.shown
    assert (len(unlike.tree), len(story.tree)) == sizes


@pytest.mark.parametrize("forms", [(FORM, UNLIKE_FORM), (UNLIKE_FORM, FORM)])
def test_of_two_merges_by_forms_that_differ_the_greater_stands_whichever_came_first(
    forms: tuple[FormRules, FormRules],
):
    story = Story(forms[0])
    base = story.begin(age=9)
    heads = [story.edit(base, author, age=10) for author in ("amina", "bilal")]
    ours = received(story, [base, *heads], forms[1]).resolution.leaf
    server = received(story, [base, story.leaf, *heads], forms[1])

    assert ours is not None
    assert server.resolution.leaf == max(ours, story.leaf)
    assert (server.resolution.merge is not None) == (ours > story.leaf)


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


@pytest.mark.parametrize("policy", [0, 1])
def test_a_merge_by_a_form_that_is_not_known_here_stands_if_it_is_by_a_newer_policy(policy: int):
    story = Story(FormRules({1: RULES}, policy=policy))
    base = story.begin(age=9)
    heads = [story.edit(base, author, age=10) for author in ("amina", "bilal")]
    server = received(story, [base, *heads, story.leaf], FormRules({}))

    assert server.resolution.leaf == (story.leaf if policy else None)
    assert server.resolution.waits_for == (set() if policy else {*heads})


@pytest.mark.parametrize("members", [{}, {"form_rev": None}, {"form_rev": "1"}])
def test_documents_that_name_no_form_revision_need_none(members: Body):
    server = Replica(FormRules({}))
    base = Rev(1, "a" * 32)
    server.receive((base,), {**members, "data": {"age": 9}})
    server.receive((Rev(2, "b" * 32), base), {**members, "data": {"age": 10}})
    server.receive((Rev(2, "c" * 32), base), {**members, "data": {"age": 9, "sex": "male"}})

    assert server.shown is not None
    assert server.shown[1]["data"] == {"age": 10, "sex": "male"}


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
    state = [writer.rev for writer in story.decision("state").writers]
    story.edit(story.leaf, "amina", settles={"state": state})
    assert story.open == {"state", "data.guardian"}
    guardian = [writer.rev for writer in story.decision("data.guardian").writers]
    story.edit(story.leaf, "bilal", settles={"data.guardian": guardian}, guardian="uncle")

    assert story.open == set()


def test_whoever_may_not_settle_what_a_merge_broke_only_adds_a_candidate():
    story = Story()
    base = story.begin(guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"})
    taken_out = story.edit(base, "bilal", guardian=None)
    added = story.edit(story.leaf, "amina", guardian="uncle")

    assert story.open == {"data.guardian"}
    assert {writer.rev for writer in story.decision("data.guardian").writers} == {taken_out, added}


def test_a_rule_that_is_broken_is_left_to_a_person_whoever_broke_it():
    """Nobody's edit is stored that breaks one by itself, unless by a newer revision of the form."""
    story = Story()
    base = story.begin(guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"}, guardian=None)
    story.edit(base, "bilal", age=9)

    assert story.open == {"state", "data.guardian"}


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
    "merge",
    [
        None,
        1,
        {},
        {"v": 1},
        {"v": True, "p": 0},
        {"v": 99, "p": 0},
        {"v": 0, "p": 0},
        {"v": 1, "p": -1},
        {"v": 1, "p": 1296},
        {"v": 1, "p": 0, "of": 3},
    ],
)
def test_a_claim_to_be_a_merge_is_not_believed(merge: object):
    claimed, parent = Rev(3, "m1" + "0" * 30), Rev(2, "a")
    body = {"merge": merge, "data": {}}
    node = minting.pushed_path(KEY, DOCUMENT, (claimed, parent), body)[0]

    assert node.kind is Kind.AUTHORED
