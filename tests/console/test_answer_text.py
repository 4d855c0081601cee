"""Answers in the words of the form, in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest

from conflict.units import EXISTENCE, STATE, Unit
from conflict.value import MISSING
from schemas import Field, Form, Option
from sync_server.console.answer_text import AnswerText
from sync_server.console.saying import Saying
from sync_server.messages import sentence

TITLES = {"k21": "Registration"}


def label(text: str) -> dict[str, str]:
    return {"en": text, "ar": f"ar {text}"}


LOW, AN_AUNT = Option("low", label("Low")), Option("aunt", label("Aunt"))
FORM = Form(
    code="k99",
    revision=1,
    title=label("Anything"),
    cardinality="one",
    system=False,
    fields=(
        Field("age", "integer", label("Age")),
        Field("school", "yes_no", label("Goes to school")),
        Field(
            "risk", "select_one", label("Risk"), options=(Option("low", label("Low")),), couple="r"
        ),
        Field("review", "date", label("Review"), couple="r"),
        Field(
            "needs",
            "select_many",
            label("Needs"),
            options=(Option("food", label("Food")), Option("2_weeks", label("Two weeks"))),
            merge="union",
        ),
        Field("heads", "tally", label("Heads"), options=(LOW,)),
        Field("stay", "date_range", label("Stay")),
        Field("place", "location", label("Place")),
        Field("shares", "form_codes", label("Shares")),
        Field("note", "long_text", label("Note")),
        Field(
            "family",
            "rows",
            label("Family"),
            fields=(
                Field(
                    "relation",
                    "select_one",
                    label("Relation"),
                    options=(Option("aunt", label("Aunt")),),
                ),
                Field("alive", "yes_no", label("Alive")),
                Field("age", "integer", label("Age")),
                Field("town", "text", label("Town")),
            ),
        ),
    ),
)
AUNT = {"id": "row-1", "relation": "aunt", "alive": True, "age": 40, "town": "Bara"}
BODY = {"data": {"family": [AUNT]}}
GONE = {"data": {"family": [{"id": "row-2", "relation": "aunt"}, {**AUNT, "age": 41}]}}


def text(language: str = "en", **changes: Any) -> AnswerText:
    given: dict[str, Any] = {"form": FORM, "titles": TITLES, "bodies": (BODY, GONE), **changes}
    return AnswerText(Saying(language), **given)


def plain(told: str) -> str:
    return told.replace("\u2068", "").replace("\u2069", "")


def says(name: str) -> str:
    return sentence(f"console.{name}", "en")


@pytest.mark.parametrize(
    ("unit", "called"),
    [
        (Unit("data", "age"), "Age"),
        (Unit("data", "unheard_of"), "unheard_of"),
        (Unit("group", "r"), "Risk + Review"),
        (Unit("data", "needs", element="food"), "Needs: Food"),
        (Unit("data", "needs", element='"2_weeks"'), "Needs: Two weeks"),
        (Unit("data", "needs", element='{"a":1}'), "Needs: {'a': 1}"),
        (Unit("data", "needs", element=""), "Needs"),
        (Unit("data", "family", "row-1"), "Family: Aunt, 40"),
        (Unit("data", "family", "row-2"), "Family: Aunt"),
        (Unit("data", "family", "01JD3Z5Q8YV0M4"), "Family: entry …8YV0M4"),
        (Unit("data", "family", "row-1", "town"), "Family: Aunt, 40: Town"),
        (Unit("data", "family", element=""), f"Family: {says('order')}"),
        (Unit("_attachments", "a.jpg"), f"{says('attachment')}: a.jpg"),
        (EXISTENCE, says("existence")),
        (STATE, says("state")),
    ],
    ids=str,
)
def test_a_unit_is_called_as_the_form_calls_it(unit: Unit, called: str) -> None:
    assert plain(text().label(unit)) == called


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        (Unit("data", "age"), 7, "7"),
        (Unit("data", "age"), MISSING, says("not_given")),
        (Unit("data", "age"), None, says("left_empty")),
        (Unit("data", "note"), " \n", says("left_empty")),
        (Unit("data", "school"), True, says("yes")),
        (Unit("data", "school"), False, says("no")),
        (Unit("data", "risk"), "low", "Low"),
        (Unit("data", "risk"), "unheard_of", "unheard_of"),
        (Unit("data", "needs"), ["food", "x"], "Food · x"),
        (Unit("data", "needs"), [], says("none_of_them")),
        (Unit("data", "needs"), {"a": 1}, '{"a": 1}'),
        (Unit("data", "needs", element="food"), "food", says("present")),
        (Unit("data", "needs", element="food"), MISSING, says("not_there")),
        (Unit("data", "heads"), {"low": 3, "x": 1}, "Low: 3 · x: 1"),
        (Unit("data", "stay"), {"from": "2026-01-02", "to": "x"}, "2026-01-02 – x"),
        (Unit("data", "place"), "SD01", "Khartoum"),
        (Unit("data", "place"), "XX01", "XX01"),
        (Unit("data", "shares"), ["k21", "k9"], "Registration · k9"),
        (Unit("data", "family"), [AUNT, 3], "Aunt, Yes, 40, Bara · 3"),
        (Unit("data", "family", "row-1"), True, says("present")),
        (Unit("data", "family", "row-1", "relation"), "aunt", "Aunt"),
        (Unit("data", "family", element=""), ["row-1", "row-2"], "Aunt, 40 · Aunt"),
        (
            Unit("group", "r"),
            {"review": "2026-12-02", "risk": "low"},
            "Risk: Low · Review: 2026-12-02",
        ),
        (Unit("group", "r"), {"risk": "low"}, f"Risk: Low · Review: {says('left_empty')}"),
        (STATE, "draft", says("state.draft")),
        (STATE, "odd", "odd"),
        (EXISTENCE, MISSING, says("not_there")),
        (
            Unit("_attachments", "a.jpg"),
            {"content_type": "image/jpeg", "length": 9, "digest": "md5-x"},
            "image/jpeg, 9 B",
        ),
    ],
    ids=str,
)
def test_an_answer_is_told_as_the_form_tells_it(unit: Unit, value: Any, told: str) -> None:
    assert plain(text().value(unit, value)) == told


def test_what_is_disputed_names_no_row() -> None:
    unsure = {("row-1", "age")}

    assert plain(text(unsure=unsure).label(Unit("data", "family", "row-1"))) == "Family: Aunt, Bara"


def test_without_the_form_names_and_codes_stand_for_labels() -> None:
    bare = text(form=None)

    assert bare.label(Unit("group", "r")) == "r"
    assert plain(bare.label(Unit("data", "family", "row-1", "age"))) == "family: entry …row-1: age"
    assert bare.value(Unit("data", "risk"), "low") == "low"


def test_labels_come_in_the_readers_language_and_in_english_where_there_is_none() -> None:
    assert text("ar").label(Unit("data", "age")) == "\u2068ar Age\u2069"
    assert plain(text("fr").label(Unit("data", "age"))) == "Age"


def test_a_date_beside_arabic_keeps_its_direction() -> None:
    told = text("ar").value(Unit("group", "r"), {"review": "2026-12-02"})

    assert "\u20682026-12-02\u2069" in told
