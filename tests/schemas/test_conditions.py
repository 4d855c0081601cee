"""Conditions of a form: what is not asked is not required, and answers keep to constraints."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from schemas import (
    InvalidDefinition,
    Problem,
    fields_of_rule,
    form_from_json,
    form_to_json,
    problems,
)

TODAY = "2026-11-26"


def label(text: str) -> dict[str, str]:
    return {"en": text}


def asked(name: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": label(name), **more}


def form_of(*fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": "k30",
        "revision": 1,
        "title": label("Form"),
        "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
        "cardinality": "one",
        "fields": list(fields),
    }


def found(
    fields: list[dict[str, Any]], data: Any, today: str | None = TODAY, *, draft: bool = False
) -> list[tuple[str, str]]:
    form = form_from_json(form_of(*fields))
    return [(one.path, one.code) for one in problems(form, data, draft=draft, today=today)]


def faults(*fields: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDefinition) as refused:
        form_from_json(form_of(*fields))
    return [(one.path, one.code) for one in refused.value.problems]


ADULT = {">=": [{"var": "age"}, 18]}
SCHOOL = [
    asked("age"),
    asked("in_school", "yes_no", required=True, relevant={"<": [{"var": "age"}, 18]}),
    asked("grade", required=True, relevant={"var": "in_school"}),
    asked("teacher", "text", required=True, relevant={">": [{"var": "grade"}, 3]}),
]


@pytest.mark.parametrize(
    ("data", "problems_of_it"),
    [
        ({}, []),
        ({"age": 30}, []),
        ({"age": 7}, [("in_school", "required")]),
        ({"age": 7, "in_school": False}, []),
        ({"age": 7, "in_school": True}, [("grade", "required")]),
        ({"age": 7, "in_school": True, "grade": 4}, [("teacher", "required")]),
        ({"age": 7, "in_school": True, "grade": 4, "teacher": " "}, [("teacher", "required")]),
        ({"age": 7, "in_school": True, "grade": 4, "teacher": "x"}, []),
    ],
)
def test_what_is_not_asked_is_not_required(data: Any, problems_of_it: list[Any]) -> None:
    assert found(SCHOOL, data) == problems_of_it
    assert found(SCHOOL, data, draft=True) == []


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]])
def test_an_answer_that_is_hidden_is_kept_and_decides_nothing(order: list[int]) -> None:
    """The age was corrected, or another tablet's edit came first."""
    fields = [SCHOOL[at] for at in order]

    assert found(fields, {"age": 30, "in_school": True, "grade": 4}) == []


def test_what_is_hidden_still_has_to_be_an_answer() -> None:
    assert found(SCHOOL, {"age": 30, "grade": "four"}) == [("grade", "wrong_type")]


def test_an_answer_that_breaks_its_constraint_is_told_by_path_and_code() -> None:
    fields = [
        asked(
            "age", constraint={"and": [{">=": [{"var": "age"}, 0]}, {"<": [{"var": "age"}, 25]}]}
        ),
        asked("born", "date", constraint={"<=": [{"var": "born"}, {"today": []}]}),
    ]

    assert found(fields, {"age": 30, "born": "2026-11-27"}) == [
        ("age", "constraint"),
        ("born", "constraint"),
    ]
    assert found(fields, {"age": 24, "born": "2026-11-26"}) == []
    assert found(fields, {}) == []


def test_an_answer_that_is_hidden_breaks_no_constraint() -> None:
    fields = [asked("age"), asked("wage", relevant=ADULT, constraint={">": [{"var": "wage"}, 0]})]

    assert found(fields, {"age": 7, "wage": -1}) == []
    assert found(fields, {"age": 18, "wage": -1}) == [("wage", "constraint")]


def test_what_was_merged_has_no_day_and_is_not_held_to_one() -> None:
    next_visit = asked("next", "date", constraint={">": [{"var": "next"}, {"today": []}]})
    soon = asked("soon", "yes_no", required=True, relevant={"<": [{"today": []}, {"var": "next"}]})

    assert found([next_visit, soon], {"next": "2020-01-01"}, None) == []
    assert found([next_visit, soon], {"next": "2020-01-01"}) == [("next", "constraint")]
    assert found([next_visit, soon], {"next": "2027-01-01"}) == [("soon", "required")]


