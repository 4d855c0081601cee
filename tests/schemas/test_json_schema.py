"""Forms as JSON Schema: what it refuses is refused here, too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import Form, InvalidDefinition, form_from_json, form_to_json, library_forms, problems
from schemas.json_schema import schema_of_answers, schema_of_definitions
from tests.schemas.test_conditions import SCHOOL, asked, form_of
from tests.schemas.test_form_properties import forms, forms_with_answers, jsons

WRONG: dict[str, list[Any]] = {
    "text": [5, True, [], "x" * 1_001],
    "integer": ["5", 3.5, 2**53, True],
    "date": ["26.11.2026", 5],
    "datetime": ["2026-11-26", "2026-11-26T08:00"],
    "date_range": [{"from": "2026-11-26"}, "2026", {"a": 1}],
    "yes_no": ["yes", 1],
    "location": ["x" * 13, 5],
}
DEFINITIONS = Draft202012Validator(schema_of_definitions())


def answers_to(form: Form) -> Draft202012Validator:
    return Draft202012Validator(schema_of_answers(form))


def test_both_are_json_schemas_of_the_draft_that_they_name() -> None:
    for schema in (schema_of_definitions(), *map(schema_of_answers, library_forms())):
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        assert json.loads(json.dumps(schema)) == schema


@given(forms() | st.sampled_from(library_forms()))
def test_every_form_is_one_by_the_schema_of_definitions(form: Form) -> None:
    assert DEFINITIONS.is_valid(form_to_json(form))


@given(forms(), st.data())
def test_a_definition_that_the_schema_refuses_is_refused(form: Form, data: st.DataObject) -> None:
    document = form_to_json(form)
    part = data.draw(st.sampled_from([document, *document["fields"]]))
    part[data.draw(st.sampled_from([*part, "odd", "type", "options"]))] = data.draw(jsons)

    if not DEFINITIONS.is_valid(document):
        with pytest.raises(InvalidDefinition):
            form_from_json(document)


@given(forms_with_answers())
def test_right_answers_are_right_by_the_schema(made: tuple[Form, dict[str, Any]]) -> None:
    form, answers = made

    assert answers_to(form).is_valid(answers)


@given(forms_with_answers(), st.data())
def test_answers_that_the_schema_refuses_are_refused(
    made: tuple[Form, dict[str, Any]], data: st.DataObject
) -> None:
    form, answers = made
    name = data.draw(st.sampled_from([*(one.name for one in form.fields), "odd"]))
    answers[name] = data.draw(jsons)

    if not answers_to(form).is_valid(answers):
        assert problems(form, answers, draft=False) != ()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(kind, one) for kind, some in WRONG.items() for one in some],
)
def test_what_is_no_answer_of_a_type_is_refused_by_the_schema(kind: str, wrong: Any) -> None:
    form = form_from_json(form_of(asked("q", kind)))

    assert not answers_to(form).is_valid({"q": wrong})
    assert answers_to(form).is_valid({"q": None})


def test_what_is_asked_under_a_condition_is_not_required_by_the_schema() -> None:
    schema = schema_of_answers(form_from_json(form_of(*SCHOOL, asked("must", required=True))))

    assert schema["required"] == ["must"]
    assert answers_to(form_from_json(form_of(*SCHOOL))).is_valid({"age": 7})
