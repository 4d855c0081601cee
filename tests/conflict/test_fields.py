"""Plain fields, coupled ones, and when two values are the same."""

from __future__ import annotations

from typing import Any

import pytest

from conflict.decision import How
from tests.conflict.story import GONE, Story


def apart(story: Story, start: dict[str, Any], one: dict[str, Any], other: dict[str, Any]) -> None:
    """Amina and bilal edit one document, and neither sees the other's edit."""
    base = story.begin(**start)
    story.edit(base, "amina", **one)
    story.edit(base, "bilal", **other)


def test_edits_of_different_fields_are_both_kept():
    story = Story()
    apart(story, {"age": 9, "sex": "female"}, {"age": 10}, {"sex": "male"})

    assert story.answers == {"age": 10, "sex": "male"}
    assert story.open == set()


def test_different_values_of_one_field_wait_for_a_person_with_both_candidates():
    story = Story()
    apart(story, {"age": 9}, {"age": 10}, {"age": 11})

    assert story.open == {"data.age"}
    assert story.candidates("data.age") == [("amina", 10), ("bilal", 11)]


def test_an_open_field_shows_the_value_of_the_greatest_revision():
    story = Story()
    apart(story, {"age": 9}, {"age": 10}, {"age": 11})
    shown = story.decision("data.age")

    assert story.answers["age"] == shown.value == max(shown.writers, key=lambda one: one.rev).value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (10, 10),
        (10, 10.0),
        ("caf\u00e9", "cafe\u0301"),
        ({"a": [1, "e\u0301"]}, {"a": [1.0, "\u00e9"]}),
        (None, None),
        (GONE, GONE),
    ],
    ids=["equal", "number", "composed text", "inside an object", "null", "missing"],
)
def test_the_same_value_typed_twice_is_no_conflict(one: Any, other: Any):
    story = Story()
    apart(story, {"age": 9}, {"age": one}, {"age": other})

    assert story.open == set()
    assert story.decision("data.age").how is How.AGREED


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, ""), (None, GONE), ("", GONE), (1, True), (0, False), ("1", 1), ([], None), ({}, [])],
)
def test_null_missing_empty_and_other_types_are_different_values(one: Any, other: Any):
    story = Story()
    apart(story, {"age": 9}, {"age": one}, {"age": other})

    assert story.open == {"data.age"}


def test_one_instant_in_two_offsets_is_one_value():
    story = Story()
    khartoum, utc = "2026-11-23T08:12:03+02:00", "2026-11-23T06:12:03Z"
    apart(story, {}, {"seen_at": khartoum}, {"seen_at": utc})

    assert story.open == set()


def test_who_writes_the_same_instant_anew_has_changed_nothing():
    story = Story()
    khartoum, utc, later = (
        "2026-11-23T08:12:03+02:00",
        "2026-11-23T06:12:03Z",
        "2026-11-23T09:00:00+02:00",
    )
    apart(story, {"seen_at": khartoum}, {"seen_at": utc}, {"seen_at": later})

    assert story.open == set()
    assert story.answers["seen_at"] == later


def test_in_a_field_that_holds_no_instants_two_writings_are_two_values():
    story = Story()
    apart(story, {}, {"note": "2026-11-23T08:12:03+02:00"}, {"note": "2026-11-23T06:12:03Z"})

    assert story.open == {"data.note"}


def test_a_field_that_always_asks_waits_even_where_both_agree():
    story = Story()
    apart(story, {"diagnosis": "none"}, {"diagnosis": "a"}, {"diagnosis": "a"})

    assert story.open == {"data.diagnosis"}


def test_the_most_protective_risk_is_taken_and_the_supervisor_told():
    story = Story()
    apart(story, {"risk": "low"}, {"risk": "high"}, {"risk": "medium"})

    assert story.answers["risk"] == "high"
    assert story.open == set()
    assert {str(unit) for unit in story.merge.told} == {"group.safety"}
    assert "group.safety" in story.bodies[story.leaf]["merge"]["told"]