FAMILY = [
    asked("adults_only", "yes_no"),
    asked(
        "family",
        "rows",
        fields=[
            asked("age", required=True, constraint={"<=": [{"var": "age"}, {"var": "oldest"}]}),
            asked("work", "text", required=True, relevant=ADULT),
            asked("wage", required=True, relevant={"!=": [{"var": "work"}, None]}),
        ],
    ),
    asked("oldest"),
    asked("sum", required=True, relevant={">": [{"sum": {"var": "family.wage"}}, 100]}),
]


def test_in_a_row_conditions_are_about_that_row() -> None:
    family = [{"id": "a", "age": 40}, {"id": "b", "age": 7}, {"id": "c", "age": 30, "work": "x"}]

    assert found(FAMILY, {"oldest": 39, "family": family}) == [
        ("family[0].work", "required"),
        ("family[2].wage", "required"),
        ("family[0].age", "constraint"),
    ]


def test_what_is_hidden_in_a_row_does_not_count_in_a_sum() -> None:
    worker = {"id": "a", "age": 40, "work": "x", "wage": 200}
    child = {"id": "b", "age": 7, "work": "x", "wage": 200}

    assert found(FAMILY, {"oldest": 99, "family": [worker]}) == [("sum", "required")]
    assert found(FAMILY, {"oldest": 99, "family": [child]}) == []


def test_of_a_group_that_is_hidden_nothing_is_required() -> None:
    fields = [{**FAMILY[1], "relevant": {"var": "adults_only"}}, *FAMILY[:1], *FAMILY[2:]]
    data = {"oldest": 99, "family": [{"id": "a"}, {"id": "b", "age": "x"}]}

    assert found(fields, data) == [("family[1].age", "wrong_type")]
    assert found(fields, {**data, "adults_only": True})[0] == ("family[0].age", "required")


def test_an_answer_after_a_thousand_rows_is_looked_at_too() -> None:
    rows = [{"id": str(at)} for at in range(999)] + [{"id": "last", "age": 7, "work": 5}]
    fields = [
        {
            **FAMILY[1],
            "fields": [asked("age"), asked("work", "text", required=True, relevant=ADULT)],
        }
    ]

    assert found(fields, {"family": rows}) == [("family[999].work", "wrong_type")]


