"""Reading and writing definitions of forms."""

import json
from pathlib import Path
from typing import Any

import pytest

import schemas.library
from schemas import (
    LANGUAGES,
    Field,
    Form,
    InvalidDefinition,
    Problem,
    form_from_json,
    form_to_json,
    library_forms,
)

LABEL = dict.fromkeys(LANGUAGES, "…")


def field(**changes: Any) -> dict[str, Any]:
    return {"name": "visited_on", "type": "date", "label": LABEL} | changes


def form(*fields: Any, **changes: Any) -> dict[str, Any]:
    named = {"code": "k99", "revision": 1, "title": LABEL, "cardinality": "one"}
    return named | {"fields": list(fields or [field()])} | changes


def faults(document: object) -> set[Problem]:
    with pytest.raises(InvalidDefinition) as raised:
        form_from_json(document)
    return set(raised.value.problems)


def test_what_is_left_out_of_a_field_has_its_default() -> None:
    (read,) = form_from_json(form(field(required=None, options=None))).fields
    assert read == Field("visited_on", "date", LABEL)
    assert (read.required, read.options, read.merge) == (False, (), "changed")
    assert read.sensitivity == "sensitive"


def test_a_form_survives_json() -> None:
    for original in library_forms():
        assert form_from_json(json.loads(json.dumps(form_to_json(original)))) == original


def test_writing_a_library_form_gives_its_file() -> None:
    for file in Path(schemas.library.__file__).parent.glob("*.json"):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert form_to_json(form_from_json(document)) == document


def test_forms_are_equal_by_value_and_can_be_keys() -> None:
    first, second = form_from_json(form()), form_from_json(form())
    assert first is not second
    assert {first: 1}[second] == 1
    assert form_from_json(form(title=LABEL | {"en": "other"})) != first


def test_a_form_can_not_be_changed() -> None:
    read = form_from_json(form())
    with pytest.raises(AttributeError):
        read.code = "k1"  # type: ignore[misc]
    with pytest.raises(TypeError):
        read.title["en"] = "other"  # type: ignore[index]


@pytest.mark.parametrize("document", [None, 1, "k1", [], [[]], True])
def test_what_is_no_object_is_no_form(document: object) -> None:
    assert faults(document) == {Problem("", "wrong_type")}


def test_all_problems_are_told_at_once() -> None:
    document = form(
        field(name="Visited On", label={"en": " ", "ar": "…", "so": 1, "de": "…"}),
        field(type="colour"),
        field(type="select_one"),
        5,
        code="case",
        revision=0,
        colour="red",
    )
    assert faults(document) == {
        Problem("code", "bad_code"),
        Problem("revision", "out_of_range"),
        Problem("colour", "unknown_field"),
        Problem("fields[0].name", "bad_code"),
        Problem("fields[0].label.en", "required"),
        Problem("fields[0].label.so", "wrong_type"),
        Problem("fields[0].label.fr", "required"),
        Problem("fields[0].label.de", "unknown_field"),
        Problem("fields[1].type", "not_an_option"),
        Problem("fields[2].name", "duplicate"),
        Problem("fields[2].options", "required"),
        Problem("fields[3]", "wrong_type"),
    }


def test_a_form_asks_at_least_one_question() -> None:
    assert faults(form(fields=[])) == {Problem("fields", "required")}


def test_an_object_is_no_list_of_fields() -> None:
    assert faults(form(fields={"name": 1})) == {Problem("fields", "wrong_type")}


@pytest.mark.parametrize("wrong", ["true", 1, 0])
def test_required_is_true_or_false(wrong: object) -> None:
    assert faults(form(field(required=wrong))) == {Problem("fields[0].required", "wrong_type")}


@pytest.mark.parametrize("wrong", ["1", 1.0, True])
def test_a_revision_is_an_integer(wrong: object) -> None:
    assert faults(form(revision=wrong)) == {Problem("revision", "wrong_type")}


def test_only_selects_have_options() -> None:
    options = [{"code": "low", "label": LABEL}]
    assert faults(form(field(options=options))) == {Problem("fields[0].options", "not_allowed")}


def test_an_option_stands_once() -> None:
    options = [{"code": code, "label": LABEL} for code in ("low", "high", "low")]
    select = field(type="select_one", options=options)
    assert faults(form(select)) == {Problem("fields[0].options[2].code", "duplicate")}


@pytest.mark.parametrize("kind", ["text", "date", "integer", "location"])
def test_only_lists_are_merged_by_union(kind: str) -> None:
    merged = field(type=kind, merge="union")
    assert faults(form(merged)) == {Problem("fields[0].merge", "not_allowed")}


def test_form_codes_may_be_merged_by_union() -> None:
    (read,) = form_from_json(form(field(type="form_codes", merge="union"))).fields
    assert read.merge == "union"


def test_only_numbers_have_limits() -> None:
    limited = field(min=1, max=2)
    assert faults(form(limited)) == {
        Problem("fields[0].min", "not_allowed"),
        Problem("fields[0].max", "not_allowed"),
    }


def test_the_greatest_number_is_not_below_the_least() -> None:
    upside_down = field(type="integer", min=2, max=1)
    assert faults(form(upside_down)) == {Problem("fields[0].max", "out_of_range")}


def test_identifying_fields_are_refused_beside_others() -> None:
    document = form(field(name="full_name", sensitivity="identifying"), field(), field())
    assert faults(document) == {
        Problem("fields", "mixed_sensitivity"),
        Problem("fields[2].name", "duplicate"),
    }


@pytest.mark.parametrize("wrong", ["k1\n", "k0", "K1", "k", "k1234567", "k1:2"])
def test_a_form_code_is_k_and_a_number(wrong: str) -> None:
    assert {problem.path for problem in faults(form(code=wrong))} == {"code"}


def test_the_message_of_an_invalid_definition_names_path_and_code() -> None:
    with pytest.raises(InvalidDefinition, match=r"^code: required; revision: wrong_type$"):
        form_from_json(form(code=None, revision="one"))


def test_a_form_made_by_hand_is_written_and_read() -> None:
    made = Form("k99", 3, LABEL, "many", False, (Field("visited_on", "date", LABEL),))
    assert form_from_json(form_to_json(made)) == made
