"""What becomes of one unit, rule by rule: its value, by what, and for whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from conflict.decision import Decision, How, decision, existence, row_order
from conflict.revision import Rev
from conflict.rules import PLAIN, FieldRule, Rule
from conflict.value import MISSING
from conflict.writers import Standing, Writer

FIRST, SECOND, THIRD = (Rev(2, digest) for digest in "abc")
RANKED = FieldRule(Rule.HIGHEST, order=("low", "medium", "high"))
BY_SIZE = FieldRule(Rule.HIGHEST)
LOG, STORY = FieldRule(Rule.APPEND), FieldRule(Rule.TEXT)


def said(
    *values: Any,
    start: Any = MISSING,
    from_nothing: Collection[Rev] = (),
    settlements: Collection[Rev] = (),
) -> Standing:
    """A unit to which people gave these values, none having seen another's."""
    writers = (
        Writer(rev, value, start, "amina", changes=True, from_nothing=rev in from_nothing)
        for rev, value in zip((FIRST, SECOND, THIRD), values, strict=False)
    )
    return Standing(tuple(writers), frozenset(settlements))


def outcome(made: Decision) -> tuple[Any, How]:
    return made.value, made.how


@pytest.mark.parametrize("rule", Rule)
def test_what_one_person_alone_wrote_is_taken_by_every_rule(rule: Rule):
    assert outcome(decision(said("x"), FieldRule(rule))) == ("x", How.WRITTEN)


@pytest.mark.parametrize("rule", Rule)
def test_a_decision_about_what_one_person_wrote_names_the_fields_rule(rule: Rule):
    assert decision(said("x"), FieldRule(rule)).rule is rule


@pytest.mark.parametrize(
    ("rule", "from_nothing", "used"),
    [
        (RANKED, (), Rule.HIGHEST),
        (STORY, (), Rule.TEXT),
        (STORY, (FIRST, SECOND), Rule.CHANGED),
        (FieldRule(Rule.ASK), (FIRST, SECOND), Rule.ASK),
        (FieldRule(Rule.UNION), (FIRST, SECOND), Rule.UNION),
    ],
)
def test_a_decision_between_several_names_the_rule_that_was_used(
    rule: FieldRule, from_nothing: Collection[Rev], used: Rule
):
    assert decision(said("low", "high", from_nothing=from_nothing), rule).rule is used


def test_an_order_of_rows_names_the_rule_of_rows():
    assert row_order(said(["a", "b"], ["b", "a"])).rule is Rule.ROWS


def test_what_took_the_place_of_several_values_says_so_unless_it_settled_them():
    (late,) = said("x").writers
    before = said("y", "z").writers
    replaced = Standing((late,), frozenset(), instead_of=before)

    assert outcome(decision(replaced, PLAIN)) == ("x", How.REPLACED)
    settled = replace(replaced, settlements=frozenset({FIRST}))
    assert outcome(decision(settled, PLAIN)) == ("x", How.SETTLED)


def test_what_an_earlier_merge_had_come_to_is_nobodys_word():
    (late,) = said("x").writers
    held = Standing(
        (replace(late, is_verdict=True),), frozenset(), instead_of=said("y", "z").writers
    )

    assert outcome(decision(held, PLAIN)) == ("x", How.KEPT)


@pytest.mark.parametrize("rule", Rule)
def test_what_one_person_settled_is_taken_by_every_rule(rule: Rule):
    settled = said("x", start="y", settlements=[FIRST])

    assert outcome(decision(settled, FieldRule(rule))) == ("x", How.SETTLED)


@pytest.mark.parametrize(
    ("rule", "values", "start"),
    [
        (PLAIN, ("x", "x"), MISSING),
        (PLAIN, ("x", "y"), MISSING),
        (FieldRule(Rule.ASK), ("x", "x"), MISSING),
        (RANKED, ("low", "high"), MISSING),
        (RANKED, ("high", "high"), MISSING),
        (RANKED, ("high", "unheard of"), MISSING),
        (FieldRule(Rule.UNION), ("x", MISSING), MISSING),
        (STORY, ("One. B.", "A. Two. B."), "A. B."),
        (LOG, ("A. B. C.", "A. B. D."), "A. B."),
        (FieldRule(Rule.FIXED), ("x", "y"), "z"),
    ],
)
def test_a_decision_names_all_who_had_a_say(rule: FieldRule, values: Any, start: Any):
    standing = said(*values, start=start)

    assert decision(standing, rule).writers == standing.writers


@pytest.mark.parametrize("values", [(True,), (True, True), (True, MISSING), (MISSING, MISSING)])
def test_whether_a_row_stays_is_decided_by_all_who_had_a_say(values: Any):
    standing = said(*values)

    assert existence(standing).writers == standing.writers


def test_an_open_unit_shows_the_value_of_the_greatest_revision():
    assert outcome(decision(said(1, 2, 3), PLAIN)) == (3, How.OPEN)
    assert outcome(decision(said(1, 2, 3), FieldRule(Rule.ASK))) == (3, How.OPEN)


