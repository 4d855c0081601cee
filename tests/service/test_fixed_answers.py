"""Answers that are given once, given twice apart."""

from __future__ import annotations

from typing import Any

import pytest

from sync_server.service.receipt import Receipt
from tests.service.clashes import case_clash, settled
from tests.service.conftest import CASE, Programme, made_on

NUMBER = "data.case_number"
OTHER_NUMBER = "SD-AAAA-AAAA-AAAA"


def clash(programme: Programme) -> dict[str, Any]:
    """Two case numbers for one child."""
    return case_clash(programme, case_number=OTHER_NUMBER)


def written(
    programme: Programme, clash: dict[str, Any], number: str, members: dict[str, Any]
) -> Receipt:
    return programme.write("bilal", "k1", {**clash["data"], "case_number": number}, **members)


@pytest.mark.parametrize("number", [CASE["case_number"], OTHER_NUMBER])
def test_an_open_case_number_is_settled_to_any_candidate(programme: Programme, number: str) -> None:
    shown = clash(programme)

    assert written(programme, shown, number, settled(shown, NUMBER)).code is None
    after = programme.shown("amina", "k1")
    assert (after["data"]["case_number"], after["merge"]["open"]) == (number, {})


@pytest.mark.parametrize("revs", [[], ["1-a"]])
def test_an_open_case_number_changes_by_settling_it_alone(
    programme: Programme, revs: list[str]
) -> None:
    shown = clash(programme)
    numbers = {CASE["case_number"], OTHER_NUMBER}
    (hidden,) = numbers - {shown["data"]["case_number"]}

    members = settled(shown, NUMBER) | {"settles": {NUMBER: revs}}

    assert written(programme, shown, str(hidden), members).code == "invalid_answers"


def test_a_case_number_in_another_unicode_form_is_the_same(programme: Programme) -> None:
    first = programme.write("amina", "k1", {**CASE, "case_number": "\u00c9-1"})
    again = {**CASE, "case_number": "E\u0301-1", "status": "closed"}

    assert programme.write("amina", "k1", again, _rev=str(first.rev)).code is None


def test_an_answer_that_a_merge_left_out_does_not_excuse_a_wrong_one(programme: Programme) -> None:
    programme.write("amina", "k1", {"status": "open"}, state="draft")
    nothing = {name: value for name, value in CASE.items() if name != "status"}
    draft = programme.shown("amina", "k1")["_rev"]
    for name, digit, data, state in (
        ("amina", "1", {**CASE}, "complete"),
        ("bilal", "2", nothing, "draft"),
    ):
        programme.write(name, "k1", data, state=state, **made_on(draft, digit * 32))
    shown = programme.shown("bilal", "k1")
    assert "status" not in shown["data"]

    same = {**shown["data"], "consent_on": "2026-11-02"}
    wrong = {**same, "status": "lost"}
    assert programme.write("bilal", "k1", wrong, _rev=shown["_rev"]).code == "invalid_answers"
    assert programme.write("bilal", "k1", same, _rev=shown["_rev"]).code is None
