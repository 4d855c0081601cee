"""Whether answers satisfy the revision of the form that they were given to."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from marshmallow import EXCLUDE, Schema

from schemas.answer import (
    Answer,
    Choice,
    Choices,
    Date,
    DateRange,
    DateTime,
    Integer,
    Number,
    Pattern,
    Scalar,
    Tally,
    Text,
    YesNo,
)
from schemas.conditions import Conditions, conditions_of
from schemas.definition import FORM_CODE, ROW_ID, Field, Form, PlainType
from schemas.problem import MOST_PROBLEMS, Problem, problems_in
from schemas.quick import IsRight, quick_check
from schemas.relevance import Seen
from schemas.rows import Rows, faults_of_answers

__all__ = ["MOST_PROBLEMS", "Problem", "problems"]

_ROW_ID = re.compile(r"[A-Za-z0-9_-]+")
_USER = re.compile(r"[^\s:]+")
_PLACE_CODE = re.compile(r"[A-Z]{2}[0-9]{0,10}")
_ATTACHMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Digits of any script, and the direction marks that Arabic address books put around a number.
_MARKS = r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]*"
_PHONE = re.compile(rf"{_MARKS}\+?(?:[\s().-]*\d){{3,15}}[\s)]*{_MARKS}")


def problems(
    form: Form, data: object, *, draft: bool, today: str | None = None
) -> tuple[Problem, ...]:
    """What is wrong with the answers; often nothing. In the order of the form, then unknown fields,
    then what breaks a constraint, then options that are not offered.

    Takes any JSON and never raises. A field that is null is as if left out; in a draft no field is
    required, only the `id` of each row. A required text isn't blank and a required list isn't
    empty. Rows with the same id are no problem: merging tells them apart, and refused they would
    be lost to everybody. What a condition hides is not required, and breaks no constraint: an
    answer that was given before it was hidden is kept. At most `MOST_PROBLEMS`.

    Codes: required, wrong_type, unknown_field, not_an_option, out_of_range, too_long (text: 1,000
    code points, long text: 10,000, lists and rows: 1,000 entries), duplicate, bad_text (a lone
    surrogate), bad_date, bad_user, bad_agency, bad_form_code, bad_location, bad_attachment,
    bad_phone, bad_row_id, constraint, filtered_option. The path of a cell is such as
    `family[2].age`. The path of an unknown field or cell ends with its name if a field could be
    called so, else before it, for it may be anything.

    Args:
        today: the day on which the answers were given, as YYYY-MM-DD; None where there is none, as
            in what was merged: then what hangs on the day is not required, and breaks nothing.
    """
    if not isinstance(data, dict):
        return (Problem("", "wrong_type"),)
    is_right = _checked(form, draft).is_right
    if is_right is not None and is_right(data, today):
        return ()
    return problems_one_by_one(form, data, draft=draft, today=today)


def problems_one_by_one(
    form: Form, data: dict[str, Any], *, draft: bool, today: str | None = None
) -> tuple[Problem, ...]:
    """The same, however right the answers are: by marshmallow, which says what is right."""
    checked = _checked(form, draft)
    found = problems_in(faults_of_answers(checked.schema, data))
    conditions = checked.conditions
    if conditions:
        seen = Seen.of(conditions, data, today)
        found = (one for one in found if one.code != "required" or not seen.hides(one))
        found = chain(found, seen.problems())
    return tuple(islice(found, MOST_PROBLEMS))


@dataclass(frozen=True, slots=True)
class _Checked:
    """How the answers to a form are looked at.

    Attributes:
        schema: a draft's has the same fields, none of them required.
        is_right: the short way; None where there is none.
    """

    schema: Schema
    conditions: Conditions
    is_right: IsRight | None


@lru_cache(maxsize=1_024)
def _checked(form: Form, draft: bool) -> _Checked:
    answers = _answers(form.fields, draft)
    conditions = conditions_of(form)
    return _Checked(_object(answers), conditions, quick_check(answers, conditions))


def _object(answers: dict[str, Answer]) -> Schema:
    return Schema.from_dict({**answers})(unknown=EXCLUDE)


def _answers(asked: Iterable[Field], draft: bool) -> dict[str, Answer]:
    return {field.name: _answer(field, draft) for field in asked if field.type != "note"}


def _answer(field: Field, draft: bool) -> Answer:
    required = field.required and not draft
    if field.type == "rows":
        named = Pattern(_ROW_ID, "bad_row_id", required=True, limit=64)
        cells = {ROW_ID: named, **_answers(field.fields, draft)}
        return Rows(_object(cells), cells, required=required)
    return _ANSWERS[field.type](field, required)


def _attached(_: Field, required: bool) -> Answer:
    return Pattern(_ATTACHMENT, "bad_attachment", required=required, limit=255)


_ANSWERS: dict[PlainType, Callable[[Field, bool], Answer]] = {
    "text": lambda _, required: Text(required=required, limit=1_000),
    "long_text": lambda _, required: Text(required=required, limit=10_000),
    "integer": lambda field, required: Integer(
        required=required, least=field.min, greatest=field.max
    ),
    "decimal": lambda field, required: Number(
        required=required, least=field.min, greatest=field.max
    ),
    "date": lambda _, required: Date(required=required),
    "date_range": lambda _, required: DateRange(required=required),
    "datetime": lambda _, required: DateTime(required=required),
    "yes_no": lambda _, required: YesNo(required=required),
    "select_one": lambda field, required: Choice(_codes(field), required=required),
    "ordered_choice": lambda field, required: Choice(_codes(field), required=required),
    "select_many": lambda field, required: Choices(
        _codes(field).__contains__, "not_an_option", required=required
    ),
    "tally": lambda field, required: Tally(_codes(field), required=required),
    "user": lambda _, required: Pattern(_USER, "bad_user", required=required, limit=100),
    "agency": lambda _, required: Pattern(_USER, "bad_agency", required=required, limit=100),
    "form_codes": lambda _, required: Choices(
        FORM_CODE.fullmatch, "bad_form_code", required=required
    ),
    "location": lambda _, required: Pattern(
        _PLACE_CODE, "bad_location", required=required, limit=12
    ),
    "photo": _attached,
    "audio": _attached,
    "file": _attached,
    "signature": _attached,
    "barcode": lambda _, required: Text(required=required, limit=1_000),
    "calculated": lambda _, required: Scalar(required=required, limit=10_000),
    "phone": lambda _, required: Pattern(_PHONE, "bad_phone", required=required, limit=50),
}


def _codes(field: Field) -> frozenset[str]:
    return frozenset(option.code for option in field.options)