def test_a_risk_nobody_has_ranked_is_left_to_a_person():
    story = Story()
    apart(story, {"risk": "low"}, {"risk": "high"}, {"risk": "extreme"})

    assert story.open == {"group.safety"}


def test_a_cleared_risk_gives_way_to_one_that_was_set():
    story = Story()
    apart(story, {"risk": "low"}, {"risk": GONE}, {"risk": "medium"})

    assert story.answers["risk"] == "medium"


def test_coupled_fields_come_from_one_person():
    story = Story()
    apart(
        story,
        {"risk": "low", "placement": "home"},
        {"risk": "high", "placement": "centre"},
        {"risk": "medium"},
    )

    assert story.answers == {"risk": "high", "placement": "centre"}
    assert story.open == set()


def test_a_placement_that_gives_way_to_a_higher_risk_is_not_passed_over():
    story = Story()
    apart(story, {"risk": "low", "placement": "home"}, {"risk": "high"}, {"placement": "aunt"})

    assert story.open == {"group.safety"}


def test_the_supervisor_is_told_until_one_settles_what_was_taken():
    story = Story()
    apart(story, {"risk": "low"}, {"risk": "high"}, {"risk": "medium"})
    story.edit(story.leaf, "amina", age=9)
    assert {str(unit) for unit in story.merge.told} == {"group.safety"}
    between = [writer.rev for writer in story.decision("group.safety").writers]
    story.edit(story.leaf, "bilal", settles={"group.safety": between})

    assert story.merge.told == {}
    assert story.answers["risk"] == "high"


def test_coupled_fields_of_one_rank_and_different_content_wait_together():
    story = Story()
    apart(
        story,
        {"risk": "low", "placement": "home"},
        {"risk": "high", "placement": "centre"},
        {"risk": "high", "placement": "aunt"},
    )

    assert story.open == {"group.safety"}


def test_a_fixed_field_keeps_its_first_value():
    story = Story()
    apart(story, {"country": "SD"}, {"country": "SO"}, {"age": 10})

    assert story.answers["country"] == "SD"
    assert story.decision("data.country").how is How.FIRST
    assert {str(unit) for unit in story.merge.told} == {"data.country"}


def test_who_was_told_of_a_fixed_field_that_was_changed_in_vain_may_have_it_rest():
    story = Story()
    base = story.begin(country="SD")
    apart_of_it = [story.edit(base, country="SO"), story.edit(base, "bilal", age=10)]
    story.edit(story.leaf, "chen", settles={"data.country": [base, *apart_of_it]})

    assert story.merge.told == {}
    assert story.answers["country"] == "SD"


def test_a_fixed_field_keeps_its_first_value_however_often_it_is_changed():
    story = Story()
    base = story.begin(country="SD")
    changed = story.edit(base, country="SO")
    story.edit(changed, country="KE")
    story.edit(changed, "bilal", age=10)
    story.edit(base, "chen", sex="male")

    assert story.answers == {"country": "SD", "age": 10, "sex": "male"}


@pytest.mark.parametrize("empty", [None, GONE])
def test_a_fixed_field_without_a_value_takes_its_first(empty: Any):
    story = Story()
    apart(story, {"country": empty}, {"country": "SD"}, {"age": 10})

    assert story.answers == {"country": "SD", "age": 10}
    assert story.decision("data.country").how is How.WRITTEN


def test_a_fixed_field_that_two_fill_differently_waits():
    story = Story()
    apart(story, {}, {"country": "SD"}, {"country": "SO"})

    assert story.open == {"data.country"}


def test_a_first_value_that_arrives_after_a_fixed_field_was_settled_opens_it_again():
    story = Story()
    apart(story, {}, {"country": "SD"}, {"country": "SO"})
    between = [writer.rev for writer in story.decision("data.country").writers]
    story.edit(story.leaf, "chen", settles={"data.country": between}, country="SD")
    root = min(story.bodies)
    story.edit(root, "dina", country="KE")

    assert story.candidates("data.country") == [("chen", "SD"), ("dina", "KE")]


