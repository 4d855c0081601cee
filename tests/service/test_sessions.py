"""Sessions are seen, and ended before their time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_server.service.accounts import LONGEST_SESSION_SECONDS, Accounts, Session
from sync_server.service.directory_changes import InvalidAccount
from sync_server.service.sessions import end_session, end_sessions, sessions
from tests.service.conftest import Programme, new_programme

PASSWORD = "correct horse"


@pytest.fixture
def programme(database_url: str, tmp_path: Path) -> Iterator[Programme]:
    """A programme in which amina and bilal sign in with a password."""
    passwords = dict.fromkeys(("amina", "bilal"), PASSWORD)
    with new_programme(tmp_path, database_url, passwords) as made:
        yield made


def begun(programme: Programme, *names: str) -> list[Session]:
    accounts = Accounts(programme.kanaf)
    return [accounts.begin_session(name, PASSWORD) for name in names]


def lasts(programme: Programme, session: Session) -> bool:
    """Whether a session opens something, in another process and in a feed that waits."""
    kanaf = programme.kanaf
    found = Accounts(kanaf).session(kanaf.registry(), session.text)
    with kanaf.store.read() as reading:
        waits = kanaf.caller_now(reading, session.caller)
    assert (found is None) == (waits is None)
    return found is not None


def test_sessions_are_listed_by_user_with_their_end(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programme.kanaf, "clock", lambda: 1_000.0)
    begun(programme, "bilal", "amina", "bilal")

    listed = sessions(programme.kanaf)

    assert [one.user for one in listed] == ["amina", "bilal", "bilal"]
    assert {one.ends_at for one in listed} == {1_000.0 + LONGEST_SESSION_SECONDS}
    assert {len(one.id) for one in listed} == {12}
    assert [one.user for one in sessions(programme.kanaf, "amina")] == ["amina"]
    monkeypatch.setattr(programme.kanaf, "clock", lambda: 1_001.0 + LONGEST_SESSION_SECONDS)
    assert sessions(programme.kanaf) == []


def test_a_session_that_is_ended_opens_nothing_and_the_others_go_on(programme: Programme) -> None:
    first, second, other = begun(programme, "bilal", "bilal", "amina")
    known = {one.id for one in sessions(programme.kanaf, "bilal")}
    assert first.caller.session is not None
    ended = first.caller.session.hex()[:12]
    assert ended in known

    assert end_session(programme.kanaf, ended) == "bilal"

    assert [lasts(programme, one) for one in (first, second, other)] == [False, True, True]
    assert programme.audit("session ended") == [f"{ended} of bilal"]


def test_all_sessions_of_a_user_are_ended(programme: Programme) -> None:
    first, second, other = begun(programme, "bilal", "bilal", "amina")

    assert end_sessions(programme.kanaf, "bilal") == 2
    assert end_sessions(programme.kanaf, "bilal") == 0

    assert [lasts(programme, one) for one in (first, second, other)] == [False, False, True]


def test_nobody_ends_anothers_session(programme: Programme) -> None:
    (other,) = begun(programme, "amina")
    (known,) = sessions(programme.kanaf)

    for session, by in ((known.id, programme.caller("bilal")), ("0" * 12, None), ("", None)):
        with pytest.raises(InvalidAccount):
            end_session(programme.kanaf, session, by)
    assert lasts(programme, other)
    assert end_session(programme.kanaf, known.id, programme.caller("amina")) == "amina"


def test_of_nobody_there_are_no_sessions(programme: Programme) -> None:
    for ask in (sessions, end_sessions):
        with pytest.raises(InvalidAccount, match="no user 'nobody'"):
            ask(programme.kanaf, "nobody")
