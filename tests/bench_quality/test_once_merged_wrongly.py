"""What Kanaf once merged wrongly in silence: the smallest example of each."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from bench.quality.acts import (
    Act,
    CopyRow,
    Path,
    Reword,
    SetValue,
    Strike,
    SwapNames,
    Write,
)
from bench.quality.document import Data, cells_of
from bench.quality.planning import Names, first_answers
from bench.quality.rule_sets.kanaf import Kanaf
from bench.quality.sentences import read
from bench.quality.typing_in import typed

NAMES = Names(Random(1))
BASE: Data = first_answers(NAMES)
STORY: Path = ("situation",)
FIRST, *_, LAST = (one.identity for one in read(BASE["situation"], NAMES.wordings))
AUNT, UNCLE = BASE["family"][:2]


def typing(*acts: Act) -> Callable[[Data], Data]:
    return lambda data: typed(data, acts, NAMES.wordings)


def apart(one: Act, other: Act) -> Kanaf:
    """Amina and bilal edit the same state; both send."""
    server = Kanaf(BASE)
    server.edit("amina", typing(one))
    server.edit("bilal", typing(other))
    server.push("amina")
    server.push("bilal")
    return server


def phone(row: dict[str, Any]) -> SetValue:
    return SetValue(("family", row["id"], "phone"), "0123")


def test_who_adds_a_sentence_to_an_open_text_decides_nothing_about_another_sentence():
    server = apart(Strike(STORY, FIRST), Reword(STORY, FIRST, NAMES.words(FIRST)))
    assert STORY in server.outcome().questions
    server.pull("amina")
    server.edit("amina", typing(Write(STORY, "added", NAMES.words("added"), LAST)))
    server.push("amina")

    assert STORY in server.outcome().questions


def test_what_is_filled_in_goes_to_the_row_that_was_copied_not_to_the_copy_above_it():
    cells = cells_of(AUNT) | {"name": "her sister"}
    copy = CopyRow(("family", AUNT["id"]), tuple(cells.items()), above=True)
    outcome = apart(copy, phone(AUNT)).outcome()

    phones = {row["name"]: row["phone"] for row in outcome.data["family"]}
    is_asked = any(path[:2] == ("family", AUNT["id"]) for path in outcome.questions)
    assert is_asked or phones["her sister"] == AUNT["phone"]


def test_who_is_called_otherwise_now_is_not_given_what_was_meant_for_another():
    names = (UNCLE["name"], AUNT["name"])
    outcome = apart(SwapNames(("family", AUNT["id"]), UNCLE["id"], names), phone(AUNT)).outcome()

    phones = {row["name"]: row["phone"] for row in outcome.data["family"]}
    is_asked = any(path[0] == "family" for path in outcome.questions)
    assert is_asked or phones[UNCLE["name"]] != "0123"