@pytest.mark.parametrize(
    "data", [None, [], "x", {"family": 5}, {"family": [5, None, []]}, {"age": {}}]
)
def test_whatever_is_answered_conditions_are_decided(data: Any) -> None:
    found(FAMILY, data)
    found(SCHOOL, data)


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        (asked("b", relevant={"var": "nobody"}), ("fields[1].relevant", "unknown_variable")),
        (asked("b", constraint={"eval": ["1"]}), ("fields[1].constraint", "unknown_operator")),
        (asked("b", calculation={"if": [1]}), ("fields[1].calculation", "wrong_operands")),
        (asked("b", default={"regex": ["a", "("]}), ("fields[1].default", "bad_pattern")),
        (asked("b", default=[1]), ("fields[1].default", "not_an_expression")),
        (asked("b", hint={"so": "x"}), ("fields[1].hint.en", "required")),
        (asked("b", relevant={"var": "b"}), ("fields[1].relevant", "cycle")),
        (
            asked("b", "rows", fields=[asked("c"), asked("d", relevant={"var": "x"})]),
            ("fields[1].fields[1].relevant", "unknown_variable"),
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_where_it_stands(
    field: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(asked("a"), field)[0] == fault


def test_conditions_that_wait_for_each_other_are_refused() -> None:
    def waits(name: str, other: str) -> dict[str, Any]:
        return asked(name, relevant={"var": other})

    assert faults(waits("a", "b"), waits("b", "c"), waits("c", "a"), waits("d", "a")) == [
        ("fields[0].relevant", "cycle"),
        ("fields[1].relevant", "cycle"),
        ("fields[2].relevant", "cycle"),
    ]
    assert faults(
        asked("a", calculation={"+": [{"var": "b"}, 1]}), asked("b", relevant={"var": "a"})
    ) == [("fields[0].calculation", "cycle"), ("fields[1].relevant", "cycle")]


def test_a_definition_with_conditions_is_the_same_after_a_journey_as_json() -> None:
    definition = form_of(
        asked(
            "a",
            hint=label("help"),
            relevant={"today": []},
            constraint={"var": "a"},
            constraint_message=label("no"),
            calculation=5,
            default={"date": ["2020-01-01"]},
        ),
        *FAMILY,
    )
    form = form_from_json(definition)

    assert form_from_json(form_to_json(form)) == form
    assert form.fields[0].calculation == 5
    assert form.fields[0].hint == label("help")


def test_what_every_row_needs_is_needed_in_a_hidden_group_too() -> None:
    """Merging goes by the ids of rows; and parts of an answer make it one."""
    fields = [
        asked("x", "yes_no"),
        asked("family", "rows", relevant={"var": "x"}, fields=[asked("age", required=True)]),
        asked("stay", "date_range", relevant={"var": "x"}),
    ]

    assert found(fields, {"family": [{"age": 3}, {"id": "b"}], "stay": {"from": "2026-01-01"}}) == [
        ("family[0].id", "required"),
        ("stay.to", "required"),
    ]


BY_THE_DAY = {">=": [{"today": []}, {"var": "from_day"}]}


def test_without_a_day_nobody_knows_what_hangs_on_it() -> None:
    """And so it is neither required, nor in anybody's way: a merge has no day."""
    fields = [
        asked("from_day", "date"),
        asked("guardian", "text", required=True, relevant={"!": [BY_THE_DAY]}),
        asked("start", relevant=BY_THE_DAY),
        asked("end", constraint={">=": [{"var": "end"}, {"var": "start"}]}),
        asked("kind", "text", relevant=BY_THE_DAY),
        asked("why", "text", required=True, relevant={"!=": [{"var": "kind"}, "child"]}),
    ]
    data = {"from_day": "2026-01-01", "start": 1, "end": 2, "kind": "child"}

    assert found(fields, data) == []
    assert found(fields, data, None) == []
    assert found(fields, {"from_day": "2027-01-01"}, None) == []
    assert found(fields, {"from_day": "2027-01-01"}) == [
        ("guardian", "required"),
        ("why", "required"),
    ]


def test_in_a_row_a_name_is_that_of_the_cell_even_where_it_has_no_answer() -> None:
    school = asked("school", "text", required=True, relevant={"<": [{"var": "age"}, 18]})
    hidden = asked("age", relevant={"var": "asked"})
    plain = [asked("age"), asked("family", "rows", fields=[asked("age"), school])]
    guarded = [
        asked("age"),
        asked("family", "rows", fields=[hidden, school, asked("asked", "yes_no")]),
    ]

    for row in ({"id": "a"}, {"id": "a", "age": None}):
        assert found(plain, {"age": 7, "family": [row]}) == []
    assert found(guarded, {"age": 7, "family": [{"id": "a", "age": 40}]}) == []
    assert found(plain, {"age": 40, "family": [{"id": "a", "age": 7}]}) == [
        ("family[0].school", "required")
    ]


def test_the_id_of_a_row_is_no_answer() -> None:
    same = asked("n", "text", constraint={"==": [{"var": "n"}, {"var": "id"}]})
    fields = [asked("id", "text"), asked("family", "rows", fields=[same])]

    assert found(fields, {"id": "doc", "family": [{"id": "row", "n": "doc"}]}) == []
    assert found(fields, {"id": "doc", "family": [{"id": "row", "n": "row"}]}) == [
        ("family[0].n", "constraint")
    ]


def test_a_cell_that_has_the_name_of_a_field_makes_no_cycle() -> None:
    fields = [
        asked("x", relevant={"!=": [{"count": {"var": "family.c"}}, 3]}),
        asked("family", "rows", fields=[asked("x"), asked("c", relevant={"var": "x"})]),
    ]

    assert found(fields, {"family": [{"id": "a", "x": 1, "c": 2}]}) == []


def test_forms_that_differ_in_true_and_one_are_two_forms() -> None:
    one, other = (
        form_from_json(
            form_of(
                asked("s", "yes_no"), asked("q", required=True, relevant={"==": [{"var": "s"}, it]})
            )
        )
        for it in (True, 1)
    )

    assert one != other
    assert len(problems(one, {"s": True}, draft=False)) == 1
    assert problems(other, {"s": True}, draft=False) == ()


def test_conditions_take_time_by_the_rows_and_not_by_their_square() -> None:
    share = asked("share", constraint={"<=": [{"var": "share"}, {"sum": {"var": "family.share"}}]})
    fields = [
        asked("x", "yes_no"),
        asked(
            "family",
            "rows",
            relevant={"!": [{"var": "x"}]},
            fields=[
                share,
                *(asked(f"c{at}", required=True, relevant={"var": "share"}) for at in range(15)),
            ],
        ),
    ]
    rows = [{"id": str(at), "share": 1} for at in range(1_000)]
    form = form_from_json(form_of(*fields))

    def work(count: int, **answers: Any) -> int:
        """How many functions are called: unlike time, the same on every machine."""
        calls = 0

        def count_call(_: Any, event: str, __: Any) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(count_call)
        try:
            problems(form, {"family": rows[:count], **answers}, draft=True, today=TODAY)
        finally:
            sys.setprofile(None)
        return calls

    assert work(1_000) < 12 * work(100)
    assert work(1_000, x=True) < 12 * work(100, x=True)


def test_a_list_that_is_too_long_is_not_looked_through() -> None:
    fields = [FAMILY[1], asked("oldest")]
    rows = [{"id": str(at), "age": 1} for at in range(1_001)]

    assert found(fields, {"family": rows}) == [("family", "too_long")]


def test_each_cycle_is_told_at_the_expressions_that_make_it() -> None:
    assert faults(
        asked("a", relevant={"var": "b"}),
        asked("b", relevant={"var": "a"}),
        asked("c", calculation={"var": "d"}),
        asked("d", calculation={"var": "c"}, relevant={"var": "e"}),
        asked("e"),
        asked("f", relevant={"var": "a"}),
    ) == [
        ("fields[0].relevant", "cycle"),
        ("fields[1].relevant", "cycle"),
        ("fields[2].calculation", "cycle"),
        ("fields[3].calculation", "cycle"),
    ]


def test_a_rule_is_about_what_made_it_hold_as_well() -> None:
    form = form_from_json(form_of(*SCHOOL))

    assert fields_of_rule(form, Problem("teacher", "required")) == {
        *("teacher", "grade", "in_school", "age")
    }


@pytest.mark.parametrize(
    ("path", "code", "fields"),
    [
        ("oldest", "wrong_type", {"oldest"}),
        ("family[3].age", "constraint", {"family", "oldest"}),
        ("family[0].work", "required", {"family"}),
        ("sum", "required", {"sum", "family"}),
        ("unknown", "unknown_field", {"unknown"}),
        ("", "wrong_type", {""}),
    ],
)
def test_the_fields_that_a_broken_rule_is_about_are_those_of_its_condition_too(
    path: str, code: str, fields: set[str]
) -> None:
    form = form_from_json(form_of(*FAMILY))

    assert fields_of_rule(form, Problem(path, code)) == fields


def place(code: str, **attributes: str) -> dict[str, Any]:
    return {"code": code, "label": label(code), "attributes": attributes}


OF_STATE = {"==": [{"var": "choice.state"}, {"var": "state"}]}
PLACES = [
    asked("state", "text"),
    asked(
        "district",
        "select_one",
        options=[place("bahri", state="kh"), place("nyala", state="sd")],
        choice_filter=OF_STATE,
    ),
    asked(
        "camps",
        "select_many",
        options=[place("a", state="kh", district="bahri"), place("b", state="sd")],
        choice_filter={"and": [OF_STATE, {"!=": [{"var": "choice.district"}, "nyala"]}]},
    ),
]


@pytest.mark.parametrize(
    ("data", "problems_of_it"),
    [
        ({"state": "kh", "district": "bahri", "camps": ["a"]}, []),
        ({"state": "sd", "district": "bahri"}, [("district", "filtered_option")]),
        ({"district": "bahri"}, [("district", "filtered_option")]),
        ({"state": "kh", "camps": ["a", "b"]}, [("camps[1]", "filtered_option")]),
        ({"state": "kh", "district": "omdurman"}, [("district", "not_an_option")]),
        ({"state": "kh"}, []),
    ],
)
def test_an_option_that_is_not_offered_is_no_answer(data: Any, problems_of_it: list[Any]) -> None:
    assert found(PLACES, data) == problems_of_it


def test_a_filter_is_about_the_answers_that_it_reads() -> None:
    form = form_from_json(form_of(*PLACES))

    assert form_from_json(form_to_json(form)) == form
    assert fields_of_rule(form, Problem("camps[1]", "filtered_option")) == {"camps", "state"}


def test_a_filter_reads_answers_and_what_options_have_and_nothing_else() -> None:
    def filtered(path: str) -> dict[str, Any]:
        return {**PLACES[1], "choice_filter": {"var": path}}

    assert faults(filtered("choice.height"), PLACES[0]) == [
        ("fields[0].choice_filter", "unknown_variable")
    ]
    assert faults(asked("a", constraint={"var": "choice.state"}), *PLACES) == [
        ("fields[0].constraint", "unknown_variable")
    ]
    assert faults(asked("a", choice_filter=True)) == [("fields[0].choice_filter", "not_allowed")]
    odd = {**PLACES[1], "options": [{**place("x"), "attributes": {"A b": 5}}], "choice_filter": 1}
    assert faults(odd) == [
        ("fields[0].options[0].attributes.A b.key", "bad_code"),
        ("fields[0].options[0].attributes.A b.value", "wrong_type"),
    ]


def section(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, **more}


def sections_form(sections: list[dict[str, Any]], *fields: dict[str, Any]) -> dict[str, Any]:
    return form_of(*fields) | {"sections": sections}


def test_what_is_in_a_section_that_is_not_asked_is_not_required() -> None:
    school = section("school", relevant={"<": [{"var": "age"}, 18]}, label=label("School"))
    exams = section("exams", relevant={"var": "in_school"}, within="school")
    form = form_from_json(
        sections_form(
            [school, exams],
            asked("age"),
            asked("in_school", "yes_no", section="school", required=True),
            asked("grade", section="exams", required=True, relevant={">": [{"var": "age"}, 6]}),
        )
    )

    def missed(data: Any) -> list[str]:
        return [one.path for one in problems(form, data, draft=False, today=TODAY)]

    assert missed({"age": 30}) == []
    assert missed({"age": 7}) == ["in_school"]
    assert missed({"age": 7, "in_school": True}) == ["grade"]
    assert missed({"age": 6, "in_school": True}) == []
    assert missed({"age": 30, "in_school": True}) == []
    assert form_from_json(form_to_json(form)) == form


@pytest.mark.parametrize(
    ("sections", "of_fields", "told"),
    [
        (["a"], ["a", None, "a"], [("fields[2].section", "misplaced_section")]),
        (["a"], [None], [("sections", "misplaced_section")]),
        (["a", "b"], ["b", "a"], [("sections", "misplaced_section")]),
        (["a", "a"], ["a"], [("sections[1].name", "duplicate")]),
        ([], ["a"], [("fields[0].section", "unknown_section")]),
    ],
)
def test_a_section_is_of_neighbours(
    sections: list[str], of_fields: list[str | None], told: list[Any]
) -> None:
    fields = [asked(f"q{at}", section=name) for at, name in enumerate(of_fields)]

    with pytest.raises(InvalidDefinition) as refused:
        form_from_json(sections_form([section(name) for name in sections], *fields))

    assert [(one.path, one.code) for one in refused.value.problems] == told


def test_a_section_lies_within_one_that_stands_before_it() -> None:
    inner, outer = section("inner", within="outer"), section("outer")

    with pytest.raises(InvalidDefinition) as refused:
        form_from_json(sections_form([inner, outer], asked("q", section="inner")))

    assert {one.path for one in refused.value.problems} == {"sections[0].within", "sections"}


def test_a_section_that_waits_for_what_is_in_it_is_a_cycle() -> None:
    waits = section("a", relevant={"var": "b"})

    with pytest.raises(InvalidDefinition) as refused:
        form_from_json(sections_form([waits], asked("b", section="a"), asked("c")))

    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("sections[0].relevant", "cycle")
    ]


TOYS = asked(
    "toys",
    "rows",
    fields=[
        asked("name", "text", required=True),
        asked("price", required=True, relevant={"var": "bought"}),
        asked("bought", "yes_no"),
        asked("due", constraint={"<=": [{"var": "due"}, {"var": "age"}]}),
    ],
    relevant={"<": [{"var": "age"}, 10]},
)
FAMILY_WITH_TOYS = asked("family", "rows", fields=[asked("age"), TOYS])


@pytest.mark.parametrize(
    ("toys", "age", "told"),
    [
        ([{"id": "t", "name": "ball"}], 5, []),
        ([{"id": "t"}], 5, [("family[1].toys[0].name", "required")]),
        ([{"id": "t"}], 15, []),
        (
            [{"id": "t", "name": "ball"}, {"id": "u", "name": "car", "bought": True}],
            5,
            [("family[1].toys[1].price", "required")],
        ),
        (
            [{"id": "t", "name": "ball", "due": 6}],
            5,
            [("family[1].toys[0].due", "constraint")],
        ),
        ([{"id": "t", "name": "ball", "due": 6}], 15, []),
        ([{"name": "ball"}], 5, [("family[1].toys[0].id", "required")]),
        ([{"name": "ball"}], 15, [("family[1].toys[0].id", "required")]),
    ],
)
def test_rows_in_rows_see_the_row_around_them(toys: Any, age: int, told: list[Any]) -> None:
    data = {"family": [{"id": "a", "age": 1}, {"id": "b", "age": age, "toys": toys}]}

    assert found([FAMILY_WITH_TOYS], data) == told


def test_the_toys_of_all_the_family_are_counted_from_outside() -> None:
    count = asked("n", constraint={"==": [{"var": "n"}, {"count": [{"var": "family.toys"}]}]})
    total = asked("m", constraint={"==": [{"var": "m"}, {"sum": [{"var": "family.toys.due"}]}]})
    toys = [{"id": "t", "name": "ball", "due": 2}, {"id": "u", "name": "car", "due": 1}]
    data = {"family": [{"id": one, "age": 3, "toys": toys} for one in "ab"], "n": 4, "m": 6}

    assert found([FAMILY_WITH_TOYS, count, total], data) == []
    assert found([FAMILY_WITH_TOYS, count, total], data | {"n": 2, "m": 3}) == [
        ("n", "constraint"),
        ("m", "constraint"),
    ]


def test_a_required_cell_that_is_missed_is_told_beside_a_hundred_that_are_hidden() -> None:
    inner = asked(
        "inner", "rows", fields=[asked("x", required=True, relevant={"==": [{"var": "y"}, 1]})]
    )
    outer = asked("outer", "rows", fields=[asked("y", required=True), inner])
    rows = [{"id": f"r{n}", "y": 0, "inner": [{"id": "i"}]} for n in range(150)]

    assert found([outer], {"outer": [*rows, {"id": "last"}]}) == [("outer[150].y", "required")]
