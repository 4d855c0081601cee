"""Whatever the form and whatever the JSON."""

import json
import re
from dataclasses import replace
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
    MergeRule,
    Option,
    form_from_json,
    form_to_json,
    library_forms,
    problems,
)
from schemas.conditions import conditions_of
from schemas.definition import MOST_LEVELS, SELECTS, PlainType, Section
from tests.schemas.rules import ANY, rules_of

GREATEST = 2**53 - 1

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
labels = st.fixed_dictionaries(
    {language.code: texts.map(lambda text: f"x{text}") for language in LANGUAGES}
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
WITHOUT_CONDITIONS = [form for form in library_forms() if not conditions_of(form)]
machines = st.lists(st.sampled_from(["en", "ar", "so"]), max_size=2, unique=True).map(
    lambda codes: tuple(one.code for one in LANGUAGES if one.code in codes)
)
row_ids = st.from_regex(r"[A-Za-z0-9_-]{1,3}", fullmatch=True)
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

WORDS = (*get_args(FieldType), *get_args(MergeRule), "first")
"""What a definition says; put in a wrong place they come closer to a form than any JSON."""

PATH = re.compile(r"([A-Za-z0-9_]*)(?:\[([0-9]+)\](?:\.([A-Za-z0-9_]+)([\[.].*)?)?)?")
"""A field, the index of an entry or row, a cell, and what is in that."""

WITH_OPTIONS: tuple[FieldType, ...] = (*SELECTS, "tally")
ATTACHED: tuple[FieldType, ...] = ("photo", "audio", "file", "signature")
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
    "bad_agency",
    "bad_form_code",
    "bad_location",
    "bad_attachment",
    "bad_phone",
    "bad_row_id",
}


@st.composite
def questions(draw: st.DrawFn, name: str, *, identifying: bool) -> Field:
    """A field that is answered once, or a cell."""
    kind: FieldType = draw(st.sampled_from(get_args(PlainType)))
    is_note = kind == "note"
    codes = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    limits: list[Any] = [None, None]
    if kind in ("integer", "decimal"):
        number = integers if kind == "integer" else decimals
        limits = sorted([draw(number), draw(number)])
    return Field(
        name=name,
        type=kind,
        label=draw(labels),
        machine=draw(machines),
        required=draw(st.booleans()) and not is_note,
        options=tuple(Option(code, draw(labels)) for code in codes if kind in WITH_OPTIONS),
        calculation=1 if kind == "calculated" else None,
        share=draw(st.booleans()),
        merge=draw(st.sampled_from(rules_of(kind))),
        sensitivity="identifying" if identifying else draw(st.sampled_from(["sensitive", "plain"])),
        min=limits[0],
        max=limits[1],
        protected=draw(st.booleans()) and not is_note,
    )


@st.composite
def groups_of_rows(draw: st.DrawFn, name: str, *, identifying: bool, level: int = 1) -> Field:
    cells = draw(st.lists(names.filter("id".__ne__), min_size=1, max_size=3, unique=True))
    deeper = level < MOST_LEVELS and draw(st.integers(0, 3)) == 0
    fields, sections = draw(
        in_sections(
            [
                draw(groups_of_rows(cell, identifying=identifying, level=level + 1))
                if deeper and cell == cells[0]
                else draw(questions(cell, identifying=identifying))
                for cell in cells
            ]
        )
    )
    return Field(
        name=name,
        type="rows",
        label=draw(labels),
        required=draw(st.booleans()),
        sensitivity="identifying" if identifying else draw(st.sampled_from(["sensitive", "plain"])),
        protected=draw(st.booleans()),
        fields=fields,
        sections=sections,
    )


@st.composite
def in_sections(
    draw: st.DrawFn, asked: list[Field]
) -> tuple[tuple[Field, ...], tuple[Section, ...]]:
    """The fields, some of them in sections, and these."""
    fields: list[Field] = []
    sections: list[Section] = []
    around: list[str] = []
    for one in asked:
        del around[draw(st.integers(0, len(around))) :]
        if draw(st.booleans()):
            within = around[-1] if around else None
            around.append(f"s{len(sections)}")
            sections.append(Section(around[-1], draw(st.none() | labels), within))
        fields.append(replace(one, section=around[-1] if around else None))
    return tuple(fields), tuple(sections)


