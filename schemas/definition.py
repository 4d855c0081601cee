"""What a form is: frozen values, and their JSON.

Its JSON ships in the library and reaches tablets in `shared:form:<code>.<revision>`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.exceptions import SCHEMA

from schemas.answer import Answer, Choice, Integer, Number, Pattern, Text, YesNo
from schemas.problem import Problem, problems_in

LANGUAGES = ("en", "ar", "so", "fr")
"""The languages that every title and label has."""

FieldType = Literal[
    "text",
    "long_text",
    "integer",
    "decimal",
    "date",
    "datetime",
    "yes_no",
    "select_one",
    "select_many",
    "user",
    "form_codes",
    "location",
    "attachment",
    "phone",
]
MergeRule = Literal["changed", "union"]
Sensitivity = Literal["identifying", "sensitive", "plain"]
Cardinality = Literal["one", "many"]
Label = Mapping[str, str]

FORM_CODE = re.compile(r"k[1-9][0-9]{0,5}")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
OPTION_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")

_WITH_OPTIONS = ("select_one", "select_many")
_WITH_ELEMENTS = ("select_many", "form_codes")
_NUMBERS = ("integer", "decimal")


class InvalidDefinition(ValueError):
    """A document that is no form. `problems` has every one that was found, as (path, code)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.code}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select: `code` is stored, `label` is read, by language."""

    code: str
    label: Label = field(hash=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    `options` are in the order shown, and empty for all types but the selects. `min` and `max` are
    included in the range; only numbers have them. `merge` says how concurrent answers are joined:
    `changed` as one value, `union` per element of a list. `sensitivity` is `identifying` for what
    tells who the child is, `sensitive` for what can harm, `plain` for the rest.
    """

    name: str
    type: FieldType
    label: Label = field(hash=False)
    required: bool = False
    options: tuple[Option, ...] = ()
    merge: MergeRule = "changed"
    sensitivity: Sensitivity = "sensitive"
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One revision of a form.

    `code` is neutral, for it stands in ids; `revision` counts from 1. A record has `one` or `many`
    documents of it. `system` forms are those that the service itself acts on. `fields` are in the
    order asked. Equal by value; the hash is of code and revision only, so that it is cheap.
    """

    code: str
    revision: int
    title: Label = field(hash=False)
    cardinality: Cardinality = field(hash=False)
    system: bool = field(hash=False)
    fields: tuple[Field, ...] = field(hash=False)


def form_from_json(document: object) -> Form:
    """The form that a JSON document defines; a key with null is as if left out.

    Raises:
        InvalidDefinition: it defines none. Codes: required, wrong_type, unknown_field, bad_code,
            bad_text, too_long, not_an_option, out_of_range, duplicate, not_allowed (a key that
            this type of field has no use for), mixed_sensitivity (identifying fields beside
            others: a document is shared whole, so who the child is stands in forms of its own).
    """
    try:
        form: Form = _FORM.load(document)  # type: ignore[arg-type]  # checked by the schema
    except ValidationError as invalid:
        raise InvalidDefinition(tuple(problems_in(invalid.messages_dict))) from None
    return form


def form_to_json(form: Form) -> dict[str, Any]:
    """The form as JSON; `form_from_json` makes an equal one of it."""
    return {
        "code": form.code,
        "revision": form.revision,
        "title": dict(form.title),
        "cardinality": form.cardinality,
        "system": form.system,
        "fields": [_field_to_json(asked) for asked in form.fields],
    }


def _field_to_json(field: Field) -> dict[str, Any]:
    options = [{"code": option.code, "label": dict(option.label)} for option in field.options]
    limits = {"min": field.min, "max": field.max}
    return {
        "name": field.name,
        "type": field.type,
        "label": dict(field.label),
        "required": field.required,
        **({"options": options} if options else {}),
        **{key: limit for key, limit in limits.items() if limit is not None},
        "merge": field.merge,
        "sensitivity": field.sensitivity,
    }


_CODES: dict[str, Any] = {
    "required": "required",
    "null": "required",
    "invalid": "wrong_type",
    "type": "wrong_type",
    "unknown": "unknown_field",
}
"""Marshmallow's own messages for objects and lists, as codes."""


class _Definition(Schema):
    error_messages = _CODES


class _LanguagesSchema(_Definition):
    @post_load
    def _made(self, data: dict[str, str], **_: Any) -> Label:
        return MappingProxyType(data)


