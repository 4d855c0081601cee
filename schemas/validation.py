"""Whether answers satisfy the revision of the form that they were given to."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from schemas.answer import (
    Answer,
    Choice,
    Choices,
    Date,
    DateTime,
    Integer,
    Number,
    Pattern,
    Text,
    YesNo,
)
from schemas.definition import FIELD_NAME, FORM_CODE, Field, FieldType, Form
from schemas.problem import Problem, problems_in

__all__ = ["MOST_PROBLEMS", "Problem", "problems"]

MOST_PROBLEMS = 100
"""So many problems of one document are told; a hostile one could hold a million."""

_USER = re.compile(r"[^\s:]+")
_PLACE_CODE = re.compile(r"[A-Z]{2}[0-9]{0,10}")
_ATTACHMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Digits of any script, and the direction marks that Arabic address books put around a number.
_MARKS = r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]*"
_PHONE = re.compile(rf"{_MARKS}\+?(?:[\s().-]*\d){{3,15}}[\s)]*{_MARKS}")


def problems(form: Form, data: object, *, draft: bool) -> tuple[Problem, ...]:
    """What is wrong with the answers, in the order of the form, then unknown fields; often nothing.

    Takes any JSON and never raises. A field that is null is as if left out; in a draft no field is
    required. A required text isn't blank and a required list isn't empty. At most `MOST_PROBLEMS`.

    Codes: required, wrong_type, unknown_field, not_an_option, out_of_range, too_long (text: 1,000
    code points, long text: 10,000, lists: 1,000 entries), duplicate, bad_text (a lone surrogate),
    bad_date, bad_user, bad_form_code, bad_location, bad_attachment, bad_phone. The path of an
    unknown field is its name if a field could be called so, else empty, for it may be anything.
    """
    if not isinstance(data, dict):
        return (Problem("", "wrong_type"),)
    schema = _schema(form, draft)
    found = problems_in(schema.validate(data))
    if data.keys() <= schema.fields.keys():
        return tuple(islice(found, MOST_PROBLEMS))
    return tuple(islice(chain(found, _unknown(data, schema)), MOST_PROBLEMS))


def _unknown(data: dict[str, object], schema: Schema) -> Iterator[Problem]:
    names = (name for name in data if name not in schema.fields)
    paths = dict.fromkeys(name if FIELD_NAME.fullmatch(name) else "" for name in names)
    return (Problem(path, "unknown_field") for path in paths)


@lru_cache(maxsize=1_024)
def _schema(form: Form, draft: bool) -> Schema:
    """The form as a marshmallow schema; a draft's has the same fields, none of them required."""
    answers: dict[str, fields.Field[Any]] = {
        field.name: _ANSWERS[field.type](field, field.required and not draft)
        for field in form.fields
    }
    return Schema.from_dict(answers)(unknown=EXCLUDE)


_ANSWERS: dict[FieldType, Callable[[Field, bool], Answer]] = {
    "text": lambda _, required: Text(required=required, limit=1_000),
    "long_text": lambda _, required: Text(required=required, limit=10_000),
    "integer": lambda field, required: Integer(
        required=required, least=field.min, greatest=field.max
    ),
    "decimal": lambda field, required: Number(
        required=required, least=field.min, greatest=field.max
    ),
    "date": lambda _, required: Date(required=required),
    "datetime": lambda _, required: DateTime(required=required),
    "yes_no": lambda _, required: YesNo(required=required),
    "select_one": lambda field, required: Choice(_codes(field), required=required),
    "select_many": lambda field, required: Choices(
        _codes(field).__contains__, "not_an_option", required=required
    ),
    "user": lambda _, required: Pattern(_USER, "bad_user", required=required, limit=100),
    "form_codes": lambda _, required: Choices(
        FORM_CODE.fullmatch, "bad_form_code", required=required
    ),
    "location": lambda _, required: Pattern(
        _PLACE_CODE, "bad_location", required=required, limit=12
    ),
    "attachment": lambda _, required: Pattern(
        _ATTACHMENT, "bad_attachment", required=required, limit=255
    ),
    "phone": lambda _, required: Pattern(_PHONE, "bad_phone", required=required, limit=50),
}


def _codes(field: Field) -> frozenset[str]:
    return frozenset(option.code for option in field.options)
