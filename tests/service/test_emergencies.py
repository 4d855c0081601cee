"""Emergency access: asked for with a reason, granted by a second person, for a day, and told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from sync_server.errors import (
    ConductNotAccepted,
    InvalidRequest,
    NoSuchRequest,
    NotAllowed,
    SecondPersonNeeded,
    TooManyAsked,
)
from sync_server.messages import LANGUAGES, sentence
from sync_server.service.conduct import publish_conduct
from sync_server.service.directory_changes import add_user, change_user, shut_out_user
from sync_server.service.documents import DocumentReader
from sync_server.service.emergencies import (
    ACCESS_SECONDS,
    MOST_OPEN,
    REQUEST_SECONDS,
    ask,
    end,
    end_next,
    grant,
)
from sync_server.service.emergencies_seen import emergencies_seen_by
from sync_server.service.feed import page
from sync_server.service.programme_roles import role_to_json, set_role
from sync_server.service.quarantine_desk import NotDecided, reject
from sync_server.sharing.roles import ROLES
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on

CASE_FORMS = ("k1", "k21")
REASON = "The hospital asks for her guardian tonight"
START = 1_796_000_000.0
"""2026-11-30 00:53:20 UTC."""


class Clock:
    """The clock of the service, as a test sets it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def programme(programme: Programme, clock: Clock) -> Programme:
    """The personas' programme with two administrators and a case of amina's."""
    programme.kanaf.clock = clock
    for name in ("root", "second-root"):
        add_user(programme.kanaf, name, role="administrator", agency="a")
    programme.register()
    return programme


def asked(programme: Programme, name: str = "root", record: str | None = None) -> str:
    caller = programme.caller(name)
    row = ask(programme.kanaf, programme.database, caller, record or programme.record, REASON)
    return row.id


def granted(programme: Programme, by: str = "bilal") -> str:
    """The id of a request of root's that somebody has granted."""
    request = asked(programme)
    grant(programme.kanaf, programme.signed_in(by), request)
    return request


def listed(programme: Programme, name: str) -> list[dict[str, Any]]:
    return emergencies_seen_by(programme.kanaf, programme.database, programme.caller(name))


def seen(programme: Programme, name: str) -> dict[str, bool]:
    """The documents of the record that somebody's feed tells of, and whether they were revoked."""
    with programme.kanaf.store.read() as reading:
        caller = programme.caller(name)
        reader = DocumentReader(programme.kanaf, reading, programme.database, caller)
        changes = page(reader, 0, 1_000).changes
    return {
        one.document_id: one.is_revoked
        for one in changes
        if one.document_id.startswith(programme.record)
    }


def revoked_after(programme: Programme, name: str, since: int) -> set[str]:
    """What somebody's feed takes back after a seq."""
    with programme.kanaf.store.read() as reading:
        caller = programme.caller(name)
        reader = DocumentReader(programme.kanaf, reading, programme.database, caller)
        return {one.document_id for one in page(reader, since, 1_000).changes if one.is_revoked}


def notes(programme: Programme, name: str) -> list[dict[str, Any]]:
    """The notes of the record that somebody's feed has."""
    names = [one.partition(":")[2] for one in sorted(seen(programme, name)) if ":k7:" in one]
    return [programme.shown(name, one) for one in names]


def update_seq(programme: Programme) -> int:
    with programme.kanaf.store.read() as reading:
        return reading.update_seq(programme.database.id)


def test_who_was_let_in_reads_the_record_and_nobody_else_sees_more(programme: Programme) -> None:
    before = {name: seen(programme, name).keys() for name in ("bilal", "chen", "dina")}
    assert not programme.sees("root", "k21")

    granted(programme)

    assert programme.sees("root", "k21")
    assert seen(programme, "root").keys() >= {f"{programme.record}:{form}" for form in CASE_FORMS}
    assert not programme.sees("second-root", "k21")
    assert seen(programme, "second-root") == {}
    for name in ("chen", "dina"):
        assert seen(programme, name).keys() == before[name] == set()
    assert len(seen(programme, "bilal")) == len(before["bilal"]) + 1, "the note"


def test_another_record_stays_closed(programme: Programme) -> None:
    granted(programme)
    programme.record = str(uuid4())
    assert programme.write("amina", "k1", {**CASE, "case_number": "SD-ANOT-HERO-NE22"}).code is None

    assert not programme.sees("root", "k1")


