"""What another process has changed of people, tablets and databases counts at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync_server.crypto.passwords import password_matches
from sync_server.errors import DatabaseMissing, WrongCredentials
from sync_server.service import accounts as accounts_module
from sync_server.service.accounts import Accounts
from sync_server.service.administration import add_database, limit_revisions, remove_database
from sync_server.service.directory_changes import (
    add_device,
    add_user,
    change_user,
    set_password,
    shut_out_device,
    shut_out_user,
)
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.merge_policy import change_policy
from sync_server.service.security import set_security
from sync_server.storage.rows import DatabaseKind
from tests.service.conftest import Programme

PASSWORD, OTHER_PASSWORD = "correct horse", "battery staple"


@pytest.fixture
def other(programme: Programme) -> Iterator[Kanaf]:
    """The same service in another process, which has looked at everything already."""
    kanaf = open_kanaf(programme.kanaf.settings)
    kanaf.registry()
    yield kanaf
    kanaf.store.close()


def test_a_database_is_there_once_it_was_made_and_gone_once_it_was_removed(
    programme: Programme, other: Kanaf
) -> None:
    made = add_database(programme.kanaf, "open", DatabaseKind.OPEN)
    assert other.database("open") == made

    remove_database(programme.kanaf, made)

    with pytest.raises(DatabaseMissing):
        other.database("open")


def test_settings_of_a_database_count_at_once(programme: Programme, other: Kanaf) -> None:
    made = add_database(programme.kanaf, "open", DatabaseKind.OPEN)
    assert (other.database("open").security, other.database("open").revs_limit) == (None, 1000)

    set_security(programme.kanaf, made, {"members": {"names": ["amina"]}})
    assert other.database("open").security == '{"members": {"names": ["amina"]}}'

    limit_revisions(programme.kanaf, made, 7)
    assert other.database("open").revs_limit == 7

    change_policy(programme.kanaf, "sudan", escalate_after_days=3)
    assert '"escalate_after_days": 3' in other.database("sudan").merge_policy


def test_a_password_is_verified_once_and_anew_when_it_was_changed(
    programme: Programme, other: Kanaf, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def counted(hashed: str, password: str) -> bool:
        verified.append(password)
        return password_matches(hashed, password)

    monkeypatch.setattr(accounts_module, "password_matches", counted)
    kanaf, accounts = programme.kanaf, Accounts(other)
    set_password(kanaf, "bilal", PASSWORD)
    assert accounts.basic(other.registry(), "bilal", PASSWORD).person.name == "bilal"
    add_user(kanaf, "eve", role="supervisor", agency="a", password=None)
    assert accounts.basic(other.registry(), "bilal", PASSWORD).person.name == "bilal"
    assert verified == [PASSWORD]

    set_password(kanaf, "bilal", OTHER_PASSWORD)

    with pytest.raises(WrongCredentials):
        accounts.basic(other.registry(), "bilal", PASSWORD)
    assert verified == [PASSWORD, PASSWORD]


def test_somebody_who_was_let_in_comes_with_the_role_that_they_have_now(
    programme: Programme, other: Kanaf
) -> None:
    kanaf, accounts = programme.kanaf, Accounts(other)
    token = add_device(kanaf, "bilal", "bilal-tablet")
    assert accounts.basic(other.registry(), "bilal-tablet", token).person.role.name == "supervisor"

    change_user(kanaf, "bilal", role="caseworker")

    assert accounts.basic(other.registry(), "bilal-tablet", token).person.role.name == "caseworker"


@pytest.mark.parametrize("who", ["device", "user"])
def test_who_was_shut_out_is_out_at_once(programme: Programme, other: Kanaf, who: str) -> None:
    kanaf, accounts = programme.kanaf, Accounts(other)
    token = add_device(kanaf, "amina", "amina-tablet")
    assert accounts.basic(other.registry(), "amina-tablet", token).device == "amina-tablet"

    if who == "device":
        shut_out_device(kanaf, "amina-tablet")
    else:
        shut_out_user(kanaf, "amina")

    with pytest.raises(WrongCredentials):
        accounts.basic(other.registry(), "amina-tablet", token)
