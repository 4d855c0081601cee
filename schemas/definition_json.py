"""Forms as JSON.

So they ship in the library and reach tablets in `shared:form:<code>.<revision>`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from schemas.answer import Answer, Choice, Choices, Integer, Number, Pattern, Text, YesNo
from schemas.coherence import faults_of_field, faults_of_form
from schemas.definition import (
    EXPRESSIONS,
    FIELD_NAME,
    FORM_CODE,
    LANGUAGE_CODE,
    LONGEST_SOURCE,
    MOST_LEVELS,
    OPTION_CODE,
    Cardinality,
    Direction,
    Field,
    FieldType,
    Form,
    Label,
    Language,
    MergeRule,
    Option,
    PlainType,
    Section,
    Sensitivity,
)
from schemas.problem import Problem, problems_in


class InvalidDefinition(ValueError):
    """A document that is no form. `problems` has every one that was found, as (path, code)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.code}" for problem in problems))
        self.problems = problems


def form_from_json(document: object) -> Form:
    """The form that a JSON document defines; a key with null is as if left out.

    Raises:
        InvalidDefinition: it defines none. Codes: required, wrong_type, unknown_field, bad_code,
            bad_text, too_long, not_an_option, out_of_range, duplicate (also a cell called `id`:
            every row has one already), reserved_name (a question called `choice`), unknown_language
            (a text in a language that the form has not), machine_in_consent (a text that nobody has
            read), not_allowed (a key or a rule that this
            type of field has no use for), cycle (a condition or a calculation that waits for
            itself), the codes of `faults_of_expression`, unknown_section and misplaced_section (see
            `faults_of_sections`), lonely_couple, two_highest and half_fixed (see
            `faults_of_couples`), mixed_sensitivity (identifying fields or cells beside others: a
            document is shared whole, so who the child is stands in forms of its own).
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
        "languages": [asdict(language) for language in form.languages],
        "cardinality": form.cardinality,
        "system": form.system,
        **({} if form.name is None else {"name": form.name}),
        **({"consent": True} if form.consent else {}),
        **({"survivors": True} if form.survivors else {}),
        **_machine(form),
        **_parts_to_json(form),
    }


def _parts_to_json(within: Form | Field) -> dict[str, Any]:
    sections = [_section_to_json(section) for section in within.sections]
    fields = [_field_to_json(asked) for asked in within.fields]
    return {**({"sections": sections} if sections else {}), "fields": fields}


def _section_to_json(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        **({} if section.label is None else {"label": dict(section.label)}),
        **({} if section.within is None else {"within": section.within}),
        **({} if section.relevant is None else {"relevant": section.relevant}),
        **_machine(section),
        **({"xpath": dict(section.xpath)} if section.xpath else {}),
    }


def _field_to_json(field: Field) -> dict[str, Any]:
    options = [_option_to_json(option) for option in field.options]
    limits = {"min": field.min, "max": field.max}
    return {
        "name": field.name,
        "type": field.type,
        "label": dict(field.label),
        "required": field.required,
        **({"options": options} if options else {}),
        **{key: limit for key, limit in limits.items() if limit is not None},
        "merge": field.merge,
        **({} if field.couple is None else {"couple": field.couple}),
        **({"protected": True} if field.protected else {}),
        **({} if field.share else {"share": False}),
        **({} if field.section is None else {"section": field.section}),
        **({} if field.renamed_from is None else {"renamed_from": field.renamed_from}),
        **_machine(field),
        "sensitivity": field.sensitivity,
        **{key: dict(text) for key in _TEXTS if (text := getattr(field, key)) is not None},
        **{key: told for key in EXPRESSIONS if (told := getattr(field, key)) is not None},
        **({"xpath": dict(field.xpath)} if field.xpath else {}),
        **(_parts_to_json(field) if field.fields else {}),
    }


def _option_to_json(option: Option) -> dict[str, Any]:
    return {
        "code": option.code,
        "label": dict(option.label),
        **({"attributes": dict(option.attributes)} if option.attributes else {}),
        **({"replaces": list(option.replaces)} if option.replaces else {}),
        **_machine(option),
    }


def _machine(part: Form | Section | Field | Option) -> dict[str, Any]:
    return {"machine": list(part.machine)} if part.machine else {}


_TEXTS = ("hint", "constraint_message")

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


class _Label(fields.Field[Label]):
    """A text by language; in which it has to be is found with the whole form at hand."""

    def __init__(self, *, required: bool) -> None:
        super().__init__(required=required, allow_none=not required, error_messages=_CODES)
        self._text = Text(required=True, limit=1_000)

    def _deserialize(self, value: object, *_: Any, **__: Any) -> Label:
        if not isinstance(value, dict):
            raise ValidationError("wrong_type")
        faults: dict[str, Any] = {}
        for language, text in value.items():
            try:
                self._text.deserialize(text)
            except ValidationError as wrong:
                faults[language] = wrong.messages
        if faults:
            raise ValidationError(faults)
        return MappingProxyType(value)


class _LanguageSchema(_Definition):
    code = Pattern(LANGUAGE_CODE, "bad_code", required=True, limit=20)
    name = Text(required=True, limit=50)
    direction = Choice(get_args(Direction), required=True)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Language:
        return Language(**data)


def _part(schema: type[Schema]) -> fields.Nested:
    return fields.Nested(schema, required=True, error_messages=_CODES)


def _expression() -> fields.Raw:
    """Any JSON; what is wrong with it is found with the whole form at hand."""
    return fields.Raw(allow_none=True)


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


def _languages() -> Choices:
    """Codes of languages, in which some texts were translated by a machine."""
    return Choices(LANGUAGE_CODE.fullmatch, "bad_code", required=False)


def _given(data: Mapping[str, Any], *lists: str) -> dict[str, Any]:
    """The members that were given, some of them as tuples."""
    given = {key: value for key, value in data.items() if value is not None}
    return given | {key: tuple(given[key]) for key in lists if key in given}


def _choice(kind: Any, *, required: bool) -> Answer:
    return Choice(get_args(kind), required=required)


class _OptionSchema(_Definition):
    code = Pattern(OPTION_CODE, "bad_code", required=True, limit=64)
    label = _Label(required=True)
    attributes = fields.Dict(
        keys=Pattern(FIELD_NAME, "bad_code", required=True, limit=64),
        values=Text(required=True, limit=1_000),
        allow_none=True,
        error_messages=_CODES,
    )

    replaces = Choices(OPTION_CODE.fullmatch, "bad_code", required=False)
    machine = _languages()

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Option:
        given = _given(data, "replaces", "machine")
        return Option(**given | {"attributes": MappingProxyType(given.get("attributes", {}))})


class _XPathSchema(_Definition):
    """The sources of expressions; they are compared when they are written out."""

    relevant = Text(required=False, limit=LONGEST_SOURCE)
    constraint = Text(required=False, limit=LONGEST_SOURCE)
    calculation = Text(required=False, limit=LONGEST_SOURCE)
    default = Text(required=False, limit=LONGEST_SOURCE)
    choice_filter = Text(required=False, limit=LONGEST_SOURCE)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Mapping[str, str]:
        return MappingProxyType({key: text for key, text in data.items() if text is not None})


def _xpath() -> fields.Nested:
    return fields.Nested(_XPathSchema, error_messages=_CODES)


class _SectionSchema(_Definition):
    name = Pattern(FIELD_NAME, "bad_code", required=True, limit=64)
    label = _Label(required=False)
    within = Pattern(FIELD_NAME, "bad_code", required=False, limit=64)
    relevant = _expression()
    machine = _languages()
    xpath = _xpath()

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Section:
        return Section(**_given(data, "machine"))


class _QuestionSchema(_Definition):
    """What fields and cells of any type have in common."""

    name = Pattern(FIELD_NAME, "bad_code", required=True, limit=64)
    type = _choice(PlainType, required=True)
    label = _Label(required=True)
    required = YesNo(required=False)
    options = _ListOf(_OptionSchema, required=False)
    merge = _choice(MergeRule, required=False)
    protected = YesNo(required=False)
    sensitivity = _choice(Sensitivity, required=False)
    min = Number(required=False)
    max = Number(required=False)
    hint = _Label(required=False)
    relevant = _expression()
    constraint = _expression()
    constraint_message = _Label(required=False)
    calculation = _expression()
    default = _expression()
    choice_filter = _expression()
    share = YesNo(required=False)
    section = Pattern(FIELD_NAME, "bad_code", required=False, limit=64)
    renamed_from = Pattern(FIELD_NAME, "bad_code", required=False, limit=64)
    machine = _languages()
    xpath = _xpath()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _fits_its_type(self, _: object, original: object, **__: Any) -> None:
        if isinstance(original, dict) and (faults := faults_of_field(original)):
            raise ValidationError(faults)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Field:
        return Field(**_given(data, "options", "fields", "sections", "machine"))


def _with_rows_of(cell: type[Schema]) -> type[Schema]:
    """Questions that may be rows of such cells."""

    class _Question(_QuestionSchema):
        type = _choice(FieldType, required=True)
        sections = _ListOf(_SectionSchema, required=False)
        cells = _ListOf(cell, required=False, data_key="fields", attribute="fields")

    return _Question


_cell: type[Schema] = _QuestionSchema
for _ in range(MOST_LEVELS):
    _cell = _with_rows_of(_cell)


class _FieldSchema(_cell):  # type: ignore[valid-type,misc]  # the outermost of the levels
    couple = Pattern(FIELD_NAME, "bad_code", required=False, limit=64)


class _FormSchema(_Definition):
    code = Pattern(FORM_CODE, "bad_code", required=True, limit=7)
    revision = Integer(required=True, least=1)
    title = _Label(required=True)
    languages = _ListOf(_LanguageSchema, required=True)
    cardinality = _choice(Cardinality, required=True)
    system = YesNo(required=False)
    name = Text(required=False, limit=100)
    machine = _languages()
    consent = YesNo(required=False)
    survivors = YesNo(required=False)
    sections = _ListOf(_SectionSchema, required=False)
    asked = _ListOf(_FieldSchema, required=True, data_key="fields", attribute="fields")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _fits_together(self, _: object, original: object, **__: Any) -> None:
        if isinstance(original, dict) and (faults := faults_of_form(original)):
            raise ValidationError(faults)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Form:
        given = _given(data, "fields", "languages", "sections", "machine")
        return Form(**{"system": False} | given)


_FORM = _FormSchema()
