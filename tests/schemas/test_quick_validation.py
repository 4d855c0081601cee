"""The short way of validation says of answers what the long way says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.bench_validation import answers as bench_answers
from bench.bench_validation import form as bench_form
from schemas import Form, form_from_json, form_to_json, problems, rows
from schemas.validation import problems_one_by_one
from tests.schemas.test_form_properties import forms_with_answers, jsons

TODAY = "2026-11-26"
WRONG: list[Any] = [
    *(None, "", " ", "x", "x" * 1_001, 0, -1, 5, 3.5, 2**53, True, False, [], ["x"], {}, {"a": 1}),
    *("2026-11-26", "2026-13-01", "2027-01-01", "option_0", "option_1", ["option_1"], "\ud800"),
    *(["option_1", "option_1"], ["option_1", "nothing"], "nothing", 121, 17, 18, 2, 3),
]


def both_ways(form: Form, data: Any, today: str | None, *, draft: bool) -> None:
    short = problems(form, data, draft=draft, today=today)
    assert short == problems_one_by_one(form, data, draft=draft, today=today)


@st.composite
def conditioned(draw: st.DrawFn) -> tuple[Form, dict[str, Any]]:
    """A form with conditions about the questions before each, and answers to it."""
    form, answers = draw(forms_with_answers())
    document = json.loads(json.dumps(form_to_json(form)))
    names: list[str] = []
    for one in document["fields"]:
        if names:
            asked = {"var": draw(st.sampled_from(names))}
            conditions: list[Any] = [
                *({"!": [asked]}, {"selected": [asked, "a"]}, {"==": [asked, 1]}),
                *({">": [{"length": [asked]}, 2]}, {"<=": [asked, {"today": []}]}),
            ]
            for key in ("relevant", "constraint"):
                if one["type"] != "note" and draw(st.booleans()):
                    one[key] = draw(st.sampled_from(conditions))
            if one["type"] in ("select_one", "select_many") and draw(st.booleans()):
                one["choice_filter"] = draw(st.sampled_from(conditions))
        if one["type"] != "note":
            names.append(one["name"])
    return form_from_json(document), answers


@given(conditioned(), st.data(), st.booleans(), st.sampled_from([None, TODAY]))
@settings(max_examples=400)
def test_whatever_form_and_answers_both_ways_say_the_same(
    made: tuple[Form, dict[str, Any]], choice: st.DataObject, draft: bool, today: str | None
) -> None:
    form, answers = made
    both_ways(form, answers, today, draft=draft)

    names = [one.name for one in form.fields]
    for name in choice.draw(st.lists(st.sampled_from([*names, "unknown"]), max_size=3)):
        answers[name] = choice.draw(st.sampled_from(WRONG) | jsons)
        both_ways(form, answers, today, draft=draft)


@given(st.lists(st.tuples(st.integers(0, 59), st.sampled_from(WRONG)), max_size=6))
@settings(max_examples=400)
def test_of_a_form_of_sixty_fields_both_ways_say_the_same(changed: list[tuple[int, Any]]) -> None:
    data = bench_answers() | {f"f{number}": value for number, value in changed}

    for draft in (False, True):
        both_ways(bench_form(), data, TODAY, draft=draft)


def test_the_answers_that_are_measured_are_right_by_both_ways() -> None:
    assert problems_one_by_one(bench_form(), bench_answers(), draft=False, today=TODAY) == ()
    assert problems(bench_form(), bench_answers(), draft=False, today=TODAY) == ()


def with_rows() -> Form:
    """A form with rows in rows; no condition stands in them, so the short way may decide."""

    def asked(name: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "type": kind, "label": {"en": name}, **more}

    options = [{"code": f"option_{at}", "label": {"en": "x"}} for at in range(2)]
    visits = [asked("on", "date", required=True), asked("length", "decimal", min=0)]
    cells = [
        asked("name", "text", required=True),
        asked("age", "integer", min=0, max=120),
        asked("kin", "select_one", options=options, required=True),
        asked("needs", "select_many", options=options, required=True),
        asked("hint", "note"),
        asked("visits", "rows", fields=visits, required=True),
    ]
    family = asked("family", "rows", fields=cells, required=True)
    languages = [{"code": "en", "name": "English", "direction": "ltr"}]
    head = {"code": "k100", "revision": 1, "title": {"en": "x"}, "cardinality": "one"}
    return form_from_json({**head, "languages": languages, "fields": [family]})


def family_of(size: int) -> list[dict[str, Any]]:
    visits = [{"id": "v1", "on": TODAY, "length": 1.5}, {"id": "v2", "on": TODAY}]
    known = {"name": "x", "age": 9, "kin": "option_0", "needs": ["option_1"]}
    return [{"id": f"r{at}", **known, "visits": visits} for at in range(size)]


CELLS = ("id", "name", "age", "kin", "needs", "hint", "visits", "unknown")


@given(
    st.sampled_from([1, 2, 1_000, 1_001]),
    st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(WRONG) | jsons), max_size=2),
    st.lists(st.sampled_from(["id", "on", "length", "unknown"]), max_size=2),
    st.sampled_from(WRONG),
    st.booleans(),
)
def test_of_rows_in_rows_both_ways_say_the_same(
    size: int, changed: list[tuple[str, Any]], within: list[str], value: Any, draft: bool
) -> None:
    family = family_of(size)
    family[-1] = {**family[-1], **dict(changed)}
    both_ways(with_rows(), {"family": family}, TODAY, draft=draft)

    visit = {"id": "v1", "on": TODAY, **dict.fromkeys(within, value)}
    family[0] = {**family[0], "visits": [visit]}
    both_ways(with_rows(), {"family": family}, TODAY, draft=draft)
    both_ways(with_rows(), {"family": [*family, value]}, TODAY, draft=draft)
    both_ways(with_rows(), {"family": value}, TODAY, draft=draft)


def test_rows_that_are_right_are_decided_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def the_long_way(*_: Any) -> Any:
        raise AssertionError("each cell was asked for the name of what is wrong")

    monkeypatch.setattr(rows, "faults_of_answers", the_long_way)

    assert problems(with_rows(), {"family": family_of(3)}, draft=False, today=TODAY) == ()