def test_only_two_who_started_from_nothing_are_histories_without_a_common_beginning():
    one, two = said("low", "high", from_nothing=[FIRST]), [FIRST, SECOND]

    assert decision(one, RANKED).how is How.HIGHEST
    assert decision(said("low", "high", from_nothing=two), RANKED).how is How.OPEN


def test_between_histories_without_a_common_beginning_equal_values_are_agreed_but_where_one_asks():
    standing = said("x", "x", from_nothing=[FIRST, SECOND])

    assert decision(standing, FieldRule(Rule.FIXED)).how is How.AGREED
    assert decision(standing, FieldRule(Rule.ASK)).how is How.OPEN


def test_an_element_that_all_took_out_is_gone():
    gone = decision(said(MISSING, MISSING), FieldRule(Rule.UNION))

    assert outcome(gone) == (MISSING, How.UNION)


def test_a_list_that_is_null_for_all_is_null_and_there_for_one_is_there():
    union = FieldRule(Rule.UNION)

    assert outcome(decision(said(None, None), union)) == (None, How.UNION)
    assert outcome(decision(said([], None), union)) == ([], How.UNION)
    assert outcome(decision(said(None, MISSING), union)) == (None, How.UNION)


def test_the_most_protective_value_is_taken_and_told():
    made = decision(said("high", "low", "medium"), RANKED)

    assert outcome(made) == ("high", How.HIGHEST)
    assert made.tell


def test_of_what_all_agree_on_nobody_is_told():
    made = decision(said("high", "high"), RANKED)

    assert outcome(made) == ("high", How.AGREED)
    assert not made.tell


@pytest.mark.parametrize(
    ("rule", "ranked_by", "values", "shown"),
    [
        (replace(RANKED, rule=Rule.ASK, ranked=True), None, ("high", "low", "medium"), "high"),
        (
            replace(RANKED, rule=Rule.ASK, ranked=True),
            "risk",
            ({"risk": "high"}, {"risk": "low"}),
            {"risk": "high"},
        ),
        (FieldRule(Rule.ASK), None, (7, 3.5), 3.5),
    ],
    ids=["ranked", "coupled", "not ranked"],
)
def test_what_is_always_asked_about_shows_the_most_protective_value_if_it_has_one(
    rule: FieldRule, ranked_by: str | None, values: Any, shown: Any
):
    standing = said(*values)

    made = decision(standing, rule, ranked_by)
    assert made == Decision(shown, How.OPEN, standing.writers, rule=Rule.ASK)


def test_numbers_without_an_order_are_ranked_by_size():
    assert outcome(decision(said(7, 3.5), BY_SIZE)) == (7, How.HIGHEST)


def test_nothing_said_protects_least():
    assert outcome(decision(said(-7, None), BY_SIZE)) == (-7, How.HIGHEST)
    assert outcome(decision(said("low", MISSING), RANKED)) == ("low", How.HIGHEST)


@pytest.mark.parametrize("value", [True, "9", [9]])
def test_what_is_no_number_has_no_rank_among_numbers(value: Any):
    assert outcome(decision(said(3, value), BY_SIZE)) == (value, How.OPEN)


def test_groups_of_the_highest_rank_that_differ_are_open_and_show_the_greatest_revisions():
    one, two, three = ({"risk": "high", "placement": place} for place in "abc")

    assert outcome(decision(said(one, two, {}), RANKED, "risk")) == (two, How.OPEN)
    assert outcome(decision(said(one, two, three), RANKED, "risk")) == (three, How.OPEN)


@pytest.mark.parametrize(
    ("start", "gives_way"),
    [
        (MISSING, {"risk": "low", "place": "a"}),
        ({"risk": "medium"}, {"risk": "low", "place": "a"}),
        ({"risk": "medium", "place": "a"}, {"risk": "low", "place": "b"}),
        ({"risk": "medium", "place": "a"}, {"risk": "low"}),
    ],
)
def test_a_group_is_open_where_who_gives_way_has_changed_more_than_the_rank(
    start: Any, gives_way: Any
):
    high = {"risk": "high", "place": "a"}

    assert outcome(decision(said(high, gives_way, start=start), RANKED, "risk")) == (high, How.OPEN)


@pytest.mark.parametrize("start", [MISSING, {"risk": "medium"}])
def test_a_group_of_which_only_the_rank_was_changed_gives_way_to_a_higher_one(start: Any):
    high, low = {"risk": "high", "place": "a"}, {"risk": "low"}

    assert outcome(decision(said(high, low, start=start), RANKED, "risk")) == (high, How.HIGHEST)


