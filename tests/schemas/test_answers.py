"""Validating answers, case by case."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from schemas import (
    LANGUAGES,
    Field,
    FieldType,
    Form,
    Option,
    Problem,
    form_from_json,
    form_to_json,
    library_forms,
    problems,
)
from schemas.validation import MOST_PROBLEMS

LABEL = {language.code: "…" for language in LANGUAGES}
RISKS = tuple(Option(code, LABEL) for code in ("low", "medium", "high"))
CELLS = (
    Field("relation", "select_one", LABEL, required=True, options=RISKS),
    Field("age", "integer", LABEL, min=0, max=120),
    Field("languages", "select_many", LABEL, options=RISKS, merge="union"),
)


def asking(kind: FieldType, **changes: Any) -> Form:
    options = RISKS if kind.startswith("select") or kind == "tally" else ()
    cells = CELLS if kind == "rows" else ()
    field = Field("answer", kind, LABEL, options=options, fields=cells, **changes)
    return Form("k99", 1, LABEL, "one", False, (field,))


def code_of(kind: FieldType, answer: object, **changes: Any) -> str | None:
    """The code of the one problem that the answer has, None if it has none."""
    found = problems(asking(kind, **changes), {"answer": answer}, draft=False)
    assert len(found) <= 1
    assert all(problem.path == "answer" for problem in found)
    return found[0].code if found else None


def library_form(code: str) -> Form:
    return next(form for form in library_forms() if form.code == code)


VALID: list[tuple[FieldType, object]] = [
    ("text", ""),
    ("text", "م" * 1_000),
    ("text", "👩🏾‍🦱"),
    ("long_text", "x" * 10_000),
    ("integer", 0),
    ("integer", -(2**53 - 1)),
    ("integer", 2**53 - 1),
    ("decimal", 1),
    ("decimal", -0.5),
    ("date", "2024-02-29"),
    ("datetime", "2026-11-23T08:12:03+02:00"),
    ("datetime", "2026-11-23T08:12:03.123Z"),
    ("datetime", "2026-11-23T08:12-00:30"),
    ("yes_no", True),
    ("yes_no", False),
    ("select_one", "low"),
    ("select_many", []),
    ("select_many", ["high", "low"]),
    ("user", "amina"),
    ("form_codes", []),
    ("form_codes", ["k21", "k999999"]),
    ("location", "SD"),
    ("location", "SD01001"),
    ("photo", "photo-3f6c.jpg"),
    ("audio", "a.ogg"),
    ("file", "a.pdf"),
    ("signature", "a.png"),
    ("barcode", "4006381333931"),
    ("agency", "agency-a"),
    ("date_range", {"from": "2026-11-23", "to": "2026-11-23"}),
    ("tally", {}),
    ("tally", {"low": 0, "high": 2**53 - 1}),
    ("phone", "+249 91 234-5678"),
    ("phone", "٠٩١٢٣٤٥٦٧٨"),
    ("phone", "\u202a(091) 234 5678\u202c"),
    ("phone", "999"),
    ("rows", []),
    ("rows", [{"id": "01J", "relation": "low"}]),
    ("rows", [{"id": "a-Z_9", "relation": "low", "age": 120, "languages": ["low"]}]),
    ("rows", [{"id": "x" * 64, "relation": "low", "age": None}]),
    ("rows", [{"id": "same", "relation": "low"}, {"id": "same", "relation": "high"}]),
    ("rows", [{"id": str(number), "relation": "low"} for number in range(1_000)]),
]

INVALID: list[tuple[FieldType, object, str]] = [
    ("text", 1, "wrong_type"),
    ("text", ["text"], "wrong_type"),
    ("text", {"text": "text"}, "wrong_type"),
    ("text", "x" * 1_001, "too_long"),
    ("text", "\ud800", "bad_text"),
    ("text", "م\udfff", "bad_text"),
    ("long_text", "x" * 10_001, "too_long"),
    ("integer", "3", "wrong_type"),
    ("integer", 3.0, "wrong_type"),
    ("integer", True, "wrong_type"),
    ("integer", False, "wrong_type"),
    ("integer", 2**53, "out_of_range"),
    ("integer", -(2**53), "out_of_range"),
    ("integer", 10**4_000, "out_of_range"),
    ("integer", math.nan, "out_of_range"),
    ("integer", math.inf, "out_of_range"),
    ("decimal", True, "wrong_type"),
    ("decimal", "0.5", "wrong_type"),
    ("decimal", math.nan, "out_of_range"),
    ("decimal", -math.inf, "out_of_range"),
    ("decimal", 1e300, "out_of_range"),
    ("date", 20261123, "wrong_type"),
    ("date", "", "bad_date"),
    ("date", "20261123", "bad_date"),
    ("date", "2026-W48-1", "bad_date"),
    ("date", "2025-02-29", "bad_date"),
    ("date", "2026-11-23\n", "bad_date"),
    ("date", "2026-11-23T00:00:00Z", "bad_date"),
    ("date", "٢٠٢٦-١١-٢٣", "bad_date"),
    ("date", "0000-01-01", "bad_date"),
    ("datetime", "2026-11-23", "bad_date"),
    ("datetime", "2026-11-23T08:12:03", "bad_date"),
    ("datetime", "2026-11-23T24:00:00Z", "bad_date"),
    ("datetime", "2026-02-30T08:12:03Z", "bad_date"),
    ("datetime", 1795420800, "wrong_type"),
    ("yes_no", 1, "wrong_type"),
    ("yes_no", "yes", "wrong_type"),
    ("select_one", "Low", "not_an_option"),
    ("select_one", "", "not_an_option"),
    ("select_one", ["low"], "wrong_type"),
    ("select_one", {}, "wrong_type"),
    ("select_many", "low", "wrong_type"),
    ("select_many", {"low": True}, "wrong_type"),
    ("select_many", ["low"] * 1_001, "too_long"),
    ("user", "am:ina", "bad_user"),
    ("user", "amina al-hassan", "bad_user"),
    ("user", "x" * 101, "too_long"),
    ("form_codes", "k21", "wrong_type"),
    ("form_codes", [f"k{number}" for number in range(1, 1_002)], "too_long"),
    ("location", "Khartoum", "bad_location"),
    ("location", "sd01", "bad_location"),
    ("photo", "../photo.jpg", "bad_attachment"),
    ("file", "_photo.jpg", "bad_attachment"),
    ("audio", "", "bad_attachment"),
    ("signature", "x" * 256, "too_long"),
    ("barcode", 4006381333931, "wrong_type"),
    ("agency", "agency a", "bad_agency"),
    ("date_range", "2026-11-23", "wrong_type"),
    ("date_range", {"from": "2026-11-23", "until": "2026-11-23"}, "wrong_type"),
    ("tally", ["low"], "wrong_type"),
    ("tally", {"huge": 1}, "not_an_option"),
    ("phone", "12", "bad_phone"),
    ("phone", "call the neighbour", "bad_phone"),
    ("phone", "1234567890123456", "bad_phone"),
    ("phone", "\ud800", "bad_text"),
    ("rows", {"id": "a"}, "wrong_type"),
    ("rows", "a", "wrong_type"),
    ("rows", [{"id": "a", "relation": "low"}] * 1_001, "too_long"),
]


@pytest.mark.parametrize(("kind", "answer"), VALID)
def test_a_right_answer_has_no_problem(kind: FieldType, answer: object) -> None:
    assert code_of(kind, answer) is None


@pytest.mark.parametrize(("kind", "answer", "code"), INVALID)
def test_a_wrong_answer_has_the_code_of_what_is_wrong(
    kind: FieldType, answer: object, code: str
) -> None:
    assert code_of(kind, answer) == code


def test_the_limits_of_a_number_are_included() -> None:
    for kind, right, wrong in (
        ("integer", (0, 25), (-1, 26)),
        ("decimal", (0, 0.0, 25.0), (-0.1, 25.1)),
    ):
        assert [code_of(kind, answer, min=0, max=25) for answer in right] == [None] * len(right)  # type: ignore[arg-type]
        assert {code_of(kind, answer, min=0, max=25) for answer in wrong} == {"out_of_range"}  # type: ignore[arg-type]


def test_entries_of_a_list_are_found_by_their_index() -> None:
    answer = ["low", "low", "none", 5, ["low"], None, "high"]
    assert problems(asking("select_many"), {"answer": answer}, draft=False) == (
        Problem("answer[1]", "duplicate"),
        Problem("answer[2]", "not_an_option"),
        Problem("answer[3]", "wrong_type"),
        Problem("answer[4]", "wrong_type"),
        Problem("answer[5]", "wrong_type"),
    )
    assert problems(asking("form_codes"), {"answer": ["k1", "case", "k1"]}, draft=False) == (
        Problem("answer[1]", "bad_form_code"),
        Problem("answer[2]", "duplicate"),
    )


def test_what_is_wrong_in_a_row_is_found_by_its_index_and_cell() -> None:
    answer = [
        {"id": "a", "relation": "low"},
        {"id": "b", "relation": "none", "age": 121, "languages": ["low", "low"], "colour": 1},
        None,
        {"relation": None, "age": "3"},
        ["c"],
        {"id": 5, "relation": "low", "Maryam Osman": 1, "مريم": 1},
    ]
    assert problems(asking("rows"), {"answer": answer}, draft=False) == (
        Problem("answer[1].relation", "not_an_option"),
        Problem("answer[1].age", "out_of_range"),
        Problem("answer[1].languages[1]", "duplicate"),
        Problem("answer[1].colour", "unknown_field"),
        Problem("answer[2]", "wrong_type"),
        Problem("answer[3].id", "required"),
        Problem("answer[3].relation", "required"),
        Problem("answer[3].age", "wrong_type"),
        Problem("answer[4]", "wrong_type"),
        Problem("answer[5].id", "wrong_type"),
        Problem("answer[5]", "unknown_field"),
    )


@pytest.mark.parametrize(
    ("row_id", "code"),
    [
        ("", "required"),
        (None, "required"),
        ("a b", "bad_row_id"),
        ("a#2", "bad_row_id"),
        ("a\n", "bad_row_id"),
        ("٣", "bad_row_id"),
        ("x" * 65, "too_long"),
        ("\ud800", "bad_text"),
        (["a"], "wrong_type"),
    ],
)
def test_the_id_of_a_row_is_needed_in_a_draft_too(row_id: object, code: str) -> None:
    for draft in (False, True):
        answer = [{"id": row_id, "relation": "low"}]
        found = problems(asking("rows"), {"answer": answer}, draft=draft)
        assert found == (Problem("answer[0].id", code),)


def test_a_row_of_a_draft_may_miss_cells_but_not_hold_wrong_ones() -> None:
    answer = [{"id": "a"}, {"id": "b", "age": -1}]
    assert problems(asking("rows"), {"answer": answer}, draft=True) == (
        Problem("answer[1].age", "out_of_range"),
    )


def test_of_many_wrong_cells_a_hundred_are_told() -> None:
    many = {f"f{number}": number for number in range(1_000)}
    for row in ({}, many, {"id": "a", **many}):
        found = problems(asking("rows"), {"answer": [row] * 1_000}, draft=False)
        assert len(found) == MOST_PROBLEMS


@pytest.mark.parametrize("nested", [lambda inner: [inner], lambda inner: {"age": inner}])
def test_deeply_nested_cells_are_wrong_and_not_followed(
    nested: Callable[[object], object],
) -> None:
    deep: object = "text"
    for _ in range(100_000):
        deep = nested(deep)
    row = {"id": deep, "relation": deep, "age": deep, "languages": deep, "colour": deep}
    found = problems(asking("rows"), {"answer": [row]}, draft=False)
    assert {problem.path for problem in found} >= {"answer[0].id", "answer[0].colour"}
    assert {problem.code for problem in found} <= {"wrong_type", "unknown_field"}


@pytest.mark.parametrize("name", ["fields", "validate", "load"])
def test_a_cell_may_be_called_like_a_part_of_the_validator(name: str) -> None:
    rows = Field("answer", "rows", LABEL, fields=(Field(name, "integer", LABEL),))
    form = Form("k99", 1, LABEL, "one", False, (rows,))
    assert problems(form, {"answer": [{"id": "a", name: 1}]}, draft=False) == ()


@pytest.mark.parametrize("kind", [kind for kind, _ in VALID])
def test_null_and_missing_both_mean_no_answer(kind: FieldType) -> None:
    for data in ({}, {"answer": None}):
        assert problems(asking(kind), data, draft=False) == ()
        asked = asking(kind, required=True)
        assert problems(asked, data, draft=False) == (Problem("answer", "required"),)
        assert problems(asked, data, draft=True) == ()


@pytest.mark.parametrize(
    ("kind", "blank"),
    [("text", ""), ("long_text", " \n\t "), ("select_many", []), ("form_codes", []), ("rows", [])],
)
def test_a_blank_answer_does_not_satisfy_a_required_field(kind: FieldType, blank: object) -> None:
    assert code_of(kind, blank, required=True) == "required"
    assert code_of(kind, blank) is None
    assert problems(asking(kind, required=True), {"answer": blank}, draft=True) == ()


def test_a_draft_may_miss_answers_but_not_hold_wrong_ones() -> None:
    found = problems(library_form("k21"), {"sex": "unknown"}, draft=True)
    assert found == (Problem("sex", "not_an_option"),)


def test_problems_come_in_the_order_of_the_form_and_unknown_fields_last() -> None:
    data = {"colour": 1, "notes": 5, "age": "ten", "sex": None, "registered_on": "today"}
    assert problems(library_form("k21"), data, draft=False) == (
        Problem("sex", "required"),
        Problem("age", "wrong_type"),
        Problem("registered_on", "bad_date"),
        Problem("notes", "wrong_type"),
        Problem("colour", "unknown_field"),
    )


@pytest.mark.parametrize("data", [None, [], "text", 5, True, [{"answer": "text"}]])
def test_answers_that_are_no_object_are_one_problem_of_the_whole(data: object) -> None:
    assert problems(asking("text"), data, draft=True) == (Problem("", "wrong_type"),)


@pytest.mark.parametrize(
    "key", ["Maryam Osman", "مريم", "", "_schema", "age.years", "\ud800", "x" * 65]
)
def test_a_key_that_no_field_could_have_is_not_repeated(key: str) -> None:
    assert problems(asking("text"), {key: 1}, draft=False) == (Problem("", "unknown_field"),)


@pytest.mark.parametrize(
    "name", ["load", "fields", "validate", "opts", "context", "declared_fields"]
)
def test_a_field_may_be_called_like_a_part_of_the_validator(name: str) -> None:
    form = Form("k99", 1, LABEL, "one", False, (Field(name, "integer", LABEL),))
    assert problems(form, {name: 1}, draft=False) == ()
    assert problems(form, {name: "1"}, draft=False) == (Problem(name, "wrong_type"),)


def test_of_many_wrong_things_a_hundred_are_told() -> None:
    data: dict[str, Any] = {f"f{number}": number for number in range(100_000)}
    assert len(problems(asking("text"), data, draft=False)) == MOST_PROBLEMS


@pytest.mark.parametrize("nested", [lambda inner: [inner], lambda inner: {"answer": inner}])
def test_deeply_nested_answers_are_wrong_and_not_followed(
    nested: Callable[[object], object],
) -> None:
    deep: object = "text"
    for _ in range(100_000):
        deep = nested(deep)
    for kind in dict.fromkeys(kind for kind, _ in VALID):
        found = problems(asking(kind), {"answer": deep}, draft=False)
        (problem,) = found
        assert problem.code in ("wrong_type", "not_an_option")


def test_equal_forms_validate_alike_and_forms_of_the_same_revision_may_differ() -> None:
    numbers = asking("integer")
    assert problems(numbers, {"answer": 1}, draft=False) == ()
    same = form_from_json(json.loads(json.dumps(form_to_json(numbers))))
    assert problems(same, {"answer": 1}, draft=False) == ()
    assert problems(asking("text"), {"answer": 1}, draft=False) != ()


@pytest.mark.parametrize(
    ("kind", "answer", "told"),
    [
        ("date_range", {"from": "2026-11-23"}, [("to", "required")]),
        ("date_range", {"from": "x", "to": 5}, [("from", "bad_date"), ("to", "wrong_type")]),
        ("date_range", {"from": "2026-11-23", "to": "2026-11-22"}, [("to", "out_of_range")]),
        ("tally", {"low": -1, "high": True}, [("low", "out_of_range"), ("high", "wrong_type")]),
    ],
)
def test_what_is_wrong_with_a_part_of_an_answer_is_told_by_its_name(
    kind: FieldType, answer: object, told: list[tuple[str, str]]
) -> None:
    found = problems(asking(kind), {"answer": answer}, draft=True)

    assert [(one.path, one.code) for one in found] == [(f"answer.{at}", code) for at, code in told]


@pytest.mark.parametrize(
    ("answer", "code"),
    [("x", None), (5.5, None), (False, None), ([], "wrong_type"), (2**53, "out_of_range")],
)
def test_a_calculation_comes_to_a_text_a_number_or_yes_or_no(
    answer: object, code: str | None
) -> None:
    found = problems(asking("calculated", calculation=1), {"answer": answer}, draft=False)

    assert [one.code for one in found] == ([code] if code else [])


def test_a_note_has_no_answer() -> None:
    told = problems(asking("note"), {"answer": "x"}, draft=False)

    assert problems(asking("note"), {}, draft=False) == ()
    assert told == (Problem("answer", "unknown_field"),)
