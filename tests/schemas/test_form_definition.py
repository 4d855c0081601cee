"""Reading and writing definitions of forms."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import pytest

import schemas.library
from schemas import (
    LANGUAGES,
    Field,
    FieldType,
    Form,
    InvalidDefinition,
    MergeRule,
    Problem,
    form_from_json,
    form_to_json,
    library_forms,
    missing_translations,
)
from schemas.definition import MOST_LEVELS, SELECTS
from tests.schemas.rules import rules_of

LABEL = {language.code: "…" for language in LANGUAGES}
LANGUAGES_IN_JSON = [asdict(language) for language in LANGUAGES]


def field(**changes: Any) -> dict[str, Any]:
    return {"name": "visited_on", "type": "date", "label": LABEL} | changes


def of_type(kind: str, **changes: Any) -> dict[str, Any]:
    """A field with what its type needs."""
    options = [{"code": "low", "label": LABEL}]
    cells = [field(name="age", type="integer")]
    has_options = kind in (*SELECTS, "tally")
    more: dict[str, Any] = {"options": options} if has_options else {}
    more |= {"calculation": 1} if kind == "calculated" else {}
    return field(type=kind, **({"fields": cells} if kind == "rows" else more)) | changes


def form(*fields: Any, **changes: Any) -> dict[str, Any]:
    named = {"code": "k99", "revision": 1, "title": LABEL, "cardinality": "one"}
    named["languages"] = LANGUAGES_IN_JSON
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
        Problem("fields[0].label.de", "unknown_language"),
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


@pytest.mark.parametrize("rule", get_args(MergeRule))
@pytest.mark.parametrize("kind", get_args(FieldType))
def test_a_type_of_field_is_merged_only_by_rules_that_make_sense_of_it(
    kind: FieldType, rule: MergeRule
) -> None:
    document = form(of_type(kind, merge=rule))
    if rule in rules_of(kind):
        assert form_from_json(document).fields[0].merge == rule
    else:
        assert faults(document) == {Problem("fields[0].merge", "not_allowed")}


def test_a_rule_that_nobody_knows_is_one_problem() -> None:
    assert faults(form(field(merge="newest"))) == {Problem("fields[0].merge", "not_an_option")}


def test_rows_are_merged_as_rows_without_its_being_said() -> None:
    (read,) = form_from_json(form(of_type("rows"))).fields
    assert read.merge == "rows"
    assert read == Field("visited_on", "rows", LABEL, fields=(Field("age", "integer", LABEL),))


def test_what_merging_needs_is_written_only_where_it_is_set() -> None:
    plain, family = form_to_json(form_from_json(form(field(), of_type("rows", name="family"))))[
        "fields"
    ]
    assert not {"couple", "protected", "fields"} & plain.keys()
    assert "couple" not in family.keys() | family["fields"][0].keys()
    couple = [field(name=name, couple="risk", protected=True) for name in ("level", "review_on")]
    for written in form_to_json(form_from_json(form(*couple)))["fields"]:
        assert (written["couple"], written["protected"]) == ("risk", True)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("rows", "rows"),
        ("select_many", "union"),
        ("form_codes", "union"),
        ("text", "text"),
        ("long_text", "append"),
    ],
)
def test_what_is_merged_in_parts_is_not_coupled(kind: str, rule: str) -> None:
    document = form(of_type(kind, merge=rule, couple="risk"), field(name="other", couple="risk"))
    assert faults(document) == {Problem("fields[0].couple", "not_allowed")}


def test_a_text_or_list_that_is_merged_as_a_whole_may_be_coupled() -> None:
    couple = [of_type(kind, name=kind, couple="risk") for kind in ("text", "select_many")]
    assert {read.couple for read in form_from_json(form(*couple)).fields} == {"risk"}


def test_a_couple_is_more_than_one_field() -> None:
    document = form(
        field(couple="care"), field(name="a", couple="risk"), field(name="b", couple="risk")
    )
    assert faults(document) == {Problem("fields[0].couple", "lonely_couple")}


def test_a_couple_is_fixed_as_a_whole_or_not_at_all() -> None:
    def couple(*rules: str) -> dict[str, Any]:
        return form(
            *(field(name=f"a{at}", merge=one, couple="risk") for at, one in enumerate(rules))
        )

    assert faults(couple("changed", "fixed")) == {Problem("fields[1].couple", "half_fixed")}
    assert {one.merge for one in form_from_json(couple("fixed", "fixed")).fields} == {"fixed"}


def test_a_couple_is_ranked_by_one_field_at_most() -> None:
    ranked = [
        of_type("integer", name=name, merge="highest", couple=couple)
        for name, couple in (("a", "risk"), ("b", "care"), ("c", "risk"), ("d", "care"))
    ]
    assert faults(form(*ranked)) == {
        Problem("fields[2].couple", "two_highest"),
        Problem("fields[3].couple", "two_highest"),
    }


@pytest.mark.parametrize("wrong", ["1risk", "risk level", "r" * 65])
def test_a_couple_is_called_like_a_field(wrong: str) -> None:
    couple = [field(name=name, couple=wrong) for name in ("a", "b")]
    assert {problem.path for problem in faults(form(*couple))} == {
        "fields[0].couple",
        "fields[1].couple",
    }


def test_rows_have_cells_and_nothing_else_has() -> None:
    cells = [field(name="age", type="integer")]
    nothing: tuple[object, ...] = ([], None)
    for none in nothing:
        assert faults(form(field(type="rows", fields=none))) == {
            Problem("fields[0].fields", "required")
        }
    assert faults(form(field(fields=cells))) == {Problem("fields[0].fields", "not_allowed")}
    assert faults(form(field(type="rows", fields={"age": 1}))) == {
        Problem("fields[0].fields", "wrong_type")
    }


def test_a_cell_is_not_coupled_and_merged_by_the_rules_of_its_type() -> None:
    wrong = [
        field(name="together", couple="risk"),
        field(name="merged", merge="rows"),
    ]
    assert faults(form(field(type="rows", fields=wrong))) == {
        Problem("fields[0].fields[0].couple", "unknown_field"),
        Problem("fields[0].fields[1].merge", "not_allowed"),
    }


def test_a_cell_stands_once_and_is_not_called_id() -> None:
    cells = [field(name=name) for name in ("age", "id", "age")]
    assert faults(form(field(type="rows", fields=cells))) == {
        Problem("fields[0].fields[1].name", "duplicate"),
        Problem("fields[0].fields[2].name", "duplicate"),
    }


def test_a_cell_may_be_called_like_a_field() -> None:
    rows = of_type("rows", name="family", fields=[field(name="family")])
    assert form_from_json(form(rows)).fields[0].fields[0].name == "family"


def test_identifying_cells_are_refused_beside_other_fields() -> None:
    cells = [field(name="full_name", type="text", sensitivity="identifying")]
    mixed = {Problem("fields", "mixed_sensitivity")}
    assert faults(form(field(type="rows", fields=cells))) == mixed
    whole = field(type="rows", fields=cells, sensitivity="identifying")
    assert faults(form(whole, field(name="other"))) == mixed
    assert form_from_json(form(whole)).fields[0].sensitivity == "identifying"


def rows_within(levels: int) -> dict[str, Any]:
    innermost = field(name="age", type="integer")
    for level in range(levels):
        innermost = field(name=f"rows{level}", type="rows", fields=[innermost])
    return innermost


def test_rows_may_have_rows_three_levels_deep() -> None:
    read = form_from_json(form(rows_within(MOST_LEVELS)))

    assert form_from_json(form_to_json(read)) == read
    assert faults(form(rows_within(MOST_LEVELS + 1))) == {
        Problem("fields[0].fields[0].fields[0].fields[0].type", "not_an_option"),
        Problem("fields[0].fields[0].fields[0].fields[0].fields", "unknown_field"),
    }


def test_definitions_nested_beyond_the_levels_are_not_followed() -> None:
    place = "fields[0].fields[0].fields[0].fields[0].type"
    assert Problem(place, "not_an_option") in faults(form(rows_within(100_000)))


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


ENGLISH = {"code": "en", "name": "English", "direction": "ltr"}
HAUSA = {"code": "ha-Arab", "name": "هَوُسَ", "direction": "rtl"}


def test_a_form_has_any_languages_and_each_text_the_first_of_them() -> None:
    ask = field(label={"en": "Age", "ha-Arab": "x"}, hint={"en": "In years"})
    document = form(ask, title={"en": "Form"}, languages=[ENGLISH, HAUSA])

    read = form_from_json(document)

    assert [one.direction for one in read.languages] == ["ltr", "rtl"]
    assert form_from_json(form_to_json(read)) == read
    assert missing_translations(read) == (("title", "ha-Arab"), ("fields[0].hint", "ha-Arab"))


def test_what_is_wrong_with_languages_is_said_where_it_stands() -> None:
    select = of_type("select_one", options=[{"code": "low", "label": {"so": "x"}}])
    cell = field(name="age", hint={"de": "x", "en": "y"})
    document = form(
        select,
        of_type("rows", name="family", fields=[cell]),
        languages=[ENGLISH, ENGLISH | {"direction": "up"}],
    )

    assert faults(document) >= {
        Problem("languages[1].code", "duplicate"),
        Problem("languages[1].direction", "not_an_option"),
        Problem("title.ar", "unknown_language"),
        Problem("fields[0].options[0].label.en", "required"),
        Problem("fields[0].options[0].label.so", "unknown_language"),
        Problem("fields[1].fields[0].hint.de", "unknown_language"),
    }
    assert faults(form(languages=[])) == {Problem("languages", "required")}
    assert faults(form(languages=None)) == {Problem("languages", "required")}
