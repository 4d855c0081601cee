"""Conditions of forms where documents are judged and merged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.conftest import REGISTRATION, Programme


def revised(programme: Programme, **members: dict[str, Any]) -> None:
    """Publishes a second revision of the registration form with other members of some fields."""

    def change(form: dict[str, Any]) -> None:
        for field in form["fields"]:
            field.update(members.get(field["name"], {}))

    programme.publish("k21", change)


def write(programme: Programme, **answers: Any) -> str | None:
    return programme.write("amina", "k21", {**REGISTRATION, **answers}, form_rev=2).code


@pytest.fixture
def in_the_future(programme: Programme) -> Programme:
    later = {">": [{"var": "birth_date"}, {"today": []}]}
    revised(programme, birth_date={"constraint": later})
    return programme


def test_answers_are_judged_by_the_day_on_which_they_were_given(in_the_future: Programme) -> None:
    """That is 2026-11-23 here. They may arrive when their tomorrow is long past."""
    assert write(in_the_future, birth_date="2026-11-24") is None


def test_an_answer_that_breaks_its_constraint_is_kept_in_quarantine(
    in_the_future: Programme,
) -> None:
    assert write(in_the_future, birth_date="2026-11-23") == "invalid_answers"


def test_what_is_not_asked_need_not_be_answered(programme: Programme) -> None:
    revised(programme, age={"required": True, "relevant": {"==": [{"var": "sex"}, "male"]}})

    assert write(programme, sex="male") == "invalid_answers"
    assert write(programme) is None


def test_answers_that_break_a_constraint_together_are_left_to_a_person(
    programme: Programme,
) -> None:
    young = {"or": [{"!": [{"var": "in_school"}]}, {"<": [{"var": "age"}, 18]}]}
    revised(programme, age={"constraint": young})
    assert write(programme, age=7) is None
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "age": 7, "in_school": True}, {"form_rev": 2}),
        ("bilal", {**REGISTRATION, "age": 20}, {"form_rev": 2}),
    )

    shown = programme.shown("bilal", "k21")

    assert set(shown["merge"]["open"]) == {"data.age", "data.in_school"}
