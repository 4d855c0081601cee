"""A tablet that is lost is shown nothing, and what it has not sent is kept for a supervisor."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from sync_server.errors import NotAllowed, QuarantineFull, WrongCredentials
from sync_server.service import transaction
from sync_server.service.accounts import Accounts
from sync_server.service.caller import Caller
from sync_server.service.device_reports import known_devices
from sync_server.service.directory_changes import (
    InvalidAccount,
    add_device,
    add_user,
    renew_token,
    shut_out_device,
    shut_out_user,
)
from sync_server.service.documents import DocumentReader
from sync_server.service.enrolment import issue_code
from sync_server.service.lost_devices import lose_device, order_for, wiped
from sync_server.service.pushing import push
from sync_server.service.quarantine_desk import accept, reject
from sync_server.service.receipt import Receipt
from sync_server.storage import directory
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on

TABLET = "amina-tablet"
FIRST = "1" * 32


@pytest.fixture
def token(programme: Programme) -> str:
    """The token of amina's tablet, with which she has begun a case."""
    made = add_device(programme.kanaf, "amina", TABLET)
    programme.register()
    return made


def comes_in(programme: Programme, token: str, name: str = TABLET) -> Caller:
    return Accounts(programme.kanaf).basic(programme.kanaf.registry(), name, token)


def edit(programme: Programme, answers: dict[str, Any]) -> Receipt:
    """An edit of the registration, as a tablet replicates it."""
    rev = programme.shown("bilal", "k21")["_rev"]
    return programme.write("amina", "k21", answers, **made_on(rev, FIRST))


def test_what_a_lost_tablet_sends_is_kept_and_not_merged(programme: Programme, token: str) -> None:
    lose_device(programme.kanaf, TABLET)

    receipt = edit(programme, {**REGISTRATION, "age": 9})

    assert (receipt.code, receipt.error) == ("lost_device", "forbidden")
    assert programme.shown("bilal", "k21")["data"] == REGISTRATION
    (kept,) = programme.quarantine("bilal")
    assert (kept["reason"], kept["owner"], kept["device"]) == ("lost_device", "amina", TABLET)
    assert kept["rev"] == str(receipt.rev)


def test_what_is_sent_again_is_answered_as_before_and_kept_once(
    programme: Programme, token: str
) -> None:
    lose_device(programme.kanaf, TABLET)
    caller, rev = comes_in(programme, token), programme.shown("bilal", "k21")["_rev"]
    sent = {"_id": f"{programme.record}:k21", "_rev": f"2-{FIRST}", **made_on(rev, FIRST)}
    receipts = [
        push(programme.kanaf, programme.database, caller, [sent], is_replicated=True)
        for _ in range(2)
    ]

    assert receipts[0] == receipts[1]
    assert receipts[0][0].code == "lost_device"
    assert len(programme.quarantine("bilal")) == 1


def test_a_supervisor_accepts_what_a_lost_tablet_sent(programme: Programme, token: str) -> None:
    lose_device(programme.kanaf, TABLET)
    edit(programme, {**REGISTRATION, "age": 9})
    (kept,) = programme.quarantine("bilal")

    accept(programme.kanaf, programme.database, programme.signed_in("bilal"), kept["entry"])

    assert programme.shown("bilal", "k21")["data"] == {**REGISTRATION, "age": 9}
    assert programme.shown("bilal", "k21")["author"] == "amina"
    assert programme.quarantine("bilal") == []


def test_a_case_that_a_lost_tablet_has_begun_is_its_users_once_it_is_accepted(
    programme: Programme, token: str
) -> None:
    lose_device(programme.kanaf, TABLET)
    programme.record = str(uuid4())
    for form, data in (("k1", CASE), ("k21", REGISTRATION)):
        assert programme.write("amina", form, data).code == "lost_device"

    for kept in programme.quarantine("bilal"):
        accept(programme.kanaf, programme.database, programme.signed_in("bilal"), kept["entry"])

    assert programme.sees("bilal", "k21")
    assert programme.shown("amina", "k21")["data"] == REGISTRATION


def test_what_a_lost_tablet_was_sent_before_is_nothing_to_decide_about(
    programme: Programme, token: str
) -> None:
    """It is told that everything is lacking, so it sends it."""
    shown = {**programme.shown("amina", "k21")}
    generation, _, digest = shown["_rev"].partition("-")
    shown["_revisions"] = {"start": int(generation), "ids": [digest]}
    lose_device(programme.kanaf, TABLET)

    (receipt,) = push(
        programme.kanaf,
        programme.database,
        programme.caller("amina"),
        [shown],
        is_replicated=True,
    )

    assert (receipt.code, str(receipt.rev)) == (None, shown["_rev"])
    assert programme.quarantine("bilal") == []


