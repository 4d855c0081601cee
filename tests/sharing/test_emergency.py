"""Who asks for emergency access, who is the second person, and who ends it."""

from __future__ import annotations

import pytest

from sync_server.sharing.emergency import may_agree, may_ask, may_end
from sync_server.sharing.roles import ROLES
from tests.sharing.test_audience import RELATIONS, person, record

AGREES = {
    "supervisor": {"owner", "group", "second group"},
    "agency_manager": {"owner", "agency"},
    "administrator": {*RELATIONS},
}


@pytest.mark.parametrize("role", ROLES)
def test_of_the_ready_roles_the_administrator_asks(role: str) -> None:
    assert may_ask(person(role, "none")) is (role == "administrator")


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_those_agree_whose_work_the_record_is_and_those_who_have_no_records(
    role: str, relation: str
) -> None:
    expected = relation in AGREES.get(role, ())

    assert may_agree(person(role, relation), record(relation)) is expected
    assert may_end(person(role, relation), record(relation)) is expected


@pytest.mark.parametrize("role", ROLES)
def test_who_has_no_records_is_not_told_that_there_is_none(role: str) -> None:
    assert may_agree(person(role, "none"), None) is (role == "administrator")
