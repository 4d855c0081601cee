"""What a set of heads comes to: the body, who is named for what waits, and who wrote what."""

from __future__ import annotations

from typing import Any

import pytest

from conflict.decision import How
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from tests.conflict.replica import RULES
from tests.conflict.story import GONE, Story

AUNT: dict[str, Any] = {"id": "r1", "name": "aunt", "age": 40}
UNCLE: dict[str, Any] = {"id": "r2", "name": "uncle", "age": 41}
COUSIN: dict[str, Any] = {"id": "r3", "name": "cousin"}


def candidates(story: Story, name: str) -> list[dict[str, Any]]:
    """What the document says of an open unit."""
    listed: list[dict[str, Any]] = story.bodies[story.leaf]["merge"]["open"][name]
    return listed


def greatest_first(*listed: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(listed, key=lambda one: Rev.parse(one["rev"]), reverse=True)


def test_an_open_unit_lists_revision_author_value_and_what_stood_before():
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.edit(base, "bilal", age=GONE)

    assert candidates(story, "data.age") == greatest_first(
        {"rev": str(one), "author": "amina", "value": 10, "before": 9},
        {"rev": str(other), "author": "bilal", "before": 9},
    )


def test_where_nothing_stood_before_nothing_is_said_of_it():
    story = Story()
    base = story.begin()
    one, other = story.edit(base, "amina", age=None), story.edit(base, "bilal", age=9)

    assert candidates(story, "data.age") == greatest_first(
        {"rev": str(one), "author": "amina", "value": None},
        {"rev": str(other), "author": "bilal", "value": 9},
    )


def test_an_author_that_is_no_text_is_not_named():
    story = Story()
    base = story.begin(age=9)
    one = story.edit(base, "amina", age=10)
    body = {**story.bodies[one], "author": 7, "data": {"age": 11}}
    story.receive((Rev(2, "f" * 32), base), body)

    assert {one["author"] for one in candidates(story, "data.age")} == {"amina", None}


def test_a_merge_keeps_form_revision_state_and_what_nobody_changed_and_has_no_author():
    story = Story()
    base = story.begin(name="Huda", risk="low", placement="home")
    story.edit(base, "amina", age=10, members={"edited_at": "2026-11-23T08:12:03Z"})
    story.edit(base, "bilal", sex="female")
    body = dict(story.bodies[story.leaf])
    del body["merge"]

    assert body == {
        "form": "k21",
        "form_rev": 1,
        "state": "draft",
        "data": {"name": "Huda", "risk": "low", "placement": "home", "age": 10, "sex": "female"},
    }
    assert story.merge.deleted is False


def test_a_merge_says_what_it_stands_for_and_of_nothing_else():
    story = Story()
    base = story.begin(age=9)
    heads = [story.edit(base, "amina", age=10), story.edit(base, "bilal", sex="female")]

    assert story.bodies[story.leaf]["merge"] == {
        "v": 1,
        "p": 0,
        "of": [str(rev) for rev in sorted(heads)],
        "open": {},
    }


@pytest.mark.parametrize(
    "edits",
    [
        ({"age": 10}, {"age": 11}, {"age": 12}),
        ({"age": 10}, {"age": 11}, {"age": GONE}),
        ({"needs": []}, {"needs": ["food", "shelter"]}, {"needs": ["school"]}),
        ({"places": [{"name": "home"}]}, {"places": []}, {"places": [{"name": "market"}]}),
        ({"family": [UNCLE, AUNT]}, {"family": [AUNT, UNCLE, COUSIN]}, {"age": 10}),
        ({"family": [AUNT]}, {"family": [{**AUNT, "age": 42}, UNCLE]}, {"family": None}),
    ],
    ids=["answer", "cleared answer", "set", "list", "order of rows", "cleared list"],
)
def test_an_edit_of_a_merge_that_says_all_of_it_needs_no_other(edits: list[dict[str, Any]]):
    story = Story()
    base = story.begin(age=9, needs=["food"], family=[AUNT, UNCLE])
    first, second, last = edits
    story.edit(base, "amina", **first)
    story.edit(base, "bilal", **second)
    head = story.edit(story.leaf, "amina", **last)

    assert story.leaf == head


def test_an_edit_of_a_document_that_somebody_wanted_gone_needs_no_merge():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.delete(base, "bilal")
    head = story.edit(story.leaf, "amina", age=11)

    assert story.leaf == head


def test_a_head_that_does_not_say_what_was_decided_gets_a_merge_that_does():
    """Who carries on an open text may make it one that can be combined with the others."""
    story = Story()
    base = story.begin(story="One. Two. Three. Four. Five.")
    early = story.edit(base, "amina", story="One. Two. Three. Four. Last.")
    story.edit(early, "dina", age=9)
    story.edit(early, "amina", story="First. Two. Three. Four. Last.")
    line = story.edit(story.edit(base, "bilal", sex="male"), "bilal", name="Huda")
    shown = story.edit(line, "bilal", story="One. Two. Three. Four. Last.")
    assert story.open == {"data.story"}
    assert story.answers["story"] == story.bodies[shown]["data"]["story"]
    head = story.edit(story.leaf, "bilal", story="One. Two. Middle. Four. Last.")

    assert story.open == set()
    assert story.tree[story.leaf].of == (head,)
    assert story.answers["story"] == "First. Two. Middle. Four. Last."


def test_attachments_that_nobody_changed_stay():
    story = Story()
    photo = {"digest": "md5-1", "content_type": "image/jpeg"}
    base = story.begin()
    shown = story.edit(base, members={"_attachments": {"a.jpg": photo}})
    story.edit(shown, "amina", age=10)
    story.edit(shown, "bilal", sex="female")

    assert story.bodies[story.leaf]["_attachments"] == {"a.jpg": photo}


def test_a_document_that_all_have_deleted_comes_to_a_tombstone():
    story = Story()
    base = story.begin(age=9)
    story.delete(base, "amina")
    story.delete(base, "bilal")

    assert story.merge.body == {"_deleted": True}
    assert story.merge.deleted
    assert story.decision("existence").how is How.AGREED


def test_deletions_of_which_nobody_here_knows_the_document_wait_for_nothing():
    story = Story()
    for letter in "ab":
        path = (Rev(2, letter * 32), Rev(1, f"c{letter}" * 16))
        story.receive(path, {"_deleted": True, "author": "amina"})

    assert story.resolution.waits_for == frozenset()
    assert story.merge.deleted


def test_a_deletion_against_an_edit_names_both_and_the_document_that_stood_before():
    story = Story()
    base = story.begin(age=9)
    one, other = story.edit(base, "amina", age=10), story.delete(base, "bilal")

    assert candidates(story, "existence") == greatest_first(
        {"rev": str(one), "author": "amina", "value": True, "before": True},
        {"rev": str(other), "author": "bilal", "before": True},
    )


def test_a_deletion_that_decides_between_some_only_leaves_the_document_in_sight():
    story = Story()
    base = story.begin(age=9)
    edits = [story.edit(base, "amina", age=10), story.edit(base, "dina", sex="female")]
    body = {"_deleted": True, "author": "bilal", "settles": {"existence": [str(edits[0])]}}
    story.receive((Rev(4, "f" * 32), *story.tree.path(story.leaf)), body)

    assert story.open == {"existence"}
    assert story.answers == {"age": 10, "sex": "female"}


@pytest.mark.parametrize("is_asked", [True, False])
def test_what_is_no_answer_is_merged_by_the_rule_of_the_rest(is_asked: bool):
    rest = FieldRule(Rule.ASK) if is_asked else FieldRule()
    story = Story(FormRules({1: RULES}, rest=rest))
    base = story.begin(age=9)
    photo = {"a.jpg": {"digest": "md5-1", "content_type": "image/jpeg"}}
    for author in ("amina", "bilal"):
        story.edit(base, author, age=10, members={"state": "complete", "_attachments": photo})

    assert story.open == ({"state", "_attachments.a.jpg"} if is_asked else set())


def test_who_edits_twice_in_a_row_wrote_what_the_two_edits_changed():
    story = Story()
    base = story.begin(age=9, sex="female", name="Huda")
    story.edit(story.edit(base, "amina", age=10), "amina", sex="male")
    story.edit(base, "bilal", name="Hala")

    assert story.answers == {"age": 10, "sex": "male", "name": "Hala"}
    assert story.open == set()


def test_a_field_that_only_one_of_two_beginnings_has_waits():
    story = Story()
    story.begin("amina", age=9)
    story.begin("bilal", age=9, sex="male")

    assert story.open == {"data.sex"}


def test_two_who_bring_a_deleted_document_back_apart_wrote_only_what_they_filled_in():
    story = Story()
    gone = story.delete(story.begin(age=9))
    again = {"form": "k21", "form_rev": 1, "state": "draft"}
    for digest, answers in (("a", {"age": 10}), ("b", {"sex": "female"})):
        body = {**again, "data": answers, "author": "amina"}
        story.receive((Rev(3, digest * 32), *story.tree.path(gone)), body)

    assert story.answers == {"age": 10, "sex": "female"}
    assert story.open == set()


def test_a_settlement_counts_too_where_every_revision_claims_to_settle_something():
    story = Story()
    claim = {"settles": {"data.sex": ["9-a"]}}
    base = story.edit(None, "amina", members=claim, age=9)
    between = [
        story.edit(base, author, members=claim, age=age)
        for author, age in (("amina", 10), ("dina", 11))
    ]
    story.edit(story.leaf, "bilal", settles={"data.age": between})

    assert story.open == set()
    assert story.decision("data.age").how is How.SETTLED


def test_heads_settled_something_only_where_one_of_them_decided():
    story = Story()
    base = story.begin(age=9)
    between = [story.edit(base, "amina", age=10), story.edit(base, "dina", age=11)]
    assert not story.merge.settled_by(between)

    settlement = story.edit(story.leaf, "bilal", settles={"data.age": between})
    assert story.merge.settled_by([settlement])

    later = story.edit(story.leaf, "amina", sex="female")
    assert story.decision("data.age").how is How.SETTLED
    assert not story.merge.settled_by([later])
