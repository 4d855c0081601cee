"""Who looks after whom, and which roles give which: for every pair of roles."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from sync_server.sharing.facts import Person
from sync_server.sharing.roles import PUBLISHED, ROLES, SURVIVORS, Action, is_within
from sync_server.sharing.supervision import looks_after, may_employ, may_refuse, supervises

GIVES = {
    "supervisor": {"caseworker", "service_provider", "data_clerk"},
    "administrator": {*ROLES},
}

_IDS = count(1)


def somebody(role: str, agency: str = "A", *groups: str) -> Person:
    return Person(next(_IDS), "somebody", ROLES[role], agency, groups)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("other", ROLES)
def test_a_role_is_given_within_ones_own_place_and_looked_after_there(
    role: str, other: str
) -> None:
    giver = somebody(role, "A", "khartoum", "gedaref")
    near, of_agency = somebody(other, "B", "khartoum"), somebody(other, "A", "kassala")
    gives = other in GIVES.get(role, set())

    assert may_employ(giver, near) is gives
    assert may_employ(giver, of_agency) is (gives and role != "supervisor")
    assert supervises(giver, near) is (role == "supervisor")
    assert not supervises(giver, of_agency)
    for one in (near, of_agency):
        assert looks_after(giver, one) is (supervises(giver, one) or may_employ(giver, one))
        is_peer = other in ("supervisor", "administrator") and role == "supervisor"
        assert may_refuse(giver, one) is (looks_after(giver, one) and not is_peer)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_have_their_own_tablet_refused(role: str) -> None:
    one = somebody(role, "A", "khartoum")

    assert may_refuse(one, one)


def test_who_settles_for_an_agency_supervises_nobody_of_another_one() -> None:
    settles = ROLES["agency_manager"].actions | {Action.SETTLE}
    role = replace(ROLES["agency_manager"], actions=settles)
    lead = Person(next(_IDS), "lead", role, "A", ("khartoum",))

    assert supervises(lead, somebody("caseworker", "A", "khartoum"))
    assert not supervises(lead, somebody("caseworker", "B", "khartoum"))
    assert not may_refuse(lead, somebody("caseworker", "B", "khartoum"))


def test_a_role_about_an_agency_is_given_within_it() -> None:
    role = replace(ROLES["agency_manager"], gives=frozenset({"tracing_officer"}))
    head = Person(1, "head", role, "A")

    assert may_employ(head, somebody("tracing_officer", "A"))
    assert not may_employ(head, somebody("tracing_officer", "B"))
    assert not may_employ(head, somebody("caseworker", "A"))
    of_area = Person(1, "head", replace(role, scope="area"), "A", area="SD01")
    assert not may_employ(of_area, somebody("tracing_officer", "A"))


def test_who_is_in_a_group_of_somebody_elses_too_is_not_a_supervisors_to_employ() -> None:
    bilal = somebody("supervisor", "A", "khartoum")

    assert may_employ(bilal, somebody("caseworker", "A", "khartoum"))
    assert not may_employ(bilal, somebody("caseworker", "A", "khartoum", "kassala"))
    assert not may_employ(bilal, somebody("caseworker", "A"))
    assert supervises(bilal, somebody("caseworker", "A", "kassala", "khartoum"))


@pytest.mark.parametrize("role", ROLES)
def test_nobody_gives_what_they_have_not(role: str) -> None:
    giver = ROLES[role]

    assert all(is_within(ROLES[name], giver) for name in giver.gives)


@pytest.mark.parametrize(
    "more",
    [
        {"actions": frozenset({Action.SETTLE})},
        {"actions": frozenset({Action.GRANT})},  # of another scope than the manager's
        {"scope": "group", "reads": frozenset({"k21"})},
        {"scope": "agency", "reads": frozenset({PUBLISHED, SURVIVORS})},
        {"reads": frozenset({PUBLISHED, SURVIVORS})},  # the records of its own are others' tablets
        {"writes": frozenset({"k21"})},
        {"in_emergency": frozenset({"k21"})},
        {"actions": frozenset({Action.EMPLOY}), "gives": frozenset({"supervisor"})},
    ],
)
def test_a_role_that_may_do_or_see_more_is_not_within_a_managers(more: dict[str, object]) -> None:
    manager = ROLES["agency_manager"]
    nothing = replace(ROLES["caseworker"], reads=frozenset(), writes=frozenset())

    assert is_within(nothing, manager)
    assert not is_within(replace(nothing, **more), manager)  # type: ignore[arg-type]
