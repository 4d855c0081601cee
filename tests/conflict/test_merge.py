"""What a set of heads comes to: the body, who is named for what waits, and who wrote what."""

from __future__ import annotations

from typing import Any

from conflict.decision import How
from conflict.revision import Rev
from tests.conflict.story import GONE, Story


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
