"""Settlements: what a person decided stays decided, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conflict.decision import How
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from tests.conflict.replica import RULES
from tests.conflict.story import Story

AGE = "data.age"


def clash() -> tuple[Story, Rev, list[Rev]]:
    """Two ages for one child; the revision on which they were edited, and the two."""
    story = Story()
    base = story.begin(age=9)
    between = [story.edit(base, "amina", age=10), story.edit(base, "dina", age=11)]
    assert story.open == {AGE}
    return story, base, between


def shown_and_other(story: Story) -> tuple[int, int]:
    shown = story.answers["age"]
    return shown, ({10, 11} - {shown}).pop()


def test_a_settlement_closes_what_it_names():
    story, _, between = clash()
    _, other = shown_and_other(story)
    story.edit(story.leaf, "bilal", settles={AGE: between}, age=other)

    assert story.open == set()
    assert story.answers["age"] == other
    assert story.decision(AGE).how is How.SETTLED
    assert {one.rev for one in story.decision(AGE).instead_of} == {*between}


def test_an_ordinary_edit_of_an_open_unit_tells_whose_place_it_took():
    story, _, between = clash()
    story.edit(story.leaf, "bilal", age=12)

    decision = story.decision(AGE)
    assert (decision.value, decision.how) == (12, How.REPLACED)
    assert {one.rev for one in decision.instead_of} == {*between}
    assert decision.settlements == frozenset()


def test_a_settlement_that_keeps_the_shown_value_closes_it_too():
    story, _, between = clash()
    shown, _ = shown_and_other(story)
    story.edit(story.leaf, "bilal", settles={AGE: between})

    assert story.open == set()
    assert story.answers["age"] == shown


def test_an_edit_that_drops_the_settlement_does_not_reopen_it():
    story, _, between = clash()
    story.edit(story.leaf, "bilal", settles={AGE: between})
    story.edit(story.leaf, "amina", sex="female")
    story.edit(story.leaf, "amina", sex="male")

    assert story.open == set()


def test_a_settlement_carried_on_by_a_client_decides_nothing_new():
    story, base, between = clash()
    story.edit(story.leaf, "bilal", settles={AGE: between})
    carried = story.leaf
    story.edit(base, "chen", age=12)
    assert story.open == {AGE}
    story.edit(story.leaf, "amina", settles={AGE: between}, keeps=True, sex="female")

    assert story.open == {AGE}
    assert carried in story.tree


def test_a_candidate_that_comes_after_the_settlement_stays_open_against_it():
    story, base, between = clash()
    story.edit(story.leaf, "bilal", settles={AGE: between}, age=10)
    story.edit(base, "chen", age=12)

    assert story.open == {AGE}
    assert [value for _, value in story.candidates(AGE)] == [10, 12]


def test_a_settlement_decides_between_those_it_names_only():
    story, base, between = clash()
    third = story.edit(base, "chen", age=12)
    story.edit(story.leaf, "bilal", settles={AGE: between}, age=10)

    assert story.open == {AGE}
    assert {writer.rev for writer in story.decision(AGE).writers} > {third}
    assert not {writer.rev for writer in story.decision(AGE).writers} & {*between}


def test_a_settlement_of_some_candidates_for_what_the_others_say_holds_after_another_edit():
    story, _, _ = clash()
    shown, other = shown_and_other(story)
    named = [one.rev for one in story.decision(AGE).writers if one.value == other]
    story.edit(story.leaf, "bilal", settles={AGE: named})
    assert story.open == set()
    story.edit(story.leaf, "amina", sex="female")

    assert story.open == set()
    assert story.answers["age"] == shown


def test_what_stands_is_what_was_decided_even_against_the_last_edit():
    story = Story()
    base = story.begin(risk="low", placement="home")
    story.edit(base, "amina", risk="medium")
    high = story.edit(base, "dina", risk="high")
    unit = "group.safety"
    story.edit(story.leaf, "bilal", settles={unit: [high]}, risk="low")

    assert story.decision(unit).value == {"risk": "medium", "placement": "home"}
    assert story.answers["risk"] == "medium"


def test_nobody_settles_between_revisions_that_they_have_not_seen():
    story, base, between = clash()
    story.edit(base, "chen", settles={AGE: between}, age=12)

    assert {value for _, value in story.candidates(AGE)} == {10, 11, 12}


def test_two_settlements_made_apart_are_an_ordinary_conflict():
    story, _, between = clash()
    seen = story.leaf
    story.edit(seen, "bilal", settles={AGE: between}, age=10)
    story.edit(seen, "chen", settles={AGE: between}, age=11)

    assert story.open == {AGE}
    assert story.candidates(AGE) == [("bilal", 10), ("chen", 11)]


def test_two_settlements_that_agree_are_no_conflict():
    story, _, between = clash()
    seen = story.leaf
    story.edit(seen, "bilal", settles={AGE: between}, age=10)
    story.edit(seen, "chen", settles={AGE: between}, age=10)

    assert story.open == set()
    assert story.answers["age"] == 10


def test_a_settlement_holds_when_the_branch_below_a_candidate_becomes_known_as_one():
    """The candidate's line had its value before: an edit made there later moves the writer down."""
    story = Story()
    base = story.begin(age=9)
    early = story.edit(base, "amina", age=10)
    late = story.edit(early, "amina", sex="female")
    other = story.edit(base, "dina", age=11)
    story.edit(story.leaf, "bilal", settles={AGE: [late, other]}, age=11)
    story.edit(early, "chen", note="seen")

    assert story.open == set()
    assert story.answers == {"age": 11, "sex": "female", "note": "seen"}


