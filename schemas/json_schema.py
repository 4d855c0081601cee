"""JSON Schema (2020-12) of definitions, and of the answers to a form.

For other programs: they can check what they are about to send. What JSON Schema cannot say is not
in it (conditions, calendars, digits of every script): what it refuses is refused here, too, but
not the other way round.

Source: JSON Schema, draft 2020-12, core and validation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

from schemas.answer import LONGEST_LIST
from schemas.definition import (
    EXPRESSIONS,
    FIELD_NAME,
    FORM_CODE,
    LANGUAGE_CODE,
    LONGEST_SOURCE,
    OPTION_CODE,
    ROW_ID,
    Cardinality,
    Direction,
    Field,
    FieldType,
    Form,
    MergeRule,
    PlainType,
    Sensitivity,
)
from schemas.expressions.values import GREATEST

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.*(Z|[+-][0-9]{2}:[0-9]{2})$"


def schema_of_answers(form: Form) -> Schema:
    """What the answers to a form look like, those of a complete document.

    What is asked under a condition is not required by it. Null is as if left out.
    """
    return {
        "$schema": DRAFT,
        "$id": f"urn:kanaf:form:{form.code}.{form.revision}",
        "title": form.title[form.languages[0].code],
        **_object(form, ()),
    }


def _object(within: Form | Field, always: Sequence[str]) -> Schema:
    asked = [one for one in within.fields if one.type != "note"]
    conditional = {one.name for one in within.sections if one.relevant is not None}
    for one in within.sections:
        if one.within in conditional:
            conditional.add(one.name)
    required = [
        one.name
        for one in asked
        if one.required and one.relevant is None and one.section not in conditional
    ]
    return {
        "type": "object",
        "properties": {
            **{name: {"type": "string", "minLength": 1, "maxLength": 64} for name in always},
            **{one.name: _answer(one, is_needed=one.name in required) for one in asked},
        },
        "required": [*always, *required],
        "additionalProperties": False,
    }


def _answer(asked: Field, *, is_needed: bool) -> Schema:
    label = next(iter(asked.label.values()), asked.name)
    schema = {"title": label, **_kind(asked, is_needed=is_needed)}
    if not is_needed:
        kinds = schema["type"]
        schema["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def _kind(asked: Field, *, is_needed: bool) -> Schema:
    least = 1 if is_needed else 0
    if asked.type == "rows":
        rows = _object(asked, (ROW_ID,))
        return {"type": "array", "items": rows, "minItems": least, "maxItems": LONGEST_LIST}
    if asked.type in _KINDS:
        return _KINDS[asked.type](asked, least)
    return {"type": "string", "minLength": least, "maxLength": _LONGEST.get(asked.type, 1_000)}


def _number(asked: Field, _: int) -> Schema:
    return {
        "type": "integer" if asked.type == "integer" else "number",
        "minimum": -GREATEST if asked.min is None else asked.min,
        "maximum": GREATEST if asked.max is None else asked.max,
    }


def _one_of(asked: Field, _: int) -> Schema:
    return {"type": "string", "enum": _codes(asked)}


def _tally(asked: Field, least: int) -> Schema:
    return {
        "type": "object",
        "properties": {code: {"type": "integer", "minimum": 0} for code in _codes(asked)},
        "additionalProperties": False,
        "minProperties": least,
    }


def _days(_: Field, __: int) -> Schema:
    return {
        "type": "object",
        "properties": {end: {"type": "string", "pattern": _DAY} for end in ("from", "to")},
        "required": ["from", "to"],
        "additionalProperties": False,
    }


def _list(items: Schema, least: int) -> Schema:
    return {
        "type": "array",
        "items": items,
        "uniqueItems": True,
        "minItems": least,
        "maxItems": LONGEST_LIST,
    }


def _codes(asked: Field) -> list[str]:
    return [option.code for option in asked.options]


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


_KINDS: dict[FieldType, Callable[[Field, int], Schema]] = {
    "integer": _number,
    "decimal": _number,
    "yes_no": lambda _, __: {"type": "boolean"},
    "select_one": _one_of,
    "ordered_choice": _one_of,
    "select_many": lambda asked, least: _list({"enum": _codes(asked)}, least),
    "form_codes": lambda _, least: _list(
        {"type": "string", "pattern": _whole(FORM_CODE.pattern)}, least
    ),
    "tally": _tally,
    "date": lambda _, __: {"type": "string", "pattern": _DAY},
    "datetime": lambda _, __: {"type": "string", "pattern": _MOMENT},
    "date_range": _days,
    "calculated": lambda _, __: {"type": ["string", "number", "boolean"], "maxLength": 10_000},
}
"""Of the types that are no texts."""

_LONGEST: dict[FieldType, int] = {
    "long_text": 10_000,
    "user": 100,
    "agency": 100,
    "location": 12,
    "photo": 255,
    "audio": 255,
    "file": 255,
    "signature": 255,
    "phone": 50,
}
"""Code points of the texts that are not of 1,000."""


def _named(pattern: str, longest: int) -> Schema:
    return {"type": "string", "pattern": _whole(pattern), "maxLength": longest}


def _maybe(schema: Schema) -> Schema:
    """A member that may be null, which is as if left out."""
    return {"anyOf": [schema, {"type": "null"}]}


_NAME = _named(FIELD_NAME.pattern, 64)
_CODE = _named(OPTION_CODE.pattern, 64)
_TEXTS = {"$ref": "#/$defs/texts"}
_TEXT = {"type": "string"}
_FLAG = {"type": ["boolean", "null"]}
_LIMIT = {"type": ["number", "null"]}


def _shape(needed: Sequence[str], /, **members: Any) -> Schema:
    """An object of these members and no others."""
    return {
        "type": "object",
        "properties": members,
        "required": [*needed],
        "additionalProperties": False,
    }


def _list_of(part: str, least: int = 0) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{part}"}, "minItems": least}


_MACHINE = _maybe(
    {"type": "array", "items": _named(LANGUAGE_CODE.pattern, 20), "uniqueItems": True}
)
_SOURCE = {"type": ["string", "null"], "maxLength": LONGEST_SOURCE}
_XPATH = _shape((), **dict.fromkeys(EXPRESSIONS, _SOURCE))
_PARTS = {
    "texts": {"type": "object", "additionalProperties": _TEXT},
    "language": _shape(
        ("code", "name", "direction"),
        code=_named(LANGUAGE_CODE.pattern, 20),
        name={"type": "string", "maxLength": 50},
        direction={"enum": [*get_args(Direction)]},
    ),
    "section": _shape(
        ("name",),
        name=_NAME,
        label=_maybe(_TEXTS),
        within=_maybe(_NAME),
        relevant=True,
        machine=_MACHINE,
        xpath=_XPATH,
    ),
    "option": _shape(
        ("code", "label"),
        code=_CODE,
        label=_TEXTS,
        attributes=_maybe(
            {"type": "object", "propertyNames": _NAME, "additionalProperties": _TEXT}
        ),
        replaces=_maybe({"type": "array", "items": _CODE, "uniqueItems": True}),
        machine=_MACHINE,
    ),
    "field": _shape(
        ("name", "type", "label"),
        name=_NAME,
        type={"enum": [*get_args(PlainType), "rows"]},
        label=_TEXTS,
        hint=_maybe(_TEXTS),
        constraint_message=_maybe(_TEXTS),
        required=_FLAG,
        protected=_FLAG,
        share=_FLAG,
        min=_LIMIT,
        max=_LIMIT,
        couple=_maybe(_NAME),
        section=_maybe(_NAME),
        renamed_from=_maybe(_NAME),
        merge={"enum": [*get_args(MergeRule), None]},
        sensitivity={"enum": [*get_args(Sensitivity), None]},
        **dict.fromkeys(EXPRESSIONS, True),
        machine=_MACHINE,
        xpath=_XPATH,
        options=_maybe(_list_of("option")),
        sections=_maybe(_list_of("section")),
        fields=_maybe(_list_of("field")),
    ),
}


def schema_of_definitions() -> Schema:
    """What the definition of a form looks like, as `form_to_json` writes it."""
    return {
        "$schema": DRAFT,
        "$id": "urn:kanaf:form-definition",
        "title": "Definition of a form",
        **_shape(
            ("code", "revision", "title", "languages", "cardinality", "fields"),
            code=_named(FORM_CODE.pattern, 7),
            revision={"type": "integer", "minimum": 1},
            name={"type": ["string", "null"], "maxLength": 100},
            title=_TEXTS,
            languages=_list_of("language", 1),
            cardinality={"enum": [*get_args(Cardinality)]},
            system=_FLAG,
            consent=_FLAG,
            survivors=_FLAG,
            machine=_MACHINE,
            sections=_maybe(_list_of("section")),
            fields=_list_of("field", 1),
        ),
        "$defs": _PARTS,
    }
