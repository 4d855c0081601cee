"""What merges had told those who edited them counts, whatever rules there are today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conflict.decision import How
from conflict.past import History, PastMerge
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from conflict.units import EXISTENCE, Unit
from conflict.value import MISSING
from conflict.writers import Verdict
from tests.conflict.replica import FORM, RULES, broken_rules, upgraded
from tests.conflict.story import GONE, Story


def under(story: Story, /, **rules: FieldRule) -> None:
    """From now on the programme has another policy."""
    changed = {**RULES, **rules}
    policy = story.form.policy + 1
    story.form = FormRules({1: changed, 2: changed}, upgraded, broken_rules, policy=policy)


def candidates(story: Story, unit: str) -> set[Rev]:
    return {writer.rev for writer in story.decision(unit).writers}


def asking(**rules: FieldRule) -> Story:
    """A story in a programme that has some answers always asked about."""
    story = Story()
    under(story, **rules)
    return story


ASKED = FieldRule(Rule.ASK, protected=True)


def settled_needs(chosen: str = "shelter") -> tuple[Story, Rev]:
    """Needs that were asked about as a whole and settled; the revision that was edited apart."""
    story = asking(needs=ASKED)
    base = story.begin(needs=[])
    between = [story.edit(base, needs=["food"]), story.edit(base, "dina", needs=["shelter"])]
    story.edit(story.leaf, "bilal", settles={"data.needs": between}, needs=[chosen])
    return story, base


@pytest.mark.parametrize("chosen", ["food", "shelter"])
def test_what_was_settled_stays_so_where_elements_are_merged_each_on_its_own_now(chosen: str):
    story, _ = settled_needs(chosen)
    under(story, needs=RULES["needs"])
    story.edit(story.leaf, age=9)

    assert (story.answers["needs"], story.open) == ([chosen], set())


def test_what_two_agreed_on_is_their_word_under_another_policy_too():
    story = Story()
    base = story.begin(age=9)
    both = {story.edit(base, "amina", age=10), story.edit(base, "dina", age=10, sex="male")}
    under(story)
    story.edit(story.leaf, "bilal", name="Huda")

    assert candidates(story, "data.age") == both


def test_what_was_settled_stays_so_where_the_answer_is_asked_about_now():
    story = Story()
    base = story.begin(age=7)
    between = [story.edit(base, age=8), story.edit(base, "dina", age=9)]
    story.edit(story.leaf, "bilal", settles={"data.age": between}, age=8)
    under(story, age=ASKED)
    story.edit(story.leaf, sex="male")

    assert (story.answers["age"], story.open) == (8, set())


def test_a_candidate_that_was_added_stays_one_where_an_edit_would_decide_today():
    story = Story()
    base = story.begin(guardian="aunt")
    bilals = story.edit(base, "bilal", guardian="uncle")
    story.edit(base, "amina", guardian="sister")
    added = story.edit(story.leaf, "amina", guardian="mother")
    under(story, guardian=FieldRule())
    story.edit(story.leaf, "amina", age=9)

    assert candidates(story, "data.guardian") == {bilals, added}


def test_what_another_had_said_meanwhile_is_set_against_what_was_decided():
    story, base = settled_needs()
    under(story, needs=FieldRule())
    story.edit(story.leaf, age=9)
    story.edit(base, "chen", needs=["school"])

    values = [writer.value for writer in story.decision("data.needs").writers]
    assert (values, story.open) == ([["school"], ["shelter"]], {"data.needs"})


WHOLE = FieldRule(Rule.ASK)
STORY = "data.story"


def combined_then_asked() -> tuple[Story, Rev, Rev]:
    """Edits of two sentences were combined, and somebody has edited the merge that did so; today
    texts are asked about as a whole. With the revision that all began from, and that merge.
    """
    story = Story()
    base = story.begin(story="One. Two. Three.")
    story.edit(base, "amina", story="First. Two. Three.")
    story.edit(base, "dina", story="One. Two. Last.")
    merge = story.leaf
    under(story, story=WHOLE)
    story.edit(merge, "amina", name="Huda")
    return story, base, merge


def test_texts_that_were_combined_stay_so_where_they_are_asked_about_today():
    story, _, merge = combined_then_asked()

    assert (story.answers["story"], story.open) == ("First. Two. Last.", set())
    assert candidates(story, STORY) == {merge}


def test_who_edits_what_a_merge_had_decided_takes_its_place():
    story, _, _ = combined_then_asked()
    last = story.edit(story.leaf, "bilal", story="Another.")

    assert candidates(story, STORY) == {last}


@pytest.mark.parametrize("edits_before", [0, 3])
def test_what_a_merge_had_decided_is_set_against_what_was_said_apart_from_it(edits_before: int):
    story, line, merge = combined_then_asked()
    for age in range(edits_before):
        line = story.edit(line, "chen", age=age)
    apart = story.edit(line, "chen", story="Another.")

    assert (candidates(story, STORY), story.open) == ({merge, apart}, {STORY})


def test_who_settles_again_names_the_merge_that_had_decided():
    story, base, merge = combined_then_asked()
    apart = story.edit(base, "chen", story="Another.")
    story.edit(story.leaf, "bilal", settles={STORY: [merge, apart]}, story="Another.")
    story.edit(story.leaf, "amina", sex="male")

    assert (story.answers["story"], story.open) == ("Another.", set())


def test_what_was_decided_stays_so_although_something_else_was_left_open():
    story = Story()
    base = story.begin(story="One. Two. Three.", sex=None)
    story.edit(base, "amina", story="First. Two. Three.", sex="male")
    story.edit(base, "dina", story="One. Two. Last.", sex="female")
    under(story, story=WHOLE)
    story.edit(story.leaf, "amina", name="Huda")

    assert (story.answers["story"], story.open) == ("First. Two. Last.", {"data.sex"})


def test_who_took_out_an_element_of_a_list_that_was_open_as_a_whole_decided_nothing():
    """Where only supervisors settle it, under either name."""
    story = asking(needs=ASKED)
    base = story.begin(needs=[])
    story.edit(base, "amina", needs=["food", "school"])
    story.edit(base, "dina", needs=["food", "shelter"])
    under(story, needs=replace(RULES["needs"], protected=True))
    story.edit(story.leaf, "bilal", needs=[])

    assert story.answers["needs"] == ["food", "school", "shelter"]


def test_a_cell_that_was_not_open_is_edited_like_any_other_although_one_beside_it_was():
    cells = {"name": FieldRule(protected=True), "age": FieldRule(protected=True)}
    story = Story(FormRules({1: {"family": FieldRule(Rule.ROWS, cells=cells)}}))
    base = story.begin(family=[{"id": "r1", "name": "aunt", "age": 40}])
    story.edit(base, "amina", family=[{"id": "r1", "name": "Zeinab", "age": 41}])
    story.edit(base, "dina", family=[{"id": "r1", "name": "aunt", "age": 42}])
    (row,) = story.answers["family"]
    last = story.edit(story.leaf, "bilal", family=[{**row, "name": "Zeinab Ali"}])

    assert story.open == {"data.family[r1].age"}
    assert candidates(story, "data.family[r1].name") == {last}


# What a merge says by itself

MERGE, ONE, OTHER = Rev(3, "m"), Rev(2, "a"), Rev(2, "b")
SAID: list[dict[str, Any]] = [{"rev": str(ONE), "value": 7}, {"rev": str(OTHER), "value": 8}]


def past_merge(
    units: Mapping[str, object], told: Mapping[str, object] | None = None, *, outdated: bool = True
) -> PastMerge:
    """A merge that left some units to a person."""
    return PastMerge(MERGE, frozenset({ONE, OTHER}), {"open": units, "told": told or {}}, outdated)


@pytest.mark.parametrize("or_tells", [True, False])
def test_a_merge_wanted_somebody_to_be_told_of_what_it_lists_as_told(or_tells: bool):
    merge = past_merge({"data.sex": SAID}, {"data.age": SAID})

    assert merge.asks(Unit("data", "age"), {"data.age"}, or_tells=or_tells) == or_tells
    assert merge.asks(Unit("data", "sex"), {"data.sex"}, or_tells=or_tells)


COUPLE = [{"value": {"risk": "low", "placement": "home"}}, {"value": None}, {}]


@pytest.mark.parametrize(
    ("listed", "field", "about"),
    [
        ({"data.needs[food]": SAID}, "needs", {"data.needs"}),
        ({"data.family[r1].name": SAID}, "family", {"data.family"}),
        ({"group.safety": COUPLE}, "placement", {"data.risk", "data.placement"}),
    ],
    ids=["element", "cell", "coupled field"],
)
def test_what_was_open_under_another_name_was_open_and_cannot_be_said_to_have_been_decided(
    listed: dict[str, object], field: str, about: set[str]
):
    unit, fields = Unit("data", field), {f"data.{field}"}
    merge = past_merge(listed)

    assert merge.asks(unit, fields, or_tells=False)
    assert merge.verdict(unit, fields, {*fields, *about}, 7) is None
    assert not past_merge(listed, outdated=False).asks(unit, fields, or_tells=False)


def test_of_other_fields_than_those_that_were_open_a_merge_says_what_it_had_come_to():
    listed = {"state": SAID, "group.safety": COUPLE}
    about = {"state", "data.risk", "data.placement"}
    merge = past_merge(listed)
    verdict = merge.verdict(Unit("data", "age"), {"data.age"}, {"data.age", *about}, 7)

    assert not merge.asks(Unit("data", "age"), {"data.age"}, or_tells=True)
    assert verdict == Verdict(MERGE, 7)


def test_while_something_was_open_that_is_of_no_field_of_today_nothing_is_known_to_be_decided():
    merge = past_merge({"data.years": SAID})

    assert merge.verdict(Unit("data", "age"), {"data.age"}, {"data.age"}, 7) is None


def test_of_what_it_left_open_a_merge_names_the_candidates_that_can_be_read():
    listed = {"data.age": [*SAID, {"rev": "nonsense"}, {}, "nonsense"]}
    verdict = past_merge(listed).verdict(Unit("data", "age"), {"data.age"}, {"data.age"}, 7)

    assert verdict == Verdict(MERGE, 7, frozenset({ONE, OTHER}))


def test_a_document_that_a_merge_showed_is_there_though_no_body_says_so():
    history = History({}, {}, {MERGE: (past_merge({}), {})})

    assert history.verdicts(EXISTENCE, {"existence"}) == [Verdict(MERGE, True)]
    assert history.verdicts(Unit("data", "age"), {"data.age"}) == [Verdict(MERGE, MISSING)]


def test_of_two_servers_that_merged_the_same_by_other_rules_neither_takes_back_the_others_word():
    story, elsewhere = Story(), asking(needs=ASKED)
    for server in (story, elsewhere):
        base = server.begin(needs=[])
        server.edit(base, needs=["food"])
        server.edit(base, "dina", needs=["shelter"])
    asked, on_asked = elsewhere.leaf, elsewhere.edit(elsewhere.leaf, "dina", name="Amal")
    assert story.answers["needs"] == ["food", "shelter"]
    story.edit(story.leaf, sex="male")
    under(story)  # the policy's number that the other server has
    under(story, needs=FieldRule(Rule.CHANGED))

    for rev in (asked, on_asked):
        story.receive((rev, *elsewhere.tree.path(rev)[1:]), elsewhere.bodies[rev])

    assert (story.answers["needs"], story.open) == (["food", "shelter"], set())


# Under other names


def test_what_was_left_open_under_another_name_is_merged_by_the_rules_of_today():
    story = asking(needs=ASKED)
    base = story.begin(needs=[])
    story.edit(base, needs=["food"])
    story.edit(base, "dina", needs=["shelter"])
    under(story, needs=RULES["needs"])
    story.edit(story.leaf, age=9)

    assert story.answers["needs"] == ["food", "shelter"]


def test_what_a_form_calls_otherwise_today_is_not_taken_for_decided():
    story = Story()
    base = story.begin(age=7)
    story.edit(base, age=8)
    story.edit(base, "dina", age=9)
    assert story.open == {"data.age"}
    body = story.bodies[story.leaf]
    years = body["data"]["age"]
    story.edit(story.leaf, members={"form_rev": 2}, age=GONE, sex="male", years=years)

    assert story.open == {"data.years"}


def test_a_document_that_a_merge_showed_was_to_stay():
    story = Story()
    base = story.begin(age=7)
    story.edit(base, age=8)
    story.edit(base, "dina", sex="male")
    under(story)
    story.edit(story.leaf, "amina", name="Amal")
    deleted = story.delete(base, "bilal")

    assert story.shown is not None
    assert "existence" in story.open
    assert deleted in candidates(story, "existence")


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_most_protective_value_is_shown_while_it_is_asked_about(is_asked: bool):
    rule = replace(RULES["risk"], couple=None)
    rule = replace(rule, rule=Rule.ASK, ranked=True) if is_asked else rule
    story = Story(FormRules({1: {**RULES, "risk": rule}}, upgraded, broken_rules))
    base = story.begin(risk="low")
    story.edit(base, "amina", risk="high")
    story.edit(base, "bilal", risk="medium")

    assert story.answers["risk"] == "high"
    assert story.decision("data.risk").how is (How.OPEN if is_asked else How.HIGHEST)


def test_what_coupled_fields_are_ranked_by_is_so_while_they_are_asked_about():
    story = asking(placement=replace(RULES["placement"], rule=Rule.ASK))
    base = story.begin(risk="low")
    story.edit(base, "amina", risk="high")
    story.edit(base, "bilal", risk="medium")

    assert (story.answers["risk"], story.open) == ("high", {"group.safety"})


def line_against(story: Story, one: str, other: str) -> tuple[Rev, Rev, Rev]:
    """Amina gives an answer, and edits another on that; bilal, apart, answers otherwise; and the
    merge of both is edited. Amina's first edit, bilal's, and what they began from.
    """
    base = story.begin(guardian="aunt")
    first = story.edit(base, "amina", guardian=one)
    story.edit(first, "amina", age=9)
    bilals = story.edit(base, "bilal", guardian=other)
    story.edit(story.leaf, "dina", sex="male")
    return first, bilals, base


@pytest.mark.parametrize("deleted_since", [False, True])
def test_a_candidate_keeps_its_word_where_an_edit_further_down_its_line_becomes_known(
    deleted_since: bool,
):
    """The place where it was written turns out to be another than the merge had named."""
    story = Story()
    first, bilals, base = line_against(story, "uncle", "mother")
    under(story)
    story.edit(first, "chen", name="Huda")
    if deleted_since:
        story.edit(bilals, "chen", diagnosis="none")

    assert story.open == {"data.guardian"}
    values = {writer.value for writer in story.decision("data.guardian").writers}
    assert values == {"uncle", "mother"}
    assert base not in candidates(story, "data.guardian")


def test_nothing_that_a_merge_left_open_vanishes_from_the_document():
    story = Story()
    base = story.begin(guardian="aunt")
    first = story.edit(base, "amina", members={"state": "complete"})
    story.edit(first, "amina", age=9)
    story.edit(base, "bilal", guardian=None)
    story.edit(story.leaf, "dina", sex="male")
    under(story)
    story.edit(first, "chen", name="Huda")

    assert story.shown is not None
    assert story.shown[1]["state"] == "complete"
    assert story.open == {"state", "data.guardian"}


def test_of_two_earlier_merges_the_one_that_knew_the_other_stands():
    story = Story()
    base = story.begin(age=6)
    story.edit(base, "amina", age=7)
    story.edit(base, "bilal", age=7)
    first = story.leaf
    story.edit(base, "chen", age=7)
    story.edit(story.leaf, "bilal", sex="male")
    story.edit(first, "dina", name="Huda")
    under(story, age=ASKED)
    story.resolve()

    assert (story.answers["age"], story.open) == (7, set())


def test_a_couple_that_is_none_any_more_takes_back_nothing_else_that_was_decided():
    story = Story()
    base = story.begin(risk="low", placement="home", guardian="aunt")
    story.edit(base, "amina", risk="high", guardian="uncle")
    story.edit(base, "bilal", risk="medium", guardian="uncle")
    story.edit(story.leaf, "dina", sex="male")
    apart = {name: replace(RULES[name], couple=None) for name in ("risk", "placement")}
    under(story, guardian=ASKED, **apart)
    story.edit(story.leaf, "dina", sex="female")

    assert story.answers["guardian"] == "uncle"
    assert "data.guardian" not in story.open


# Whose word a candidate is


def lines() -> tuple[Story, Rev, Rev]:
    """Bilal names an uncle; amina, who has seen that, another answer; her other tablet an aunt."""
    story = Story()
    base = story.begin(guardian=None)
    bilals = story.edit(base, "bilal", guardian="uncle")
    on_that = story.edit(bilals, "amina", age=9)
    other = story.edit(base, "amina", guardian="aunt")
    assert story.open == {"data.guardian"}
    return story, on_that, other


def test_of_a_line_of_several_edits_it_is_not_told_whose_word_it_is():
    story, on_that, other = lines()

    authors = {writer.rev: writer.author for writer in story.decision("data.guardian").writers}
    assert authors == {on_that: None, other: "amina"}


def test_nobody_takes_back_a_word_that_may_be_anothers():
    story, on_that, other = lines()
    added = story.edit(story.leaf, "amina", guardian="aunt and uncle")

    assert candidates(story, "data.guardian") == {on_that, added}
    assert other not in candidates(story, "data.guardian")


def test_an_edit_after_an_edit_that_is_known_everywhere_is_its_authors_own():
    """The one before is a branch point, whose body every server has."""
    story = Story()
    base = story.begin(guardian=None)
    first = story.edit(base, "bilal", age=9)
    story.edit(first, "amina", guardian="aunt")
    story.edit(first, "dina", guardian="uncle")

    assert {writer.author for writer in story.decision("data.guardian").writers} == {
        "amina",
        "dina",
    }


def test_of_a_history_that_begins_in_its_middle_nobody_knows_who_began_it():
    story = Story()
    story.receive((Rev(3, "a" * 32),), {**FORM_BODY, "data": {"guardian": "aunt"}})
    story.receive((Rev(1, "b" * 32),), {**FORM_BODY, "data": {"guardian": "uncle"}})

    authors = {str(one.rev)[0]: one.author for one in story.decision("data.guardian").writers}
    assert authors == {"3": None, "1": "amina"}


FORM_BODY = {"form": "k21", "form_rev": 1, "state": "draft", "author": "amina"}


def test_who_adds_to_a_text_of_anothers_takes_back_nothing_of_their_own():
    """Where only supervisors settle texts, too."""
    rule = replace(RULES["story"], protected=True)
    story = Story(FormRules({1: {**RULES, "story": rule}}, upgraded, FORM.failures))
    base = story.begin(story="")
    mine = story.edit(base, "amina", story="With her uncle, who beats her.")
    other = story.edit(base, "bilal", story="With her aunt.")
    shown = story.answers["story"]
    added = story.edit(story.leaf, "amina", story=f"{shown} Seen on Monday.")

    expected = {other, added} if shown.startswith("With her uncle") else {mine, other, added}
    assert candidates(story, "data.story") == expected


def test_an_edit_of_a_text_that_several_wrote_together_mends_what_it_had_broken():
    """What was shown is nobody's candidate, so whoever edits it has seen them all."""
    form = FormRules(
        {1: RULES}, failures=lambda body: [{"data.story"}] * (len(body["data"]["story"]) > 40)
    )
    story = Story(form)
    base = story.begin(story="One. Two. Three. Four.")
    story.edit(base, "amina", story="One and a half. Two. Three. Four.")
    story.edit(base, "bilal", story="One. Two. Three. Four and a half.")
    assert story.open == {"data.story"}
    story.edit(story.leaf, "amina", story="One and a half. Four and a half.")

    assert (story.answers["story"], story.open) == ("One and a half. Four and a half.", set())