def test_an_ordinary_edit_of_an_open_field_supersedes_what_its_author_saw():
    story, _, _ = clash()
    story.edit(story.leaf, "amina", age=12)

    assert story.open == set()
    assert story.answers["age"] == 12


def test_an_edit_of_another_field_leaves_the_unit_open():
    story, _, _ = clash()
    story.edit(story.leaf, "amina", sex="female")

    assert story.open == {AGE}


def test_an_ordinary_edit_of_an_open_protected_field_only_adds_a_candidate():
    story = Story()
    base = story.begin(guardian="mother")
    story.edit(base, "amina", guardian="aunt")
    story.edit(base, "dina", guardian="uncle")
    story.edit(story.leaf, "chen", guardian="sister")

    assert story.open == {"data.guardian"}
    assert {value for _, value in story.candidates("data.guardian")} == {"aunt", "uncle", "sister"}


def test_who_adds_a_candidate_again_replaces_their_own():
    story = Story()
    base = story.begin(guardian="mother")
    story.edit(base, "amina", guardian="aunt")
    story.edit(base, "dina", guardian="uncle")
    story.edit(story.leaf, "amina", guardian="sister")

    assert story.candidates("data.guardian") == [("amina", "sister"), ("dina", "uncle")]


def test_an_ordinary_edit_of_a_protected_field_that_was_decided_by_rank_only_adds_a_candidate():
    risk = replace(RULES["risk"], couple=None, protected=True)
    story = Story(FormRules({1: {**RULES, "risk": risk}}))
    base = story.begin(risk="low")
    story.edit(base, "amina", risk="high")
    story.edit(base, "dina", risk="medium")
    story.edit(story.leaf, "chen", risk="low")

    assert story.answers["risk"] == "high"
    assert {one.value for one in story.decision("data.risk").writers} == {"low", "medium", "high"}


def test_a_fixed_field_of_which_a_supervisor_was_told_is_not_open_though_it_is_protected():
    country = FieldRule(Rule.FIXED, protected=True)
    story = Story(FormRules({1: {**RULES, "country": country}}))
    base = story.begin(country="SD")
    story.edit(base, "amina", country="SO")
    story.edit(base, "dina", age=9)
    story.edit(story.leaf, "chen", country="SS")

    assert story.answers["country"] == "SD"
    assert story.open == set()
    assert {one.value for one in story.decision("data.country").writers} == {"SD", "SO", "SS"}


def test_what_was_added_to_an_open_protected_field_is_open_to_whoever_edits_on_that():
    """Two tablets got the edit itself, before any server had merged it with what was open."""
    story = Story()
    base = story.begin(guardian="mother")
    story.edit(base, "amina", guardian="aunt")
    story.edit(base, "dina", guardian="uncle")
    added = story.edit(story.leaf, "chen", guardian="sister")
    story.edit(added, "bilal", guardian="brother")
    story.edit(added, "amina", age=9)

    assert {value for _, value in story.candidates("data.guardian")} == {
        "aunt",
        "uncle",
        "sister",
        "brother",
    }


def test_a_protected_field_that_is_not_open_is_edited_like_any_other():
    story = Story()
    first = story.begin(guardian="mother")
    second = story.edit(first, "amina", guardian="aunt")
    story.edit(first, "dina", age=9)
    story.edit(story.leaf, "chen", guardian="sister")

    assert story.open == set()
    assert story.answers["guardian"] == "sister"
    assert second in story.tree


def test_a_settlement_of_a_protected_field_decides_it():
    story = Story()
    base = story.begin(guardian="mother")
    between = [
        story.edit(base, "amina", guardian="aunt"),
        story.edit(base, "dina", guardian="uncle"),
    ]
    story.edit(story.leaf, "bilal", settles={"data.guardian": between}, guardian="aunt")

    assert story.open == set()