@st.composite
def coupled(draw: st.DrawFn, asked: list[Field]) -> tuple[Field, ...]:
    """The fields, some of them in groups of two or more of which one at most is ranked, and all
    are fixed or none.
    """
    answered = (one for one in asked if one.type != "note")
    whole = [one for one in answered if one.merge in (*ANY, "highest")]
    shuffled = draw(st.permutations(whole))
    couples: dict[str, str] = {}
    for couple, members in (("first", shuffled[:2]), ("second", shuffled[2:5])):
        ranked = [one for one in members if one.merge == "highest"]
        fixed = [one for one in members if one.merge == "fixed"]
        kept = [one for one in members if one not in ranked[1:] and one not in fixed]
        kept = fixed if len(fixed) >= 2 else kept
        if len(kept) >= 2 and draw(st.booleans()):
            couples |= {one.name: couple for one in kept}
    return tuple(replace(one, couple=couples.get(one.name)) for one in asked)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    identifying = draw(st.booleans())
    asked = [
        draw(
            questions(name, identifying=identifying) | groups_of_rows(name, identifying=identifying)
        )
        for name in draw(st.lists(names, min_size=1, max_size=6, unique=True))
    ]
    fields, sections = draw(in_sections(asked))
    return Form(
        code=f"k{draw(st.integers(1, 999_999))}",
        revision=draw(st.integers(1, GREATEST)),
        title=draw(labels),
        cardinality=draw(st.sampled_from(["one", "many"])),
        system=draw(st.booleans()),
        fields=draw(coupled(list(fields))),
        sections=sections,
        name=draw(st.none() | names),
        machine=draw(machines),
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
        "ordered_choice": st.sampled_from(codes),
        "select_many": st.lists(st.sampled_from(codes), min_size=not blank, unique=True),
        "user": st.sampled_from(["amina", "bilal", "chen", "dina"]),
        "form_codes": st.lists(
            st.integers(1, 999_999).map(lambda number: f"k{number}"),
            min_size=not blank,
            max_size=5,
            unique=True,
        ),
        "location": st.sampled_from(["SD", "SD01", "SO2804"]),
        **dict.fromkeys(ATTACHED, st.from_regex(r"[0-9a-f]{64}\.jpg", fullmatch=True)),
        "agency": st.sampled_from(["agency-a", "b"]),
        "barcode": texts if blank else texts.map(lambda text: f"x{text}"),
        "calculated": st.booleans() | integers,
        "date_range": st.dates().map(lambda day: {"from": "0001-01-01", "to": day.isoformat()}),
        "tally": st.dictionaries(st.sampled_from(codes), st.integers(0, 99), min_size=not blank),
        "phone": st.from_regex(r"\+[0-9]{8,15}", fullmatch=True),
    }
    if field.type == "rows":
        row = answers_to(field.fields).flatmap(
            lambda cells: row_ids.map(lambda row_id: {"id": row_id, **cells})
        )
        return st.lists(row, min_size=not blank, max_size=4)
    return answers[field.type]


@st.composite
def answers_to(draw: st.DrawFn, asked: tuple[Field, ...]) -> dict[str, Any]:
    data = {}
    for field in asked:
        if field.type == "note":
            continue
        presence = "answered" if field.required else draw(st.sampled_from(PRESENCES))
        if presence != "missing":
            data[field.name] = draw(answer_to(field)) if presence == "answered" else None
    return data


@st.composite
def forms_with_answers(draw: st.DrawFn) -> tuple[Form, dict[str, Any]]:
    form = draw(forms() | st.sampled_from(WITHOUT_CONDITIONS))
    return form, draw(answers_to(form.fields))


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
    cells = [cell for asked in document["fields"] for cell in asked.get("fields", [])]
    part: Any = data.draw(
        st.sampled_from([document, document["title"], *document["fields"], *cells])
    )
    key = data.draw(st.sampled_from(sorted({*part, "couple", "fields", "merge", "type"})))
    part[key] = data.draw(jsons | st.sampled_from(WORDS))
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


@given(forms() | st.sampled_from(WITHOUT_CONDITIONS), st.booleans(), st.data())
def test_any_json_is_validated_and_no_problem_holds_an_answer(
    form: Form, draft: bool, choice: st.DataObject
) -> None:
    cells = [cell.name for field in form.fields for cell in field.fields]
    keys = st.sampled_from(["id", *cells]) | names | st.text(st.characters())
    rows = st.lists(st.dictionaries(keys, jsons), max_size=3)
    asked = st.sampled_from([field.name for field in form.fields])
    data: Any = choice.draw(jsons | st.dictionaries(asked, jsons | rows))
    for problem in problems(form, data, draft=draft):
        path = PATH.fullmatch(problem.path)
        assert path is not None
        assert problem.code in CODES
        name, index, cell, _ = path.groups()
        fields = {field.name: field for field in form.fields}
        if cell is not None and cell not in {"id", *(one.name for one in fields[name].fields)}:
            assert (cell in data[name][int(index)], problem.code) == (True, "unknown_field")
        if name not in {"", *fields}:
            assert (name in data, problem.code) == (True, "unknown_field")


@given(forms_with_answers())
def test_a_row_may_miss_in_a_draft_all_but_its_id(made: tuple[Form, dict[str, Any]]) -> None:
    form, data = made
    of_rows = {field.name: field for field in form.fields if field.type == "rows"}
    for name in of_rows.keys() & data.keys():
        data[name] = [{"id": row["id"]} for row in data[name] or []]
    assert problems(form, data, draft=True) == ()
    missed = {problem.path for problem in problems(form, data, draft=False)}
    assert missed == {
        f"{name}[{index}].{cell.name}"
        for name in of_rows.keys() & data.keys()
        for index in range(len(data[name]))
        for cell in of_rows[name].fields
        if cell.required
    } | {name for name, field in of_rows.items() if field.required and not data[name]}


@given(forms_with_answers(), st.data())
def test_one_answer_replaced_leaves_problems_of_that_answer_only(
    made: tuple[Form, dict[str, Any]], choice: st.DataObject
) -> None:
    form, data = made
    replaced = choice.draw(st.sampled_from([field.name for field in form.fields]))
    found = problems(form, data | {replaced: choice.draw(jsons)}, draft=False)
    assert {problem.path.partition("[")[0] for problem in found} <= {replaced}
