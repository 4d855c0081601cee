"""Forms as workbooks of XLSForm, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Form, Language, form_from_json, form_to_json, library_forms
from schemas.xlsform.reading import read_form
from schemas.xlsform.writing import NotWritable, written
from tests.schemas.test_form_properties import forms
from tests.schemas.workbooks import end, form_of, option, question, xlsx

SURVEY = [
    question("integer", "age", constraint=". >= 0 and . < 25", hint="years"),
    question("begin group", "school", relevant="${age} >= 6"),
    question("select_one yn", "attends", required="yes"),
    question("select_multiple why or_other", "why_not", relevant="${attends} = 'no'"),
    end("group"),
    question("begin repeat", "family"),
    question("text", "relation", kind="phone"),
    question("begin repeat", "toys"),
    question("text", "toy", default="ball"),
    end("repeat"),
    end("repeat"),
    question("calculate", "total", calculation="count(${family})"),
    question("date", "seen", default="today()"),
    question("select_one yn", "literal", kind="select_one"),
]
CHOICES = [
    option("yn", "yes"),
    option("yn", "no"),
    option("why", "far", region="north"),
    option("why", "-99"),
]


def again(form: Form, kind: str = ".xlsx") -> Form | None:
    """The form that is read from the workbook of a form."""
    return read_form(written(form, kind), f"x{kind}").form(form.code, form.revision)[0]


@pytest.mark.parametrize("kind", [".xlsx", ".md"])
@pytest.mark.parametrize("form", library_forms(), ids=lambda form: form.code)
def test_the_forms_that_ship_come_back_from_a_workbook_as_they_were(form: Form, kind: str) -> None:
    assert again(form, kind) == form


@pytest.mark.parametrize("kind", [".xlsx", ".md"])
def test_a_workbook_comes_back_with_the_conditions_as_they_were_written(kind: str) -> None:
    form = form_of(*SURVEY, choices=CHOICES)

    assert again(form, kind) == form
    assert b"count(${family})" in written(form, ".md")
    assert b"json:" not in written(form, ".md")


def test_a_condition_that_was_never_xpath_is_written_as_what_it_is() -> None:
    document = form_to_json(form_of(question("integer", "age"), question("text", "q")))
    document["fields"][1]["relevant"] = {">": [{"var": "age"}, 5]}
    form = form_from_json(document)

    assert 'json:{">": [{"var": "age"}, 5]}' in written(form, ".md").decode()
    assert again(form) == form


@pytest.mark.parametrize(
    "default", [5, -0.5, "text", "json:x", "today()", "${a}", True, {"today": []}, " x", "yes"]
)
@pytest.mark.parametrize("kind", ["integer", "decimal", "text", "date", "yes_no"])
def test_a_default_comes_back_whatever_it_is(kind: str, default: Any) -> None:
    document = form_to_json(form_of(question("text", "q")))
    document["fields"][0] |= {"type": kind, "default": default}
    form = form_from_json(document)

    assert again(form) == form


def test_a_label_that_looks_like_a_formula_is_none() -> None:
    document = form_to_json(form_of(question("text", "q")))
    document["fields"][0]["label"]["en"] = "=1+1 | 'a' # b"
    form = form_from_json(document)

    assert again(form) == form
    assert again(form, ".md") == form


@pytest.mark.parametrize("text", [" x", "x ", "a\x00b", "a\xa0b", "a_x000A_b"])
def test_a_text_that_no_workbook_holds_is_said_and_not_changed_in_silence(text: str) -> None:
    document = form_to_json(form_of(question("text", "q")))
    document["fields"][0]["label"]["en"] = text
    form = form_from_json(document)

    paths: tuple[str, ...] = ()
    try:
        found = again(form)
    except NotWritable as refused:
        found, paths = form, refused.paths

    assert found == form
    assert paths in ((), ("fields[0].label.en",))


def test_a_language_is_written_with_its_name_and_direction() -> None:
    form = form_of(question("text", "q"))
    languages = (Language("en", "English", "ltr"), Language("ku", "Kurdî", "rtl"))

    assert again(replace(form, languages=languages)) == replace(form, languages=languages)


def plain(part: Any) -> Any:
    """JSON of which every text is one that a cell holds: no control, no blank at its ends."""
    if isinstance(part, dict):
        return {key: plain(value) for key, value in part.items()}
    if isinstance(part, list):
        return [plain(one) for one in part]
    if isinstance(part, str):
        return "".join(one for one in part if one.isprintable()).strip() or "x"
    return part


@st.composite
def conditions(draw: st.DrawFn, form: Form) -> Form:
    """The form with conditions about the questions before each."""
    document = plain(form_to_json(form))
    names: list[str] = []
    for one in document["fields"]:
        if draw(st.booleans()) and names:
            asked = {"var": draw(st.sampled_from(names))}
            made: list[Any] = [{"!": [asked]}, {"==": [asked, "|x"]}, {"count": [asked]}]
            one["relevant"] = draw(st.sampled_from(made))
        if one["type"] != "note":
            names.append(one["name"])
    return form_from_json(document)


@given(forms().flatmap(conditions))
@settings(max_examples=200)
def test_whatever_form_is_written_the_same_is_read(form: Form) -> None:
    assert again(form, ".xlsx") == form
    assert again(form, ".md") == form


@given(forms())
@settings(max_examples=100)
def test_of_any_texts_the_same_is_read_or_it_is_said(form: Form) -> None:
    told: tuple[str, ...] = ()
    try:
        found = again(form)
    except NotWritable as refused:
        found, told = form, refused.paths

    assert found == form
    parts = {path.partition(".")[0].partition("[")[0] for path in told}
    assert parts <= {"title", "languages", "fields", "sections"}


def test_the_same_form_is_read_from_what_another_program_saved() -> None:
    """Columns in another order, numbers and booleans as such."""
    survey = [
        {"label::English (en)": "q", "min": 1, "max": 5, "type": "integer", "name": "q"}
        | {"required": True, "default": 3}
    ]
    content = xlsx(settings=[{"code": "k30", "cardinality": "one"}], survey=survey)
    form, _ = read_form(content, "form.xlsx").form("k30", 1)

    assert form is not None
    (asked,) = form.fields
    assert (asked.min, asked.max, asked.required, asked.default) == (1, 5, True, 3)
    assert json.dumps(asked.default) == "3"
