"""Revisions of a form: what one changes, what it must not, and how it reads answers of before."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import (
    Change,
    Form,
    InvalidDefinition,
    changes,
    first_names,
    form_from_json,
    form_to_json,
    problems,
    upgraded,
)
from tests.schemas.test_form_properties import forms_with_answers

LABEL = {"en": "x"}
Json = dict[str, Any]


def asked(name: str, kind: str = "text", **more: Any) -> Json:
    return {"name": name, "type": kind, "label": LABEL, **more}


def select(name: str, *codes: str, kind: str = "select_one", **replaces: list[str]) -> Json:
    options = [
        {"code": code, "label": LABEL} | ({"replaces": replaces[code]} if code in replaces else {})
        for code in codes
    ]
    return asked(name, kind, options=options)


def form(*fields: Json, **more: Any) -> Form:
    languages = [{"code": "en", "name": "English", "direction": "ltr"}]
    named = {"code": "k100", "revision": 1, "title": LABEL, "cardinality": "one"}
    return form_from_json({**named, "languages": languages, "fields": list(fields), **more})


def told(new: Form, *earlier: Form) -> list[tuple[str, str, str, bool]]:
    return [(one.path, one.code, one.about, one.is_breaking) for one in changes(new, earlier)]


FIRST = form(asked("name"), select("risk", "low", "high"), asked("age", "integer"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([asked("name"), select("risk", "low", "high"), asked("age", "integer")], []),
        (
            [asked("name"), select("risk", "low", "high"), asked("age", "decimal")],
            [("age", "type_changed", "decimal", True)],
        ),
        ([asked("name"), select("risk", "low", "high")], [("age", "removed", "", True)]),
        (
            [asked("name"), select("risk", "low"), asked("age", "integer")],
            [("risk", "option_removed", "high", True)],
        ),
        (
            [
                asked("name"),
                select("risk", "low", "severe", severe=["high"]),
                asked("age", "integer"),
            ],
            [("risk", "option_replaced", "high", False), ("risk", "option_added", "severe", False)],
        ),
        (
            [
                asked("full_name", renamed_from="name"),
                select("risk", "low", "high"),
                asked("years", "integer", renamed_from="age"),
            ],
            [("full_name", "renamed", "name", False), ("years", "renamed", "age", False)],
        ),
        (
            [
                asked("name", required=True, hint=LABEL),
                select("risk", "high", "low"),
                asked("age", "integer"),
                asked("more"),
            ],
            [
                ("name", "changed", "required", False),
                ("name", "changed", "hint", False),
                ("risk", "changed", "options", False),
                ("more", "added", "text", False),
            ],
        ),
        (
            [asked("age", "integer"), asked("name"), select("risk", "low", "high")],
            [("", "moved", "", False)],
        ),
        (
            [
                asked("name", protected=True, share=False),
                select("risk", "low", "high", high=["hihg"]),
                asked("age", "integer"),
                asked("more", renamed_from="mroe"),
            ],
            [
                ("name", "changed", "protected", False),
                ("name", "changed", "share", False),
                ("risk", "changed", "options", False),
                ("more", "added", "text", False),
                ("risk", "unknown_before", "hihg", True),
                ("more", "unknown_before", "mroe", True),
            ],
        ),
    ],
)
def test_a_revision_says_what_it_changes_and_what_it_must_not(
    fields: list[Json], expected: list[Any]
) -> None:
    assert told(form(*fields), FIRST) == expected


def test_the_first_revision_changes_nothing() -> None:
    assert told(FIRST) == []


def test_a_form_of_another_programme_may_bring_names_that_it_had_before() -> None:
    assert told(form(asked("full_name", renamed_from="name"))) == []


def test_who_the_child_is_stays_identifying_and_how_many_documents_stays() -> None:
    before = form(asked("name", sensitivity="identifying"))

    assert told(form(asked("name")), before) == [
        ("name", "less_identifying", "", True),
        ("name", "changed", "sensitivity", False),
    ]
    assert told(form(asked("name", sensitivity="identifying"), cardinality="many"), before) == [
        ("", "cardinality_changed", "many", True)
    ]


def test_a_name_never_comes_back_with_another_type_or_for_something_else() -> None:
    first = form(asked("a"), asked("b", "rows", fields=[asked("c")]))
    second = form(
        asked("d", renamed_from="a"),
        asked("b", "rows", fields=[asked("e", renamed_from="c")]),
    )
    third = form(
        asked("d"), asked("b", "rows", fields=[asked("e"), asked("c", "integer")]), asked("a")
    )

    assert [one for one in told(third, first, second) if one[3]] == [
        ("b.c", "type_changed", "integer", True),
        ("a", "name_used_before", "", True),
    ]


def test_a_cell_whose_rows_were_renamed_is_still_the_same_cell() -> None:
    first = form(asked("family", "rows", fields=[asked("age", "integer"), asked("kin")]))
    second = form(
        asked(
            "people",
            "rows",
            renamed_from="family",
            fields=[asked("years", "integer", renamed_from="age"), asked("kin")],
        )
    )
    third = form(
        asked("people", "rows", fields=[asked("years", "integer"), asked("kin"), asked("age")])
    )

    assert [one for one in told(second, first) if one[3]] == []
    assert [one for one in told(third, first, second) if one[3]] == [
        ("people.age", "type_changed", "text", True)
    ]


def test_the_old_name_of_a_cell_that_came_after_its_rows_were_renamed_keeps_its_type() -> None:
    age, relation = asked("age", "integer"), asked("relation")
    first = form(asked("family", "rows", fields=[age]))
    second = form(asked("people", "rows", renamed_from="family", fields=[age, asked("kin")]))
    renamed = asked("relation", renamed_from="kin")
    third = form(asked("people", "rows", fields=[age, renamed]))
    fourth = form(asked("people", "rows", fields=[age, relation, asked("kin", "integer")]))

    assert [one for one in told(fourth, first, second, third) if one[3]] == [
        ("people.kin", "type_changed", "integer", True)
    ]


def test_answers_are_read_through_renames_and_replaced_options() -> None:
    kin = asked("kin", renamed_from="relation")
    newer = form(
        asked("full_name", renamed_from="name"),
        select("risk", "low", "severe", severe=["high", "very_high"]),
        select("needs", "food", "care", kind="select_many", care=["health", "shelter"]),
        select("heads", "child", kind="tally", child=["girl", "boy"]),
        asked("people", "rows", renamed_from="family", fields=[kin]),
    )
    before = {
        "name": "x",
        "risk": "high",
        "needs": ["shelter", "food", "health"],
        "heads": {"girl": 2, "boy": 3},
        "family": [{"id": "r", "relation": "aunt"}],
        "unknown": 1,
    }
    kept = deepcopy(before)

    assert upgraded(newer, before) == {
        "full_name": "x",
        "risk": "severe",
        "needs": ["care", "food"],
        "heads": {"child": 5},
        "people": [{"id": "r", "kin": "aunt"}],
        "unknown": 1,
    }
    assert before == kept


def test_fields_are_known_by_the_names_that_they_had_first() -> None:
    rows = asked("family", "rows", fields=[asked("relation"), asked("age")])
    first = form(asked("name"), rows)
    years = asked("years", renamed_from="age")
    second = form(
        asked("full_name", renamed_from="name"),
        asked("people", "rows", renamed_from="family", fields=[asked("kin"), years]),
    )
    stale = asked(
        "family_of_child",
        "rows",
        renamed_from="people",
        fields=[asked("age_of", renamed_from="years")],
    )
    third = form(asked("full_name", renamed_from="name"), stale, asked("new"))

    assert first_names([first, second, third]) == {
        ("full_name",): ("name",),
        ("family_of_child",): ("family",),
        ("family_of_child", "age_of"): ("family", "age"),
        ("new",): ("new",),
    }
    assert first_names([first])[("family", "age")] == ("family", "age")
    brought_along = form(asked("full_name", renamed_from="name"))
    assert first_names([brought_along]) == {("full_name",): ("full_name",)}


def test_an_answer_that_has_the_new_name_already_is_not_written_over() -> None:
    newer = form(asked("full_name", renamed_from="name"))

    assert upgraded(newer, {"name": "old", "full_name": "new"}) == {
        "name": "old",
        "full_name": "new",
    }


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ([asked("a"), asked("b", renamed_from="a")], "fields[1].renamed_from", "not_allowed"),
        (
            [asked("b", renamed_from="a"), asked("c", renamed_from="a")],
            "fields[1].renamed_from",
            "duplicate",
        ),
        ([select("r", "a", "b", a=["b"])], "fields[0].options[0].replaces[0]", "not_allowed"),
        (
            [select("r", "a", "b", a=["c"], b=["c"])],
            "fields[0].options[1].replaces[0]",
            "duplicate",
        ),
    ],
)
def test_an_upgrade_that_has_two_readings_is_refused(
    fields: list[Json], where: str, code: str
) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        form(*fields)

    assert [(one.path, one.code) for one in refused.value.problems] == [(where, code)]


@given(forms_with_answers(), st.data())
def test_answers_that_were_right_are_right_after_renames(
    made: tuple[Form, Json], choice: st.DataObject
) -> None:
    before, answers = made
    document = form_to_json(before)
    for one in document["fields"]:
        for part in (one, *one.get("fields", ())):
            if choice.draw(st.booleans()) and len(part["name"]) < 60:
                part["renamed_from"] = part["name"]
                part["name"] = f"{part['name']}_x2"
    after = form_from_json(document)

    assert not [one for one in changes(after, [before]) if one.is_breaking]
    assert problems(after, upgraded(after, answers), draft=False) == ()
    assert len(upgraded(after, answers)) == len(answers)


@given(forms_with_answers())
def test_a_revision_without_upgrades_reads_answers_as_they_are(made: tuple[Form, Json]) -> None:
    before, answers = made

    assert upgraded(before, answers) is answers
    assert changes(before, [before]) == ()
    assert Change("a", "added").is_breaking is False
