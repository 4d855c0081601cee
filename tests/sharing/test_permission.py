"""Who may write what: every role, in every relation to a record, with every form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from sync_server.sharing.audience import sees, visible_parts
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.permission import Write, may_write
from sync_server.sharing.roles import ROLES
from tests.sharing.test_audience import (
    CASEWORK,
    FORMS,
    REFERRAL,
    RELATIONS,
    TOLD,
    TRACING,
    WHO,
    WHO_TOLD,
    expected,
    people,
    person,
    record,
    records,
)

PROVIDED = {"k23", "k7"}


def edit(name: str, *changed: str, is_new: bool = False, decides_protected: bool = False) -> Write:
    return Write(name, set(changed), is_new, decides_protected)


def writable(role: str, relation: str) -> set[str]:
    """What the table says of forms other than referrals."""
    writes = {
        "caseworker": CASEWORK,
        "supervisor": CASEWORK,
        "service_provider": PROVIDED,
        "agency_manager": {"k7"},
        "tracing_officer": TRACING,
        "data_clerk": CASEWORK - {"k20", "k8", WHO, TOLD, WHO_TOLD},
    }.get(role, set())
    return writes & expected(role, relation)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_writes_the_forms_that_its_relation_to_a_record_gives(
    role: str, relation: str
) -> None:
    author, case = person(role, relation), record(relation)

    for is_new in (True, False):
        allowed = {
            form for form in CASEWORK if may_write(author, case, edit(form, "x", is_new=is_new))
        }
        assert allowed == writable(role, relation)


@pytest.mark.parametrize("role", ROLES)
def test_who_was_let_in_by_emergency_writes_nothing(role: str) -> None:
    somebody = person(role, "emergency")
    reads_all = replace(somebody, role=replace(somebody.role, in_emergency=frozenset(FORMS)))

    assert visible_parts(reads_all, record("emergency")) == set(FORMS)
    for form in FORMS:
        for is_new in (True, False):
            written = edit(form, "note", is_new=is_new)
            assert not may_write(reads_all, record("emergency"), written)


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_register_begins_a_record(role: str) -> None:
    begins = may_write(person(role, "none"), None, edit("k21", "sex", is_new=True))

    assert begins is (role in ("caseworker", "supervisor", "data_clerk"))


@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_a_record_is_not_begun_by_a_referral_that_answers_itself(role: str) -> None:
    sent, answered = {"to_user", "forms"}, {"to_user", "forms", "response"}

    assert may_write(person(role, "none"), None, edit(REFERRAL, *sent, is_new=True))
    assert not may_write(person(role, "none"), None, edit(REFERRAL, *answered, is_new=True))


@pytest.mark.parametrize(
    ("role", "relation", "name", "changed", "allowed"),
    [
        ("caseworker", "owner", REFERRAL, {"to_user", "forms", "service"}, False),
        ("caseworker", "owner", REFERRAL, {"ended"}, True),
        ("caseworker", "owner", REFERRAL, {"ended", "ended_reason", "urgency"}, True),
        ("caseworker", "owner", REFERRAL, {"response"}, False),
        ("caseworker", "owner", REFERRAL, {"to_user"}, False),
        ("caseworker", "owner", REFERRAL, {"forms"}, False),
        ("supervisor", "group", REFERRAL, {"ended"}, True),
        ("supervisor", "group", REFERRAL, {"response"}, False),
        ("service_provider", "addressed", REFERRAL, {"response"}, True),
        ("service_provider", "addressed", REFERRAL, {"response", "response_note"}, True),
        ("service_provider", "addressed", REFERRAL, {"forms"}, False),
        ("service_provider", "addressed", REFERRAL, {"ended"}, False),
        ("service_provider", "accepted", REFERRAL, {"response"}, True),
        ("service_provider", "over", REFERRAL, {"response"}, False),
        ("service_provider", "none", REFERRAL, {"response"}, False),
        ("caseworker", "addressed", REFERRAL, {"response"}, True),
        ("administrator", "addressed", REFERRAL, {"response"}, False),
        ("service_provider", "addressed", "k2:01J0000000000000000000000Z", {"response"}, False),
    ],
)
def test_a_referral_is_answered_by_its_addressee_and_ended_by_its_sender(
    role: str, relation: str, name: str, changed: set[str], allowed: bool
) -> None:
    written = may_write(person(role, relation), record(relation), edit(name, *changed))

    assert written is allowed


@pytest.mark.parametrize(
    ("role", "relation", "allowed"),
    [
        ("caseworker", "owner", True),
        ("supervisor", "group", True),
        ("service_provider", "owner", False),
        ("service_provider", "accepted", False),
        ("caseworker", "none", False),
    ],
)
def test_a_record_is_referred_by_those_whose_it_is(role: str, relation: str, allowed: bool) -> None:
    name = "k2:01J0000000000000000000000Z"
    new = edit(name, "to_user", "forms", is_new=True)
    answered = edit(name, "to_user", "forms", "response", is_new=True)

    assert may_write(person(role, relation), record(relation), new) is allowed
    assert not may_write(person(role, relation), record(relation), answered)


@pytest.mark.parametrize(
    ("role", "relation", "allowed"),
    [("caseworker", "owner", False), ("supervisor", "group", True), ("supervisor", "none", False)],
)
def test_protected_units_are_decided_by_supervisors(
    role: str, relation: str, allowed: bool
) -> None:
    settlement = edit("k21", "age", decides_protected=True)
    settled = may_write(person(role, relation), record(relation), settlement)

    assert settled is allowed


@given(people, records)
def test_nobody_writes_what_they_do_not_see(author: Person, case: Record) -> None:
    parts = visible_parts(author, case)

    for form in FORMS:
        for name in (form, f"{form}:01J0000000000000000000000A"):
            if may_write(author, case, edit(name, "x")):
                assert sees(parts, name)
                assert form in author.role.writes