def test_equal_values_that_are_spelt_differently_are_shown_as_the_greatest_revision_has_them():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    order = FieldRule(Rule.HIGHEST, order=(composed, decomposed))

    assert decision(said(composed, decomposed), PLAIN).value == decomposed
    assert decision(said(2, 2, 2.0), BY_SIZE).value.__class__ is float
    assert decision(said(composed, decomposed), order).value == decomposed


def test_edits_of_different_sentences_are_combined():
    made = decision(said("A. B. Three.", "One. B. C.", start="A. B. C."), STORY)

    assert outcome(made) == ("One. B. Three.", How.COMBINED)


def test_what_two_add_at_one_place_is_kept_in_a_log_and_open_in_a_story():
    standing = said("A. B.", "A. C.", start="A.")

    assert outcome(decision(standing, LOG)) == ("A. B. C.", How.COMBINED)
    assert outcome(decision(standing, STORY)) == ("A. C.", How.OPEN)


@pytest.mark.parametrize("start", [None, MISSING, ""])
def test_a_log_may_begin_with_nothing(start: Any):
    assert outcome(decision(said("A.", "B.", start=start), LOG)) == ("A. B.", How.COMBINED)


@pytest.mark.parametrize("value", [None, MISSING, 7])
def test_a_text_that_one_edited_and_another_took_away_is_open(value: Any):
    assert outcome(decision(said("A. B.", value, start="A."), LOG)) == (value, How.OPEN)


def test_what_was_no_text_before_cannot_be_combined():
    assert decision(said("A.", "B.", start=7), LOG).how is How.OPEN


def test_texts_edited_from_different_beginnings_are_open():
    writers = [
        Writer(FIRST, "A. B. Three.", "A. B. C.", "amina", changes=True),
        Writer(SECOND, "One. B. D.", "A. B. D.", "bilal", changes=True),
    ]

    assert decision(Standing(tuple(writers), frozenset()), STORY).how is How.OPEN


def test_a_fixed_field_keeps_what_stood_before_and_names_who_wrote_in_vain():
    (first,) = said("x").writers
    vain = Writer(SECOND, "y", "x", "bilal", changes=True)
    made = decision(Standing((first,), frozenset(), (vain,)), FieldRule(Rule.FIXED))

    assert outcome(made) == ("x", How.FIRST)
    assert made.writers == (first, vain)
    assert made.tell


def test_an_open_fixed_field_shows_what_those_say_who_had_a_say_and_lists_all():
    """Who changed it in vain would be answered by the settlement, and heard by nobody."""
    one, other = said("x", "y").writers
    vain = Writer(THIRD, "z", "x", "bilal", changes=True)
    made = decision(Standing((one, other), frozenset(), (vain,)), FieldRule(Rule.FIXED))

    assert (made.how, made.value) == (How.OPEN, "y")
    assert {writer.rev for writer in made.writers} == {one.rev, other.rev, vain.rev}


def test_two_instants_are_two_values_and_one_in_two_offsets_is_one():
    instants = FieldRule(is_instant=True)
    eight, as_utc, nine = (
        "2026-11-23T08:12:03+02:00",
        "2026-11-23T06:12:03Z",
        "2026-11-23T09:12:03+02:00",
    )

    assert decision(said(eight, as_utc), instants).how is How.AGREED
    assert decision(said(eight, nine), instants).how is How.OPEN


def test_who_keeps_a_row_alone_has_written_or_settled_it():
    assert outcome(existence(said(True))) == (True, How.WRITTEN)
    assert outcome(existence(said(MISSING))) == (MISSING, How.WRITTEN)
    assert outcome(existence(said(MISSING, settlements=[FIRST]))) == (MISSING, How.SETTLED)


def test_two_who_keep_a_row_or_take_it_away_agree():
    assert outcome(existence(said(True, True))) == (True, How.AGREED)
    assert outcome(existence(said(MISSING, MISSING))) == (MISSING, How.AGREED)


def test_a_row_kept_and_taken_away_is_open_and_shown():
    assert outcome(existence(said(True, MISSING))) == (True, How.OPEN)


def test_an_order_of_rows_is_written_settled_or_agreed():
    assert outcome(row_order(said(["b", "a"]))) == (["b", "a"], How.WRITTEN)
    assert outcome(row_order(said(["b", "a"], settlements=[FIRST]))) == (["b", "a"], How.SETTLED)
    assert outcome(row_order(said(["a"], ["a", "b"]))) == (["a", "b"], How.AGREED)


def test_rows_in_two_orders_are_open_and_stand_as_in_the_greatest_revision():
    assert outcome(row_order(said(["a", "b"], ["b", "a"]))) == (["b", "a"], How.OPEN)


@pytest.mark.parametrize("taken", [None, MISSING])
def test_a_list_that_one_took_away_stands_as_the_others_have_it(taken: Any):
    assert outcome(row_order(said(["a"], ["a", "b"], taken))) == (["a", "b"], How.AGREED)


def test_a_list_that_all_took_away_is_gone():
    assert outcome(row_order(said(None, MISSING))) == (MISSING, How.AGREED)