def test_who_asked_alone_reads_nothing_and_cannot_grant_it(programme: Programme) -> None:
    request = asked(programme)

    with pytest.raises(SecondPersonNeeded):
        grant(programme.kanaf, programme.signed_in("root"), request)

    assert not programme.sees("root", "k21")
    assert seen(programme, "root") == {}


@pytest.mark.parametrize("name", ["amina", "bilal", "chen", "dina"])
def test_who_reads_nothing_by_emergency_cannot_ask(programme: Programme, name: str) -> None:
    with pytest.raises(NotAllowed):
        asked(programme, name)


@pytest.mark.parametrize("reason", ["", "too short", " " * 40, "x" * 501, "a reason\nin lines"])
def test_a_reason_is_needed(programme: Programme, reason: str) -> None:
    root = programme.caller("root")
    with pytest.raises(InvalidRequest, match="reason"):
        ask(programme.kanaf, programme.database, root, programme.record, reason)


@pytest.mark.parametrize("record", ["", "k1", "shared", "../x", "A" * 36])
def test_only_a_record_is_asked_for(programme: Programme, record: str) -> None:
    root = programme.caller("root")
    with pytest.raises(InvalidRequest, match="record"):
        ask(programme.kanaf, programme.database, root, record, REASON)


def test_to_ask_tells_nothing_of_whether_there_is_such_a_record(programme: Programme) -> None:
    there, nowhere = asked(programme), asked(programme, record=str(uuid4()))

    mine = {one["emergency"]: one for one in listed(programme, "root")}
    another = {one["emergency"]: one for one in listed(programme, "second-root")}

    for found in (mine, another):
        told = [
            {
                name: value
                for name, value in found[one].items()
                if name not in ("emergency", "record")
            }
            for one in (there, nowhere)
        ]
        assert told[0] == told[1]
    with pytest.raises(NoSuchRequest):
        grant(programme.kanaf, programme.signed_in("second-root"), nowhere)


def test_only_those_whose_work_the_record_is_and_who_keep_the_server_grant(
    programme: Programme,
) -> None:
    add_user(programme.kanaf, "elsewhere", role="supervisor", agency="c", groups=("gedaref",))
    request = asked(programme)

    for name in ("amina", "chen", "dina", "elsewhere"):
        assert listed(programme, name) == []
        with pytest.raises(NoSuchRequest):
            grant(programme.kanaf, programme.signed_in(name), request)
    for name in ("bilal", "second-root"):
        (one,) = listed(programme, name)
        assert (one["user"], one["record"], one["reason"]) == ("root", programme.record, REASON)
        assert one["may_grant"]

    grant(programme.kanaf, programme.signed_in("second-root"), request)

    assert programme.sees("root", "k21")


def test_a_request_is_granted_once(programme: Programme) -> None:
    request = granted(programme)

    with pytest.raises(NoSuchRequest):
        grant(programme.kanaf, programme.signed_in("second-root"), request)

    assert len(notes(programme, "amina")) == 1


def test_of_two_who_grant_at_once_one_does(programme: Programme) -> None:
    request = asked(programme)

    def agree(name: str) -> bool:
        try:
            grant(programme.kanaf, programme.signed_in(name), request)
        except NoSuchRequest:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(agree, ["bilal", "second-root"]))

    assert sorted(done) == [False, True]
    assert len(notes(programme, "amina")) == len(programme.audit("emergency access granted")) == 1


def test_of_two_processes_that_find_it_over_one_ends_it(programme: Programme, clock: Clock) -> None:
    granted(programme)
    clock.now += ACCESS_SECONDS

    with ThreadPoolExecutor(2) as both:
        list(both.map(end_next, [programme.kanaf] * 2))

    assert not end_next(programme.kanaf)
    assert len(programme.audit("emergency access ended")) == 1


def test_what_is_written_while_it_lasts_is_told_to_who_was_let_in_and_not_after(
    programme: Programme, clock: Clock
) -> None:
    granted(programme)
    assert programme.write("amina", "k22", {}, state="draft").code is None
    assert programme.sees("root", "k22")
    since = update_seq(programme)
    clock.now += ACCESS_SECONDS

    base = programme.shown("amina", "k21")["_rev"]
    data = {**REGISTRATION, "age": 9}
    assert programme.write("amina", "k21", data, **made_on(base, "c" * 32)).code is None

    assert f"{programme.record}:k21" in revoked_after(programme, "root", since)
    assert not programme.sees("root", "k21")
    assert end_next(programme.kanaf)
    assert not end_next(programme.kanaf)