_LabelSchema = _LanguagesSchema.from_dict(
    {language: Text(required=True, limit=1_000) for language in LANGUAGES}
)


def _part(schema: type[Schema]) -> fields.Nested:
    return fields.Nested(schema, required=True, error_messages=_CODES)


class _ListOf(fields.List[Any]):
    """A JSON array of parts; marshmallow's own list takes an object's keys as well."""

    def __init__(self, schema: type[Schema], *, required: bool, **names: Any) -> None:
        super().__init__(
            _part(schema),
            required=required,
            allow_none=not required,
            error_messages=_CODES,
            **names,
        )

    def _deserialize(self, value: object, *rest: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, *rest, **options)


def _choice(kind: Any, *, required: bool) -> Answer:
    return Choice(get_args(kind), required=required)


class _OptionSchema(_Definition):
    code = Pattern(OPTION_CODE, "bad_code", required=True, limit=64)
    label = _part(_LabelSchema)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Option:
        return Option(**data)


class _FieldSchema(_Definition):
    name = Pattern(FIELD_NAME, "bad_code", required=True, limit=64)
    type = _choice(FieldType, required=True)
    label = _part(_LabelSchema)
    required = YesNo(required=False)
    options = _ListOf(_OptionSchema, required=False)
    merge = _choice(MergeRule, required=False)
    sensitivity = _choice(Sensitivity, required=False)
    min = Number(required=False)
    max = Number(required=False)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _fits_its_type(self, _: object, original: object, **__: Any) -> None:
        if isinstance(original, dict) and (faults := _faults_of_field(original)):
            raise ValidationError(faults)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Field:
        given = {key: value for key, value in data.items() if value is not None}
        return Field(**given | {"options": tuple(given.get("options", ()))})


class _FormSchema(_Definition):
    code = Pattern(FORM_CODE, "bad_code", required=True, limit=7)
    revision = Integer(required=True, least=1)
    title = _part(_LabelSchema)
    cardinality = _choice(Cardinality, required=True)
    system = YesNo(required=False)
    asked = _ListOf(_FieldSchema, required=True, data_key="fields", attribute="fields")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _fits_together(self, _: object, original: object, **__: Any) -> None:
        if isinstance(original, dict) and (faults := _faults_of_form(original)):
            raise ValidationError(faults)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Form:
        return Form(**data | {"system": bool(data.get("system")), "fields": tuple(data["fields"])})


def _faults_of_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """The codes of what is at odds in a form of any shape, as marshmallow nests them."""
    asked = form.get("fields")
    if not isinstance(asked, list):
        return {}
    if not asked:
        return {"fields": ["required"]}
    faults: dict[Any, Any] = {**_repeats(asked, "name")}
    identifying = {
        one.get("sensitivity") == "identifying" for one in asked if isinstance(one, dict)
    }
    if len(identifying) == 2:
        faults[SCHEMA] = ["mixed_sensitivity"]
    return {"fields": faults} if faults else {}


def _faults_of_field(field: Mapping[str, Any]) -> dict[str, Any]:
    """The codes of what is at odds with a field's type, as marshmallow nests them."""
    kind, options = field.get("type"), field.get("options")
    if kind not in get_args(FieldType):
        return {}
    faults = _faults_of_range(kind, field.get("min"), field.get("max"))
    if field.get("merge") == "union" and kind not in _WITH_ELEMENTS:
        faults["merge"] = ["not_allowed"]
    if bool(options) != (kind in _WITH_OPTIONS):
        faults["options"] = ["not_allowed" if options else "required"]
    elif repeats := _repeats(options, "code"):
        faults["options"] = repeats
    return faults


def _faults_of_range(kind: object, least: object, greatest: object) -> dict[str, Any]:
    given = {"min": least, "max": greatest}
    if kind not in _NUMBERS:
        return {key: ["not_allowed"] for key, limit in given.items() if limit is not None}
    if isinstance(least, (int, float)) and isinstance(greatest, (int, float)) and least > greatest:
        return {"max": ["out_of_range"]}
    return {}


def _repeats(parts: object, key: str) -> dict[int, dict[str, list[str]]]:
    """The places in a list where a name stands that stood before."""
    seen: set[str] = set()
    repeats: dict[int, dict[str, list[str]]] = {}
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        name = part.get(key) if isinstance(part, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            repeats[index] = {key: ["duplicate"]}
        seen.add(name)
    return repeats


_FORM = _FormSchema()
