"""A code makes one tablet a device, once and for a day."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sync_server.errors import NotAllowed, NotEnrolled, UnknownCode
from sync_server.service.accounts import Accounts
from sync_server.service.directory_changes import (
    InvalidAccount,
    add_device,
    add_user,
    change_user,
    let_in_user,
    renew_token,
    shut_out_device,
    shut_out_user,
)
from sync_server.service.enrolment import CODE_SECONDS, Enrolled, enrol, issue_code
from sync_server.storage import directory
from tests.service.conftest import Programme

TABLET, INSTALLATION = "amina-tablet-1", "6b1f"


def code(programme: Programme, user: str = "amina", device: str = TABLET) -> str:
    bilal = replace(programme.caller("bilal"), device="")
    return issue_code(programme.kanaf, user, device, bilal).text


def test_a_tablet_gets_its_name_and_a_token_that_lets_it_in(programme: Programme) -> None:
    kanaf = programme.kanaf
    enrolled = enrol(kanaf, code(programme), INSTALLATION)

    assert (enrolled.device, enrolled.user) == (TABLET, "amina")
    caller = Accounts(kanaf).basic(kanaf.registry(), TABLET, enrolled.token)
    assert (caller.person.name, caller.device) == ("amina", TABLET)
    assert kanaf.registry().devices[TABLET].install_id == INSTALLATION
    for action in ("enrolment code issued", "device enrolled"):
        assert programme.audit(action) == [f"{TABLET} of amina"]


def test_a_code_is_good_once(programme: Programme) -> None:
    handed_out = code(programme)
    enrol(programme.kanaf, handed_out, None)

    with pytest.raises(UnknownCode):
        enrol(programme.kanaf, handed_out, None)


def test_of_many_who_bring_a_code_at_once_one_is_enrolled(programme: Programme) -> None:
    handed_out = code(programme)

    def bring(number: int) -> Enrolled | None:
        try:
            return enrol(programme.kanaf, handed_out, str(number))
        except UnknownCode:
            return None

    with ThreadPoolExecutor(4) as threads:
        enrolled = [one for one in threads.map(bring, range(4)) if one is not None]

    assert len(enrolled) == 1


def test_a_code_ends_after_a_day(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    kanaf, now = programme.kanaf, programme.kanaf.clock()
    monkeypatch.setattr(kanaf, "clock", lambda: now)
    early, late = code(programme), code(programme, device="amina-tablet-2")
    monkeypatch.setattr(kanaf, "clock", lambda: now + CODE_SECONDS - 1)
    enrol(kanaf, early, None)
    monkeypatch.setattr(kanaf, "clock", lambda: now + CODE_SECONDS)

    with pytest.raises(UnknownCode):
        enrol(kanaf, late, None)


def test_another_code_for_a_device_makes_the_one_before_void(programme: Programme) -> None:
    first, second = code(programme), code(programme)

    with pytest.raises(UnknownCode):
        enrol(programme.kanaf, first, None)
    assert enrol(programme.kanaf, second, None).device == TABLET


@pytest.mark.parametrize("change", [str.lower, lambda one: one.replace("-", " ")])
def test_a_code_may_be_typed_as_people_read_it(
    programme: Programme, change: Callable[[str], str]
) -> None:
    assert enrol(programme.kanaf, change(code(programme)), None).device == TABLET


def test_letters_that_look_alike_are_the_same(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.choice", lambda letters: letters[1])

    assert code(programme) == "1111-1111-1111-1111"
    assert enrol(programme.kanaf, "IlLi-1111-1111-1111", None).device == TABLET


@pytest.mark.parametrize("wrong", ["", "0000-0000-0000-0000", "\ud800", "x" * 10_000])
def test_a_wrong_code_enrols_nobody(programme: Programme, wrong: str) -> None:
    code(programme)

    with pytest.raises(UnknownCode):
        enrol(programme.kanaf, wrong, None)
    assert programme.kanaf.registry().devices == {}


@pytest.mark.parametrize("user", ["dina", "nobody", "chen"])
def test_a_supervisor_hands_out_codes_to_their_own_group_only(
    programme: Programme, user: str
) -> None:
    """Whether there is such a user is not theirs to know."""
    with pytest.raises(NotAllowed):
        code(programme, user)
    assert programme.audit("enrolment code issued") == []


@pytest.mark.parametrize("role", ["administrator", "supervisor", "agency_manager"])
def test_a_supervisor_enrols_nobody_who_may_do_or_see_more(programme: Programme, role: str) -> None:
    add_user(programme.kanaf, "eve", role=role, agency="a", groups=("khartoum",), password="x" * 9)

    for name in ("eve", "bilal"):
        with pytest.raises(NotAllowed):
            code(programme, name)
    assert issue_code(programme.kanaf, "eve", TABLET).device == TABLET


def shut_out_issuer(programme: Programme) -> None:
    shut_out_user(programme.kanaf, "bilal")


def shut_out_issuers_tablet(programme: Programme) -> None:
    shut_out_device(programme.kanaf, "bilal-tablet")


def renew_issuers_token(programme: Programme) -> None:
    renew_token(programme.kanaf, "bilal-tablet")


def move_issuer(programme: Programme) -> None:
    change_user(programme.kanaf, "bilal", groups=("gedaref",))


def move_user(programme: Programme) -> None:
    change_user(programme.kanaf, "amina", groups=("gedaref",))


@pytest.mark.parametrize(
    "change",
    [shut_out_issuer, shut_out_issuers_tablet, renew_issuers_token, move_issuer, move_user],
)
def test_a_code_is_void_when_issuer_tablet_or_user_are_changed(
    programme: Programme, change: Callable[[Programme], None]
) -> None:
    """And who was read as they were before issues no other one."""
    token = add_device(programme.kanaf, "bilal", "bilal-tablet")
    bilal = Accounts(programme.kanaf).basic(programme.kanaf.registry(), "bilal-tablet", token)
    handed_out = issue_code(programme.kanaf, "amina", TABLET, bilal).text

    change(programme)

    with pytest.raises(UnknownCode):
        enrol(programme.kanaf, handed_out, None)
    with pytest.raises(NotAllowed):
        issue_code(programme.kanaf, "amina", TABLET, bilal)


def test_a_supervisor_does_not_void_the_code_of_another_group(programme: Programme) -> None:
    handed_out = issue_code(programme.kanaf, "dina", TABLET).text

    with pytest.raises(InvalidAccount, match="names are used once"):
        code(programme)
    assert enrol(programme.kanaf, handed_out, None).user == "dina"


def test_nobody_is_enrolled_who_was_shut_out_until_they_are_let_in(programme: Programme) -> None:
    kanaf, handed_out = programme.kanaf, code(programme)
    shut_out_user(kanaf, "amina")

    with pytest.raises(UnknownCode):
        enrol(kanaf, handed_out, None)
    with pytest.raises(NotAllowed):
        code(programme)
    with pytest.raises(InvalidAccount, match="let them in first"):
        issue_code(kanaf, "amina", TABLET)
    let_in_user(kanaf, "amina")
    assert enrol(kanaf, code(programme), None).device == TABLET


def test_a_name_is_used_once(programme: Programme) -> None:
    kanaf, handed_out = programme.kanaf, code(programme)
    add_device(kanaf, "dina", TABLET)

    with pytest.raises(NotEnrolled):
        enrol(kanaf, handed_out, None)
    with pytest.raises(InvalidAccount, match="names are used once"):
        code(programme)
    assert kanaf.registry().devices[TABLET].user_id == programme.caller("dina").person.id


def test_neither_code_nor_token_stands_in_the_tables(programme: Programme) -> None:
    kanaf, handed_out = programme.kanaf, code(programme)
    with kanaf.store.read() as reading:
        kept = reading.connection.exec_driver_sql("select * from enrolment").all()
    enrolled = enrol(kanaf, handed_out, None)
    with kanaf.store.read() as reading:
        devices = directory.devices(reading.connection)

    bare = handed_out.replace("-", "")
    assert len(kept) == 1
    assert not any(bare.encode() in bytes(str(one), "utf-8") for one in kept)
    assert enrolled.token.encode() not in devices[0].token_digest
    assert handed_out not in repr(enrolled) + repr(kept)
    assert enrolled.token not in repr(enrolled)


def test_codes_that_have_expired_are_forgotten(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = programme.kanaf.clock()
    code(programme)
    monkeypatch.setattr(programme.kanaf, "clock", lambda: now + 2 * CODE_SECONDS)
    code(programme, device="amina-tablet-2")

    with programme.kanaf.store.read() as reading:
        kept = reading.connection.exec_driver_sql("select device from enrolment").scalars().all()
    assert kept == ["amina-tablet-2"]


def test_what_happens_to_others_leaves_the_codes_of_who_keeps_the_server(
    programme: Programme,
) -> None:
    handed_out = issue_code(programme.kanaf, "amina", TABLET).text
    add_device(programme.kanaf, "dina", "dina-tablet-1")
    shut_out_device(programme.kanaf, "dina-tablet-1")
    change_user(programme.kanaf, "bilal", groups=("gedaref",))

    assert enrol(programme.kanaf, handed_out, None).device == TABLET
