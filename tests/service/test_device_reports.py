"""Supervisors see which tablets were heard of, and what these say of themselves."""

from __future__ import annotations

import pytest

from sync_server.app import create_app
from sync_server.service.device_reports import (
    HEARD_EVERY,
    Contacts,
    KnownDevice,
    known_devices,
    report,
)
from sync_server.service.directory_changes import add_device, shut_out_device, shut_out_user
from tests.service.conftest import Programme

TABLET = "amina-tablet-1"


def known(programme: Programme, name: str | None = "bilal") -> dict[str, KnownDevice]:
    caller = programme.caller(name) if name else None
    return {one.device.name: one for one in known_devices(programme.kanaf, caller)}


def test_a_device_that_never_came_is_told_as_such(programme: Programme) -> None:
    add_device(programme.kanaf, "amina", TABLET)

    assert known(programme)[TABLET].report is None
    assert known(programme)[TABLET].may_come_in


def test_what_a_device_says_of_itself_is_kept_until_it_says_more(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    kanaf = programme.kanaf
    add_device(kanaf, "amina", TABLET)
    for at, unsent in ((1_000.0, 7), (2_000.0, 0)):
        monkeypatch.setattr(kanaf, "clock", lambda at=at: at)
        report(kanaf, TABLET, "1.2", unsent, 5_000_000_000)

        told = known(programme)[TABLET].report
        assert told is not None
        assert (told.heard_at, told.told_at, told.version) == (at, at, "1.2")
        assert (told.unsent, told.free_bytes) == (unsent, 5_000_000_000)


def test_what_was_missing_stands_until_the_device_compares_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    kanaf = programme.kanaf
    add_device(kanaf, "amina", TABLET)
    for at, missing, told in (
        (1_000.0, None, (None, None)),
        (2_000.0, 3, (3, 2_000.0)),
        (3_000.0, None, (3, 2_000.0)),
        (4_000.0, 0, (0, 4_000.0)),
    ):
        monkeypatch.setattr(kanaf, "clock", lambda at=at: at)
        report(kanaf, TABLET, "1.2", 0, 1, missing)

        known_now = known(programme)[TABLET].report
        assert known_now is not None
        assert (known_now.missing, known_now.checked_at) == told
        assert known_now.told_at == at


def test_a_supervisor_sees_the_devices_of_their_group_only(programme: Programme) -> None:
    add_device(programme.kanaf, "amina", TABLET)
    add_device(programme.kanaf, "dina", "dina-tablet")

    assert known(programme).keys() == {TABLET}
    assert known(programme, "amina") == {}
    assert known(programme, None).keys() == {TABLET, "dina-tablet"}


@pytest.mark.parametrize("who", ["device", "user"])
def test_a_device_that_is_shut_out_is_told_as_such(programme: Programme, who: str) -> None:
    add_device(programme.kanaf, "amina", TABLET)
    if who == "device":
        shut_out_device(programme.kanaf, TABLET)
    else:
        shut_out_user(programme.kanaf, "amina")

    assert not known(programme)[TABLET].may_come_in


def test_who_comes_in_is_written_down_now_and_then_and_tells_nothing_away(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    kanaf = programme.kanaf
    add_device(kanaf, "amina", TABLET)
    report(kanaf, TABLET, "1.2", 3, 1)
    contacts, start = Contacts(kanaf), kanaf.clock()

    heard = []
    for after in (100, 100 + HEARD_EVERY - 1, 100 + HEARD_EVERY):
        monkeypatch.setattr(kanaf, "clock", lambda after=after: start + after)
        contacts.heard_of(TABLET)
        contacts.write()
        told = known(programme)[TABLET].report
        assert told is not None
        assert told.unsent == 3
        heard.append(told.heard_at - start)

    assert heard == pytest.approx([100, 100, 100 + HEARD_EVERY])
    monkeypatch.setattr(kanaf, "clock", lambda: start)
    report(kanaf, TABLET, "1.2", 4, 1)
    told = known(programme)[TABLET].report
    assert told is not None
    assert told.unsent == 4
    assert told.heard_at - start == pytest.approx(100 + HEARD_EVERY)


def test_what_cannot_be_written_is_written_with_what_comes_next(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    kanaf, contacts = programme.kanaf, Contacts(programme.kanaf)
    for name in (TABLET, "amina-tablet-2"):
        add_device(kanaf, "amina", name)
    contacts.heard_of(TABLET)
    with monkeypatch.context() as away:
        away.setattr(kanaf.store, "administratively", _away)
        with pytest.raises(ConnectionError):
            contacts.write()
    contacts.heard_of("amina-tablet-2")

    contacts.write()

    assert all(one.report is not None for one in known(programme).values())


def _away(*_: object) -> None:
    raise ConnectionError


def test_every_request_of_a_device_is_a_contact_and_no_change_of_the_directory(
    programme: Programme,
) -> None:
    kanaf = programme.kanaf
    token = add_device(kanaf, "amina", TABLET)
    app, before = create_app(kanaf), kanaf.registry().version

    answer = app.test_client().get("/sync/_session", auth=(TABLET, token))
    app.extensions["contacts"].write()

    assert answer.status_code == 200
    assert known(programme)[TABLET].report is not None
    assert kanaf.registry().version == before
