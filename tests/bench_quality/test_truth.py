"""What is right, for edits whose right outcome anybody can tell."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Edit,
    Move,
    RemoveRow,
    Reword,
    SetValue,
    Strike,
    Write,
)
from bench.quality.document import Data
from bench.quality.planning import Names, first_answers, mass, safety
from bench.quality.sentences import parts, read
from bench.quality.truth import Truth, truth
from bench.quality.typing_in import typed

NAMES = Names(Random(1))
BASE: Data = first_answers(NAMES)
STORY = ("situation",)
SENTENCES = [one.identity for one in read(BASE["situation"], NAMES.wordings)]
FIRST, SECOND, LAST = SENTENCES[0], SENTENCES[1], SENTENCES[-1]
AUNT, UNCLE = (row["id"] for row in BASE["family"][:2])
A, B, C = (row["id"] for row in BASE["plan"])
NEW, OTHER = NAMES.words(FIRST), NAMES.words(FIRST)
ADDED = NAMES.words("added")


def apart(*acts: Act | tuple[Act, ...]) -> Truth:
    """The truth about edits by as many people, none of whom saw another's."""
    edits = [
        Edit(number, f"person {number}", frozenset(), one if isinstance(one, tuple) else (one,))
        for number, one in enumerate(acts)
    ]
    return truth(BASE, edits, NAMES.wordings)


def in_turn(*acts: Act, author: str | None = None) -> Truth:
    """The truth about edits each of whose authors saw all before."""
    edits = [
        Edit(number, author or f"person {number}", frozenset(range(number)), (act,))
        for number, act in enumerate(acts)
    ]
    return truth(BASE, edits, NAMES.wordings)


def value(name: str, answer: Any) -> SetValue:
    return SetValue((name,), answer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (value("school", "a"), value("school", "b")),
        (value("consent_to_share", True), value("consent_to_share", True)),
        (safety("high", "foster"), safety("high", "centre")),
        (mass(12_000, "g"), mass(13, "kg")),
        (Reword(STORY, FIRST, NEW), Reword(STORY, FIRST, OTHER)),
        (Reword(STORY, FIRST, NEW), Strike(STORY, FIRST)),
        (Move(STORY, FIRST, LAST), Move(STORY, FIRST, SECOND)),
        (RemoveRow(("family", AUNT)), SetValue(("family", AUNT, "phone"), "1")),
        (Arrange(("plan",), (B, A, C)), Arrange(("plan",), (A, C, B))),
        (
            (value("status", "closed"), value("next_visit_on", None)),
            value("next_visit_on", "2027-01-01"),
        ),
    ],
)
def test_who_contradict_each_other_need_a_human(one: Act | tuple[Act, ...], other: Act):
    assert apart(one, other).open


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (value("school", "a"), value("phone", "b")),
        (value("age", 9), value("age", 9.0)),
        (value("school", "Zah\u00e9ra"), value("school", "Zahe\u0301ra")),
        (
            value("seen_at", "2027-01-01T10:00:00+02:00"),
            value("seen_at", "2027-01-01T08:00:00Z"),
        ),
        (mass(13, "kg"), mass(13_000, "g")),
        (safety("high", "centre"), safety("low", "relatives")),
        (Choose(("needs",), "option_a", True), Choose(("needs",), "option_b", True)),
        (Reword(STORY, FIRST, NEW), Reword(STORY, FIRST, NEW)),
        (Reword(STORY, FIRST, NEW), Move(STORY, FIRST, LAST)),
        (Write(STORY, "added", ADDED, LAST), Write(STORY, "added", ADDED, FIRST)),
        (RemoveRow(("family", AUNT)), SetValue(("family", UNCLE, "phone"), "1")),
        (AddRow(("family", "n1"), ()), AddRow(("family", "n2"), ())),
        (Arrange(("plan",), (B, A, C)), AddRow(("plan", "n1"), ())),
    ],
)
def test_who_do_not_contradict_each_other_need_none(one: Act, other: Act):
    assert apart(one, other).open == set()


def test_a_sentence_that_one_moved_and_another_reworded_stands_once_in_its_new_place():
    right = apart(Move(STORY, FIRST, LAST), Reword(STORY, FIRST, NEW))
    (ruling,) = right.rulings.values()

    assert parts(right.picture["situation"])[-1] == NEW
    twice = typed(BASE, [Reword(STORY, FIRST, NEW)], NAMES.wordings)
    twice["situation"] += " " + parts(BASE["situation"])[0]
    assert ruling.right(right.picture)
    assert not ruling.right(twice)


def test_two_sentences_at_one_place_are_right_in_either_order():
    words = NAMES.words("another")
    (ruling,) = apart(
        Write(STORY, "added", ADDED, LAST), Write(STORY, "another", words, LAST)
    ).rulings.values()

    for order in ((ADDED, words), (words, ADDED)):
        assert ruling.right({**BASE, "situation": " ".join((BASE["situation"], *order))})
    assert not ruling.right({**BASE, "situation": f"{BASE['situation']} {words}"})


def test_a_copy_is_right_without_the_row_that_somebody_else_removed():
    aunt = next(row for row in BASE["family"] if row["id"] == AUNT)
    cells = {**{name: cell for name, cell in aunt.items() if name != "id"}, "name": "her sister"}
    (ruling,) = apart(
        RemoveRow(("family", AUNT)), CopyRow(("family", AUNT), tuple(cells.items()))
    ).rulings.values()
    others = [row for row in BASE["family"] if row["id"] != AUNT]

    assert ruling.right({**BASE, "family": [*others, {"id": "x", **cells}]})
    assert not ruling.right({**BASE, "family": others})


def test_the_higher_risk_is_right_with_the_placement_that_came_with_it():
    right = apart(safety("high", "centre"), safety("low", "relatives")).picture

    assert (right["risk_level"], right["placement"]) == ("high", "centre")


def test_what_somebody_changed_knowingly_counts_no_more():
    right = in_turn(value("school", "a"), value("school", "b"))

    assert right.open == set()
    assert right.picture["school"] == "b"


def test_what_somebody_took_back_themselves_contradicts_nobody():
    before = BASE["school"]
    edits = [
        Edit(0, "amina", frozenset(), (value("school", "mistake"),)),
        Edit(1, "amina", frozenset({0}), (value("school", before),)),
        Edit(2, "bilal", frozenset(), (value("school", "right"),)),
    ]
    right = truth(BASE, edits, NAMES.wordings)

    assert right.open == set()
    assert right.picture["school"] == "right"


def test_who_pulled_up_a_new_row_of_their_own_left_the_order_of_the_others_alone():
    pulled = (AddRow(("plan", "n1"), ()), Arrange(("plan",), ("n1", A, B, C)))

    assert apart(pulled, Arrange(("plan",), (B, A, C))).open == set()


def test_what_nobody_meant_to_change_is_a_stray():
    right = apart(value("school", "a"))
    damaged = {**right.picture, "phone": "gone", "family": right.picture["family"][1:]}

    assert {str(unit) for unit in right.strays(damaged)} == {"value phone", f"row family/{AUNT}"}
