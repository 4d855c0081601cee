"""Writes into a case database: what the pipeline makes of them."""

from __future__ import annotations

import pytest

from tests.service.conftest import CASE, REGISTRATION, Programme


def test_edits_of_different_answers_are_merged(programme: Programme) -> None:
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "age": 7}),
        ("bilal", {**REGISTRATION, "in_school": True}),
    )
    shown = programme.shown("amina", "k21")
    assert shown["data"] == {**REGISTRATION, "age": 7, "in_school": True}
    assert shown["merge"]["open"] == {}


@pytest.mark.parametrize("carries_on", [True, False])
def test_a_clash_is_settled_by_the_supervisor_and_edited_on_afterwards(
    programme: Programme, carries_on: bool
) -> None:
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "age": 7}),
        ("amina", {**REGISTRATION, "age": 9}),
    )
    clash = programme.shown("bilal", "k21")
    revs = [candidate["rev"] for candidate in clash["merge"]["open"]["data.age"]]
    carried_on = {"merge": clash["merge"], "settles": {"data.age": revs}}
    settled = programme.write(
        "bilal", "k21", {**REGISTRATION, "age": 9}, _rev=clash["_rev"], **carried_on
    )
    assert settled.code is None
    edit_members = carried_on if carries_on else {}
    notes = {**REGISTRATION, "age": 9, "notes": "."}
    edited = programme.write("amina", "k21", notes, _rev=str(settled.rev), **edit_members)
    assert edited.code is None
    shown = programme.shown("bilal", "k21")
    assert shown["_rev"] == str(edited.rev)
    assert shown["data"]["notes"] == "."


def test_consent_that_was_settled_counts_as_given(programme: Programme) -> None:
    programme.register()
    programme.refer("k21")
    assert programme.shown("chen", "k21")["data"] == REGISTRATION
    programme.fork(
        "k1",
        ("amina", {**CASE, "consent_to_share": False}),
        (
            "bilal",
            {key: value for key, value in CASE.items() if key != "consent_to_share"}
            | {"consent_to_share": False, "consent_on": "2026-11-02"},
        ),
    )
    assert not programme.sees("chen", "k21")
    standing = programme.shown("bilal", "k1")
    programme.write("bilal", "k1", CASE, _rev=standing["_rev"], merge=standing["merge"])
    assert programme.shown("chen", "k21")["data"] == REGISTRATION


def test_consent_in_conflict_is_no_consent(programme: Programme) -> None:
    programme.register()
    programme.refer("k21")
    programme.fork(
        "k1",
        ("amina", {**CASE, "consent_to_share": False}),
        ("bilal", {**CASE, "consent_on": "2026-11-02"}),
    )
    assert not programme.sees("chen", "k21")


def test_the_outsider_may_neither_read_nor_write(programme: Programme) -> None:
    programme.write("amina", "k21", REGISTRATION)
    assert not programme.sees("dina", "k21")
    assert programme.write("dina", "k22", {}).code == "not_allowed"


def test_the_same_revision_again_is_answered_ok_and_with_another_body_refused(
    programme: Programme,
) -> None:
    revisions = {"start": 1, "ids": ["a" * 32]}
    salt = "0" * 32
    first = programme.write("amina", "k21", REGISTRATION, _revisions=revisions, salt=salt)
    again = programme.write("amina", "k21", REGISTRATION, _revisions=revisions, salt=salt)
    assert (first.code, again.code, first.rev) == (None, None, again.rev)
    other = {**REGISTRATION, "age": 3}
    refused = programme.write("amina", "k21", other, _revisions=revisions, salt=salt)
    assert refused.code == "same_revision_other_content"
    assert programme.shown("amina", "k21")["data"] == REGISTRATION