def test_an_edit_apart_from_the_settling_of_a_fixed_field_does_not_open_it():
    story = Story()
    base = story.begin(country="SD")
    story.edit(base, "chen", settles={"data.country": [base]}, country="SO")
    story.edit(base, "bilal", country="KE")

    assert story.answers["country"] == "SO"
    assert story.open == set()


def test_elements_of_a_set_are_added_and_taken_out_each_on_its_own():
    story = Story()
    apart(
        story,
        {"needs": ["food", "school"]},
        {"needs": ["food"]},
        {"needs": ["food", "school", "shelter"]},
    )

    assert story.answers["needs"] == ["food", "shelter"]
    assert story.open == set()


def test_an_element_put_in_again_knowingly_stays_against_another_removal():
    story = Story()
    base = story.begin(needs=["food"])
    story.edit(base, "amina", needs=[])
    story.edit(base, "bilal", age=9)
    story.edit(story.leaf, "bilal", needs=["food"])
    story.edit(base, "chen", needs=[])

    assert story.answers["needs"] == ["food"]


@pytest.mark.parametrize(
    ("elements", "kept"),
    [(["1", 1], [1, "1"]), (["true", True], ["true", True]), (["a b", "]"], ["]", "a b"])],
)
def test_elements_of_different_types_are_different_elements(elements: list[Any], kept: list[Any]):
    story = Story()
    apart(story, {"needs": []}, {"needs": elements[:1]}, {"needs": elements[1:]})

    assert sorted(map(repr, story.answers["needs"])) == sorted(map(repr, kept))


def test_a_set_may_be_null_missing_or_empty():
    for value in (None, GONE, []):
        story = Story()
        apart(story, {"needs": ["food"]}, {"needs": value}, {"age": 9})
        assert story.answers.get("needs", GONE) == value


def test_what_should_be_a_set_and_is_none_is_merged_as_one_value():
    story = Story()
    apart(story, {"needs": ["food"]}, {"needs": "food"}, {"needs": ["food", "school"]})

    assert story.open == {"data.needs"}


def test_histories_without_a_common_beginning_differ_in_every_field():
    story = Story()
    story.begin("amina", age=9, sex="female", risk="high", story="One.", needs=["food"])
    story.begin("bilal", age=9, sex="male", risk="low", story="Two.", needs=["school"])

    assert story.open == {"data.sex", "group.safety", "data.story"}
    assert story.answers["needs"] == ["food", "school"]


def test_the_state_is_a_unit_of_its_own():
    story = Story()
    base = story.begin(age=9, guardian="aunt")
    story.edit(base, "amina", members={"state": "complete"})
    story.edit(base, "bilal", age=10)

    assert story.bodies[story.leaf]["state"] == "complete"
    assert story.answers["age"] == 10


def test_attachments_are_units_by_name():
    story = Story()
    one, two = ({"digest": f"md5-{digit}", "content_type": "image/jpeg"} for digit in "12")
    base = story.begin()
    story.edit(base, "amina", members={"_attachments": {"a.jpg": one}})
    story.edit(base, "bilal", members={"_attachments": {"b.jpg": two}})

    assert story.bodies[story.leaf]["_attachments"] == {"a.jpg": one, "b.jpg": two}


def test_two_attachments_of_one_name_wait_for_a_person():
    story = Story()
    one, two = ({"digest": f"md5-{digit}", "content_type": "image/jpeg"} for digit in "12")
    base = story.begin()
    story.edit(base, "amina", members={"_attachments": {"a.jpg": one}})
    story.edit(base, "bilal", members={"_attachments": {"a.jpg": two}})

    assert story.open == {"_attachments.a.jpg"}