@pytest.mark.parametrize(
    "nonsense", ["x", [], {AGE: "x"}, {AGE: [1, None, "1-"]}, {"data.x": ["1-a"]}, {AGE: {}}]
)
def test_nonsense_in_settles_is_passed_over(nonsense: object):
    story, _, _ = clash()
    story.edit(story.leaf, "bilal", members={"settles": nonsense}, sex="female")

    assert story.open == {AGE}


def test_a_deletion_against_an_edit_waits_and_the_document_stays_in_sight():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.delete(base, "bilal")

    assert story.open == {"existence"}
    assert story.answers == {"age": 10}


def test_a_deletion_by_all_deletes():
    story = Story()
    base = story.begin(age=9)
    story.delete(base, "amina")
    story.delete(base, "bilal")

    assert story.resolution.leaf is None
    assert story.tree.winner().deleted


def test_a_deletion_settled_for_keeping_keeps():
    story = Story()
    base = story.begin(age=9)
    between = [story.edit(base, "amina", age=10), story.delete(base, "dina")]
    story.edit(story.leaf, "bilal", settles={"existence": between})
    story.edit(story.leaf, "amina", age=11)

    assert story.open == set()
    assert story.answers == {"age": 11}


def test_a_deletion_of_a_longer_line_is_settled_in_one_go():
    story = Story()
    base = story.begin(age=9)
    line = base
    for age in (10, 11, 12):
        line = story.edit(line, "dina", age=age)
    gone = story.delete(line, "dina")
    kept = story.edit(base, "amina", sex="female")
    assert story.open >= {"existence"}
    story.edit(story.leaf, "bilal", settles={"existence": [gone, kept]})

    assert "existence" not in story.open


def test_a_deletion_of_what_one_has_seen_deletes():
    story = Story()
    base = story.begin(age=9)
    story.edit(base, "amina", age=10)
    story.edit(base, "dina", age=11)
    story.delete(story.leaf, "bilal")

    assert story.resolution.leaf is None


@pytest.mark.parametrize("field", ["story", "log"])
def test_a_text_settled_for_what_was_shown_is_not_overruled_by_another_settlement(field: str):
    story, unit = Story(), f"data.{field}"
    texts: list[dict[str, Any]] = [{field: f"One {letter}. Two."} for letter in "AD"]
    base = story.begin(**{field: "One. Two."})
    between = [story.edit(base, **text) for text in texts]
    seen = story.leaf
    other = next(text for text in texts if text != story.answers)
    story.edit(seen, "bilal", settles={unit: between})
    story.edit(seen, "chen", settles={unit: between}, **other)

    assert story.open == {unit}
    assert {value for _, value in story.candidates(unit)} == {text[field] for text in texts}


def test_an_edit_apart_of_a_text_settled_for_what_was_shown_waits_beside_it():
    story = Story()
    base = story.begin(story="One. Two.")
    between = [story.edit(base, story=text) for text in ("One A. Two.", "One D. Two.")]
    seen = story.leaf
    story.edit(seen, "bilal", settles={"data.story": between})
    story.edit(seen, "chen", story="One X. Two.")

    assert story.open == {"data.story"}


@pytest.mark.parametrize("apart", [True, False])
def test_of_the_candidates_of_a_protected_field_those_named_are_closed_and_no_other(apart: bool):
    story, unit = Story(), "data.guardian"
    base = story.begin(guardian="mother")
    story.edit(base, "amina", guardian="aunt")
    story.edit(base, "dina", guardian="uncle")
    third = story.edit(base if apart else story.leaf, "chen", guardian="sister")
    story.edit(story.leaf, "bilal", settles={unit: [third]}, guardian="sister")

    candidates = [("amina", "aunt"), ("bilal", "sister"), ("dina", "uncle")]
    assert story.candidates(unit) == candidates


def test_a_settlement_of_what_nobody_wrote_means_nothing():
    story, _, between = clash()
    nobodys = {"data.family[r9].name": between, "data.nothing": between}
    story.edit(story.leaf, "bilal", settles=nobodys, sex="female")

    assert story.open == {AGE}


def test_the_candidate_that_is_shown_is_named_first():
    for number in range(12):  # which of them has the greater revision is chance
        story = Story()
        base = story.begin(risk="low", placement="home", number=number)
        story.edit(base, "amina", risk="high")
        story.edit(base, "dina", risk="medium", placement="centre")
        first, _ = story.bodies[story.leaf]["merge"]["open"]["group.safety"]
        assert first["author"] == "amina"
        assert story.answers["risk"] == "high"


def test_what_two_agreed_on_may_be_changed_later_by_who_has_seen_it():
    story = Story()
    base = story.begin(guardian="mother")
    for author in ("amina", "bilal"):
        story.edit(base, author, guardian="aunt")
    story.edit(story.leaf, "amina", guardian="uncle")

    assert story.open == set()
    assert story.answers["guardian"] == "uncle"
