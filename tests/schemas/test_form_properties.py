"""Whatever the form and whatever the JSON."""

import json
from datetime import UTC
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas import (
    LANGUAGES,
    Field,
    FieldType,
    Form,
    InvalidDefinition,
    Option,
    form_from_json,
    form_to_json,
    library_forms,
    problems,
)

GREATEST = 2**53 - 1

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
labels = st.fixed_dictionaries(
    {language: texts.map(lambda text: f"x{text}") for language in LANGUAGES}
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
integers = st.integers(-GREATEST, GREATEST)
decimals = integers | st.floats(-GREATEST, GREATEST)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(names | st.text(st.characters()), inner, max_size=5)
    ),
    max_leaves=20,
)

PRESENCES = ("answered", "null", "missing")
CODES = {
    "required",
    "wrong_type",
    "unknown_field",
    "not_an_option",
    "out_of_range",
    "too_long",
    "duplicate",
    "bad_text",
    "bad_date",
    "bad_user",
    "bad_form_code",
    "bad_location",
    "bad_attachment",
    "bad_phone",
}


@st.composite
def fields_(draw: st.DrawFn, name: str, *, identifying: bool) -> Field:
    kind: FieldType = draw(st.sampled_from(get_args(FieldType)))
    codes = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    limits: list[Any] = [None, None]
    if kind in ("integer", "decimal"):
        number = integers if kind == "integer" else decimals
        limits = sorted([draw(number), draw(number)])
    listed = kind in ("select_many", "form_codes")
    return Field(
        name=name,
        type=kind,
        label=draw(labels),
        required=draw(st.booleans()),
        options=tuple(Option(code, draw(labels)) for code in codes if kind.startswith("select")),
        merge=draw(st.sampled_from(["changed", "union"])) if listed else "changed",
        sensitivity="identifying" if identifying else draw(st.sampled_from(["sensitive", "plain"])),
        min=limits[0],
        max=limits[1],
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    identifying = draw(st.booleans())
    asked = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    return Form(
        code=f"k{draw(st.integers(1, 999_999))}",
        revision=draw(st.integers(1, GREATEST)),
        title=draw(labels),
        cardinality=draw(st.sampled_from(["one", "many"])),
        system=draw(st.booleans()),
        fields=tuple(draw(fields_(name, identifying=identifying)) for name in asked),
    )


def answer_to(field: Field) -> st.SearchStrategy[Any]:
    """Right answers, written from what the definition says rather than from the validator."""
    codes = [option.code for option in field.options] or [""]
    blank = not field.required
    answers: dict[FieldType, st.SearchStrategy[Any]] = {
        "text": texts if blank else texts.map(lambda text: f"x{text}"),
        "long_text": texts if blank else texts.map(lambda text: f"x{text}"),
        "integer": st.integers(field.min, field.max),  # type: ignore[arg-type]
        "decimal": st.sampled_from([field.min, field.max]),
        "date": st.dates().map(lambda day: day.isoformat()),
        "datetime": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
        "yes_no": st.booleans(),
        "select_one": st.sampled_from(codes),
        "select_many": st.lists(st.sampled_from(codes), min_size=not blank, unique=True),
        "user": st.sampled_from(["amina", "bilal", "chen", "dina"]),
        "form_codes": st.lists(
            st.integers(1, 999_999).map(lambda number: f"k{number}"),
            min_size=not blank,
            max_size=5,
            unique=True,
        ),
        "location": st.sampled_from(["SD", "SD01", "SO2804"]),
        "attachment": st.from_regex(r"[0-9a-f]{64}\.jpg", fullmatch=True),
        "phone": st.from_regex(r"\+[0-9]{8,15}", fullmatch=True),
    }
    return answers[field.type]


@st.composite
def forms_with_answers(draw: st.DrawFn) -> tuple[Form, dict[str, Any]]:
    form = draw(forms() | st.sampled_from(library_forms()))
    data = {}
    for field in form.fields:
        presence = "answered" if field.required else draw(st.sampled_from(PRESENCES))
        if presence != "missing":
            data[field.name] = draw(answer_to(field)) if presence == "answered" else None
    return form, data


def read(document: object) -> Form | None:
    """The form, None if the document is none for reasons that are told; else the error goes on."""
    try:
        return form_from_json(document)
    except InvalidDefinition as invalid:
        if not invalid.problems:
            raise
        return None


@given(forms())
def test_a_form_comes_back_from_json_equal(form: Form) -> None:
    assert form_from_json(form_to_json(form)) == form
    assert form_from_json(json.loads(json.dumps(form_to_json(form)))) == form


@given(jsons)
def test_any_json_is_a_form_or_an_invalid_definition(document: object) -> None:
    read(document)


@given(forms(), st.data())
def test_a_definition_with_one_part_replaced_is_a_form_or_an_invalid_definition(
    form: Form, data: st.DataObject
) -> None:
    document = form_to_json(form)
    part: Any = data.draw(st.sampled_from([document, document["title"], *document["fields"]]))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(jsons)
    again = read(document)
    assert again is None or form_from_json(form_to_json(again)) == again


@given(forms_with_answers())
def test_answers_made_after_the_definition_have_no_problem(
    made: tuple[Form, dict[str, Any]],
) -> None:
    form, data = made
    assert problems(form, data, draft=False) == ()
    assert problems(form, data, draft=True) == ()


@given(forms_with_answers(), st.data())
def test_only_required_answers_are_missed_and_never_in_a_draft(
    made: tuple[Form, dict[str, Any]], choice: st.DataObject
) -> None:
    form, data = made
    left_out = choice.draw(st.sets(st.sampled_from([field.name for field in form.fields])))
    kept = {name: answer for name, answer in data.items() if name not in left_out}
    required = [field.name for field in form.fields if field.required and field.name in left_out]
    missed = problems(form, kept, draft=False)
    assert [(problem.path, problem.code) for problem in missed] == [
        (name, "required") for name in required
    ]
    assert problems(form, kept, draft=True) == ()


@given(forms() | st.sampled_from(library_forms()), st.booleans(), st.data())
def test_any_json_is_validated_and_no_problem_holds_an_answer(
    form: Form, draft: bool, choice: st.DataObject
) -> None:
    answers = st.dictionaries(st.sampled_from([field.name for field in form.fields]), jsons)
    data = choice.draw(jsons | answers)
    for problem in problems(form, data, draft=draft):
        name, _, index = problem.path.partition("[")
        assert problem.code in CODES
        assert name in {"", *(field.name for field in form.fields)} or (
            isinstance(data, dict) and name in data and problem.code == "unknown_field"
        )
        assert index == "" or index.removesuffix("]").isdecimal()


@given(forms_with_answers(), st.data())
def test_one_answer_replaced_leaves_problems_of_that_answer_only(
    made: tuple[Form, dict[str, Any]], choice: st.DataObject
) -> None:
    form, data = made
    replaced = choice.draw(st.sampled_from([field.name for field in form.fields]))
    found = problems(form, data | {replaced: choice.draw(jsons)}, draft=False)
    assert {problem.path.partition("[")[0] for problem in found} <= {replaced}