def test_a_request_lapses_after_a_day(programme: Programme, clock: Clock) -> None:
    request = asked(programme)
    clock.now += REQUEST_SECONDS

    with pytest.raises(NoSuchRequest):
        grant(programme.kanaf, programme.signed_in("bilal"), request)
    assert end_next(programme.kanaf)
    assert not end_next(programme.kanaf)

    (one,) = listed(programme, "root")
    assert (one["state"], one["may_end"], one["granted_by"]) == ("over", False, None)


def test_who_was_shut_out_or_lost_the_role_is_not_let_in(programme: Programme) -> None:
    first, second = asked(programme), asked(programme, "second-root")
    shut_out_user(programme.kanaf, "root")
    change_user(programme.kanaf, "second-root", role="caseworker", groups=("gedaref",))

    for request in (first, second):
        with pytest.raises(NoSuchRequest):
            grant(programme.kanaf, programme.signed_in("bilal"), request)


def test_who_was_shut_out_since_they_came_in_lets_nobody_in(programme: Programme) -> None:
    request, bilal = asked(programme), programme.signed_in("bilal")
    shut_out_user(programme.kanaf, "bilal")

    with pytest.raises(NotAllowed):
        grant(programme.kanaf, bilal, request)

    assert not programme.sees("root", "k21")


def test_who_has_not_accepted_the_code_of_conduct_asks_for_nothing(programme: Programme) -> None:
    publish_conduct(programme.kanaf, {"en": "Never tell."})

    with pytest.raises(ConductNotAccepted):
        asked(programme)


def test_the_owner_is_told_by_a_note_who_reads_it_why_and_until_when(programme: Programme) -> None:
    granted(programme)

    (note,) = notes(programme, "amina")
    assert note["author"] == "bilal"
    assert note["form"] == "k7"
    assert note["data"]["written_on"] == "2026-11-30"
    assert note["data"]["note"].splitlines() == [
        *(sentence("emergency_access", language) for language in LANGUAGES),
        "root (administrator) → 2026-12-01 00:53 UTC",
        "bilal (supervisor) ✓",
        REASON,
    ]
    assert notes(programme, "bilal") == notes(programme, "root") == [note]
    (told,) = listed(programme, "amina")
    assert (told["user"], told["granted_by"], told["state"]) == ("root", "bilal", "granted")
    assert not told["may_grant"]
    assert not told["may_end"]


def test_the_note_is_a_note_that_its_readers_may_add_to(programme: Programme) -> None:
    granted(programme)
    (note,) = notes(programme, "amina")
    name = note["_id"].partition(":")[2]
    data = {**note["data"], "note": f"{note['data']['note']}\nAmina called root."}

    receipt = programme.write("amina", name, data, **made_on(note["_rev"], "e" * 32))

    assert receipt.code is None
    assert programme.shown("bilal", name)["data"] == data


def test_who_was_let_in_writes_nothing(programme: Programme) -> None:
    granted(programme)
    base = programme.shown("root", "k21")["_rev"]

    changed = programme.write("root", "k21", {**REGISTRATION, "age": 9}, **made_on(base, "a" * 32))
    added = programme.write("root", "k22", {})

    assert changed.code == added.code == "not_allowed"
    assert programme.shown("amina", "k21")["data"] == REGISTRATION


def test_access_ends_after_a_day_in_answers_at_once_and_then_in_the_feed(
    programme: Programme, clock: Clock
) -> None:
    granted(programme)
    had, since = seen(programme, "root").keys(), update_seq(programme)
    clock.now += ACCESS_SECONDS - 1
    assert programme.sees("root", "k21")
    assert not end_next(programme.kanaf)

    clock.now += 1

    assert not programme.sees("root", "k21")
    assert seen(programme, "root") == {}
    assert revoked_after(programme, "root", since) == set()
    assert end_next(programme.kanaf)
    assert revoked_after(programme, "root", since) == had
    assert not end_next(programme.kanaf)
    assert programme.sees("amina", "k21")
    assert programme.sees("bilal", "k21")
    with programme.kanaf.store.read() as reading:
        rows = reading.records(programme.database.id, [programme.record])
        audience = reading.audiences(programme.database.id, [programme.record])
    assert rows[programme.record].emergencies == ()
    assert programme.caller("root").person.id not in {one.user_id for one in audience}


@pytest.mark.parametrize("name", ["root", "bilal", "second-root"])
def test_who_asked_who_granted_and_who_administers_end_it_early(
    programme: Programme, name: str
) -> None:
    request = granted(programme)
    had, since = seen(programme, "root").keys(), update_seq(programme)

    end(programme.kanaf, request, programme.caller(name))

    assert not programme.sees("root", "k21")
    assert revoked_after(programme, "root", since) == had
    with pytest.raises(NoSuchRequest):
        end(programme.kanaf, request, programme.caller(name))


