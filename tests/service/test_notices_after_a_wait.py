"""Conflict notices of a document that has waited for a body."""

from __future__ import annotations

from typing import Any

from tests.service.clashes import AGE, age_clash, notices_of
from tests.service.conftest import REGISTRATION, Programme, made_on

OLDER, LEFT, RIGHT = "b" * 32, "c" * 32, "d" * 32
SHOWN, HIDDEN = 9, 7
"""The ages between which `age_clash` leaves a choice."""


def waiting(programme: Programme, age: int) -> dict[str, Any]:
    """Two edits of a clash wait for the one between; its members, with that age."""
    base = age_clash(programme)["_rev"]
    data = {**REGISTRATION, "age": age}
    programme.write_together(
        "amina",
        ("k21", {**data, "in_school": True}, made_on(base, LEFT, OLDER)),
        ("k21", {**data, "notes": "."}, made_on(base, RIGHT, OLDER)),
    )
    (found,) = programme.conflicts("bilal")
    assert found["waits"]
    return made_on(base, OLDER)


def test_a_notice_is_closed_when_a_unit_was_decided_during_a_wait(programme: Programme) -> None:
    between = waiting(programme, HIDDEN)
    assert len(notices_of(programme, "bilal")) == 1

    programme.write("amina", "k21", {**REGISTRATION, "age": HIDDEN}, **between)

    shown = programme.shown("bilal", "k21")
    assert (shown["data"]["age"], shown["data"]["notes"]) == (HIDDEN, ".")
    assert shown["merge"]["open"] == {}
    assert notices_of(programme, "bilal") == []


def test_a_notice_stays_when_its_unit_is_open_after_a_wait(programme: Programme) -> None:
    between = waiting(programme, SHOWN)
    before = notices_of(programme, "bilal")

    programme.write("amina", "k21", {**REGISTRATION, "age": SHOWN}, **between)

    assert list(programme.shown("bilal", "k21")["merge"]["open"]) == [AGE]
    assert notices_of(programme, "bilal") == before
    assert len(before) == 1