def test_a_tablet_that_is_lost_while_it_sends_is_taken_for_lost(
    programme: Programme, token: str
) -> None:
    caller = comes_in(programme, token)
    lose_device(programme.kanaf, TABLET)

    (receipt,) = push(
        programme.kanaf, programme.database, caller, [{"_id": "x", "a": 1}], is_replicated=False
    )

    assert not caller.is_lost
    assert receipt.code == "lost_device"


def test_a_lost_tablet_sees_nothing_of_what_is_its_users_or_referred_to_them(
    programme: Programme, token: str
) -> None:
    add_device(programme.kanaf, "chen", "chen-tablet-1", "a token of chen's")
    programme.refer("k21")
    for name, secret, device in (
        ("amina", token, TABLET),
        ("chen", "a token of chen's", "chen-tablet-1"),
    ):
        assert programme.sees(name, "k21")
        lose_device(programme.kanaf, device)
        caller = comes_in(programme, secret, device)
        with programme.kanaf.store.read() as reading:
            reader = DocumentReader(programme.kanaf, reading, programme.database, caller)
            found = reader.sight.documents([f"{programme.record}:{form}" for form in ("k1", "k21")])
        assert (found, caller.person.name, caller.is_lost) == ({}, name, True)


def test_the_same_user_goes_on_with_another_tablet(programme: Programme, token: str) -> None:
    other = add_device(programme.kanaf, "amina", "amina-tablet-2")
    lose_device(programme.kanaf, TABLET)

    caller = comes_in(programme, other, "amina-tablet-2")

    assert not caller.is_lost
    assert caller.person.role.name == "caseworker"


@pytest.mark.parametrize("state", ["lost", "found", "shut out"])
def test_who_waits_meanwhile_is_told_nothing_more(
    programme: Programme, token: str, state: str
) -> None:
    kanaf, caller = programme.kanaf, comes_in(programme, token)
    lose_device(kanaf, TABLET)
    lost = comes_in(programme, token)
    with kanaf.store.read() as reading:
        assert kanaf.caller_now(reading, caller) is None
        now = kanaf.caller_now(reading, lost)
        assert now is not None
        assert (now.is_lost, now.person.role.scope) == (True, "none")
    if state == "lost":
        return
    if state == "found":
        renew_token(kanaf, TABLET)
    else:
        shut_out_device(kanaf, TABLET)
    with kanaf.store.read() as reading:
        assert kanaf.caller_now(reading, lost) is None


def test_a_lost_tablet_fills_no_quarantine_but_its_own(
    programme: Programme, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "MOST_ITEMS", 2)
    lose_device(programme.kanaf, TABLET)
    edit(programme, {"age": 1})
    edit(programme, {"age": 2})
    with pytest.raises(QuarantineFull):
        edit(programme, {"age": 3})
    renew_token(programme.kanaf, TABLET)

    assert edit(programme, {**REGISTRATION, "age": 999}).code == "invalid_answers"
    assert len(programme.quarantine("bilal")) == 3


def test_a_found_tablet_is_let_in_with_another_token(programme: Programme, token: str) -> None:
    lose_device(programme.kanaf, TABLET)
    edit(programme, {**REGISTRATION, "age": 9})

    found = comes_in(programme, renew_token(programme.kanaf, TABLET))

    assert not found.is_lost
    with pytest.raises(WrongCredentials):
        comes_in(programme, token)
    assert edit(programme, {**REGISTRATION, "age": 9}).code is None


def test_a_lost_tablet_hands_out_no_codes(programme: Programme) -> None:
    kanaf = programme.kanaf
    secret = add_device(kanaf, "bilal", "bilal-tablet")
    before = comes_in(programme, secret, "bilal-tablet")
    code = issue_code(kanaf, "amina", "new-tablet", before)
    lose_device(kanaf, "bilal-tablet")

    with pytest.raises(NotAllowed):
        issue_code(kanaf, "amina", "newer-tablet", before)
    assert code.device == "new-tablet"
    with kanaf.store.read() as reading:
        assert directory.enrolments(reading.connection, kanaf.clock()) == []