def test_the_supervisor_of_the_case_ends_what_administrators_granted(programme: Programme) -> None:
    request = granted(programme, by="second-root")

    end(programme.kanaf, request, programme.caller("bilal"))

    assert not programme.sees("root", "k21")


@pytest.mark.parametrize("name", ["amina", "chen", "dina"])
def test_nobody_else_ends_it(programme: Programme, name: str) -> None:
    request = granted(programme)

    with pytest.raises(NoSuchRequest):
        end(programme.kanaf, request, programme.caller(name))

    assert programme.sees("root", "k21")


def test_what_was_taken_back_is_not_granted(programme: Programme) -> None:
    request = asked(programme)
    end(programme.kanaf, request, programme.caller("root"))

    with pytest.raises(NoSuchRequest):
        grant(programme.kanaf, programme.signed_in("bilal"), request)


def test_of_two_grants_the_later_stays_when_the_earlier_ends(
    programme: Programme, clock: Clock
) -> None:
    granted(programme)
    clock.now += 3_600
    second = granted(programme)
    clock.now += ACCESS_SECONDS - 3_600

    assert end_next(programme.kanaf)

    assert programme.sees("root", "k21")
    end(programme.kanaf, second)
    assert not programme.sees("root", "k21")


def test_who_is_let_in_again_sees_again_what_was_revoked(
    programme: Programme, clock: Clock
) -> None:
    granted(programme)
    clock.now += ACCESS_SECONDS
    assert end_next(programme.kanaf)
    since = update_seq(programme)

    granted(programme)

    with programme.kanaf.store.read() as reading:
        caller = programme.caller("root")
        reader = DocumentReader(programme.kanaf, reading, programme.database, caller)
        told = {one.document_id for one in page(reader, since, 1_000).changes}
    assert {f"{programme.record}:{form}" for form in CASE_FORMS} <= told


def test_each_step_is_in_the_audit_log(programme: Programme, clock: Clock) -> None:
    request = granted(programme)
    clock.now += ACCESS_SECONDS
    assert end_next(programme.kanaf)

    subject = f"{request} {programme.record}"
    for what in ("asked", "granted", "ended"):
        assert programme.audit(f"emergency access {what}") == [subject]
    (note,) = notes(programme, "amina")
    assert f"{note['_id']} {note['_rev']}" in programme.audit("written")


def test_the_reason_is_sealed(programme: Programme) -> None:
    request = granted(programme)

    with programme.kanaf.store.read() as reading:
        raw = reading.connection.connection.cursor()
        raw.execute("select reason from emergency")
        ((sealed,),) = raw.fetchall()

    assert REASON.encode() not in bytes(sealed)
    assert request.encode() not in bytes(sealed)


def test_nobody_is_flooded_with_requests(programme: Programme) -> None:
    requests = [asked(programme) for _ in range(MOST_OPEN)]
    with pytest.raises(TooManyAsked):
        asked(programme)

    grant(programme.kanaf, programme.signed_in("bilal"), requests[0])
    end(programme.kanaf, requests[1], programme.caller("root"))

    asked(programme)
    asked(programme)
    with pytest.raises(TooManyAsked):
        asked(programme)


def test_a_supervisor_who_was_let_in_decides_nothing_there(programme: Programme) -> None:
    """A role of the programme's own may read by emergency beside what it is about."""
    supervisor = ROLES["supervisor"]
    role = role_to_json(replace(supervisor, in_emergency=supervisor.reads))
    set_role(programme.kanaf, "on-call", role)
    add_user(programme.kanaf, "oncall", role="on-call", agency="c", groups=("gedaref",))
    request = asked(programme, "oncall")
    grant(programme.kanaf, programme.signed_in("bilal"), request)
    base = programme.shown("oncall", "k21")["_rev"]

    mine = programme.write("oncall", "k21", {**REGISTRATION, "age": 9}, **made_on(base, "b" * 32))

    assert mine.code == "not_allowed"
    (entry,) = programme.quarantine("bilal")
    assert entry["owner"] == "oncall"
    with pytest.raises(NotDecided):
        reject(programme.kanaf, programme.database, programme.signed_in("oncall"), entry["entry"])
    assert [one["entry"] for one in programme.quarantine("bilal")] == [entry["entry"]]
