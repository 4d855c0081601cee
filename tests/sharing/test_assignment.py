"""Who may become the owner of a record, and who gives it to them: for every role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_server.sharing.assignment import (
    Obstacle,
    can_own,
    may_assign,
    may_give_to,
    obstacle,
)
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.roles import ROLES

RECORD = Record(owner_id=7, agency="A", group="khartoum", consent=True)


def somebody(role: str, agency: str = "A", *groups: str) -> Person:
    return Person(1, "somebody", ROLES[role], agency, groups)


@pytest.mark.parametrize("role", ROLES)
def test_who_begins_records_in_a_group_can_own_them(role: str) -> None:
    begins = role in ("caseworker", "supervisor", "data_clerk")

    assert can_own(somebody(role, "A", "khartoum")) is begins
    assert not can_own(somebody(role, "A"))


@pytest.mark.parametrize("role", ROLES)
def test_records_are_given_within_ones_place(role: str) -> None:
    giver = somebody(role, "A", "khartoum", "gedaref")
    near = somebody("caseworker", "A", "gedaref")
    of_agency = somebody("caseworker", "A", "kassala")

    assert may_assign(giver, RECORD, near) is (role in ("supervisor", "agency_manager"))
    assert may_assign(giver, RECORD, of_agency) is (role == "agency_manager")
    assert not may_assign(giver, RECORD, somebody("service_provider", "A", "gedaref"))


def test_a_record_stays_in_its_agency_and_is_ones_own_to_give() -> None:
    bilal = somebody("supervisor", "A", "khartoum")
    elsewhere = somebody("caseworker", "B", "khartoum")

    assert may_give_to(bilal, elsewhere)
    assert not may_assign(bilal, RECORD, elsewhere)
    assert not may_assign(bilal, replace(RECORD, group="kassala"), somebody("caseworker", "A"))
    theirs = replace(RECORD, group="kassala")
    assert not may_assign(bilal, theirs, somebody("caseworker", "A", "khartoum"))


def test_where_somebody_begins_records_counts_not_where_else_they_are() -> None:
    bilal = somebody("supervisor", "A", "khartoum")

    assert not may_give_to(bilal, somebody("caseworker", "A", "kassala", "khartoum"))
    assert may_give_to(bilal, somebody("caseworker", "A", "khartoum", "kassala"))


@pytest.mark.parametrize("may_leave", [True, False])
@pytest.mark.parametrize("despite", [True, False])
@pytest.mark.parametrize("consent", [True, False])
def test_a_record_leaves_its_agency_with_consent(
    may_leave: bool, despite: bool, consent: bool
) -> None:
    record = replace(RECORD, consent=consent)

    def kept(agency: str) -> Obstacle | None:
        to = somebody("caseworker", agency, "kassala")
        return obstacle(record, to, may_leave=may_leave, despite_consent=despite)

    assert kept("A") is None
    if not may_leave:
        assert kept("B") is Obstacle.OTHER_AGENCY
    else:
        assert kept("B") is (None if consent or despite else Obstacle.NO_CONSENT)