def test_a_supervisor_has_a_tablet_of_their_group_refused(programme: Programme, token: str) -> None:
    bilal = Caller(programme.caller("bilal").person, "")
    lose_device(programme.kanaf, TABLET, bilal)

    (known,) = known_devices(programme.kanaf)
    assert known.device.is_lost
    assert not known.may_come_in
    shut_out_device(programme.kanaf, TABLET, bilal)
    with pytest.raises(WrongCredentials):
        comes_in(programme, token)
    assert programme.audit("device lost") == programme.audit("device shut out") == [TABLET]


@pytest.mark.parametrize("refuse", [lose_device, shut_out_device])
@pytest.mark.parametrize("device", ["dina-tablet-1", "nobody's"])
def test_of_others_tablets_nothing_is_told(programme: Programme, refuse: Any, device: str) -> None:
    add_device(programme.kanaf, "dina", "dina-tablet-1")

    with pytest.raises(NotAllowed):
        refuse(programme.kanaf, device, Caller(programme.caller("bilal").person, ""))


def test_the_time_when_it_was_lost_stays(
    programme: Programme, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in (1_000.0, 2_000.0):
        monkeypatch.setattr(programme.kanaf, "clock", lambda at=at: at)
        lose_device(programme.kanaf, TABLET)

    assert programme.kanaf.registry().devices[TABLET].lost_at == 1_000.0


def test_a_tablet_that_was_shut_out_may_hand_in_once_it_is_lost(
    programme: Programme, token: str
) -> None:
    shut_out_device(programme.kanaf, TABLET)
    with pytest.raises(WrongCredentials):
        comes_in(programme, token)

    lose_device(programme.kanaf, TABLET)

    assert comes_in(programme, token).is_lost


def test_there_is_an_order_for_a_lost_tablet_only(programme: Programme, token: str) -> None:
    caller = comes_in(programme, token)
    assert order_for(programme.kanaf, caller) is None
    lose_device(programme.kanaf, TABLET)

    assert order_for(programme.kanaf, comes_in(programme, token)) is not None
    assert programme.audit("wipe order given out") == [TABLET]


def test_a_tablet_that_has_erased_itself_is_let_in_no_more(
    programme: Programme, token: str
) -> None:
    kanaf, before = programme.kanaf, comes_in(programme, token)
    with pytest.raises(NotAllowed):
        wiped(kanaf, before)
    lose_device(kanaf, TABLET)
    wiped(kanaf, comes_in(programme, token))

    with pytest.raises(WrongCredentials):
        comes_in(programme, token)
    with pytest.raises(NotAllowed):
        wiped(kanaf, before)
    with pytest.raises(InvalidAccount, match="has erased itself"):
        lose_device(kanaf, TABLET)
    (known,) = known_devices(kanaf)
    assert known.device.wiped_at is not None
    assert programme.audit("device wiped") == [TABLET]
    comes_in(programme, renew_token(kanaf, TABLET))
    (known,) = known_devices(kanaf)
    assert (known.device.lost_at, known.device.wiped_at) == (None, None)


def test_what_is_rejected_of_a_lost_tablet_is_not_asked_about_again(
    programme: Programme, token: str
) -> None:
    lose_device(programme.kanaf, TABLET)
    caller, rev = comes_in(programme, token), programme.shown("bilal", "k21")["_rev"]
    sent = {"_id": f"{programme.record}:k21", "_rev": f"2-{FIRST}", **made_on(rev, FIRST)}
    for _ in range(2):
        (receipt,) = push(programme.kanaf, programme.database, caller, [sent], is_replicated=True)
        assert receipt.code == "lost_device"
        for kept in programme.quarantine("bilal"):
            reject(programme.kanaf, programme.database, programme.signed_in("bilal"), kept["entry"])

    assert len(programme.audit("rejected")) == 1


def test_a_lost_tablet_of_somebody_who_has_left_still_hands_in(
    programme: Programme, token: str
) -> None:
    shut_out_user(programme.kanaf, "amina")
    with pytest.raises(WrongCredentials):
        comes_in(programme, token)

    lose_device(programme.kanaf, TABLET)

    caller = comes_in(programme, token)
    assert caller.is_lost
    assert order_for(programme.kanaf, caller) is not None


def test_a_supervisor_does_not_lose_the_tablet_of_another_supervisor(programme: Programme) -> None:
    add_user(programme.kanaf, "eve", role="supervisor", agency="a", groups=("khartoum",))
    add_device(programme.kanaf, "eve", "eve-tablet")

    with pytest.raises(NotAllowed):
        lose_device(programme.kanaf, "eve-tablet", programme.caller("bilal"))
