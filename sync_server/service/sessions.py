"""Sessions of people: looking at them, and ending them before their time, at once in every process.

A session ends by itself when nobody uses it for `SESSION_SECONDS`; that is known to its holder
alone. So what is listed may have ended already, and ends at most then.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync_server.service.caller import Caller
from sync_server.service.directory_changes import InvalidAccount, note
from sync_server.service.kanaf import Kanaf
from sync_server.storage import directory
from sync_server.storage.rows import SessionRow
from sync_server.storage.store import Connection

_ID_DIGITS = 12


@dataclass(frozen=True)
class KnownSession:
    """A session that may still last.

    Attributes:
        id: 12 hex digits of what is kept of its token; nobody comes in with them.
        user: the name of who holds it.
        ends_at: seconds since 1970, at most.
    """

    id: str
    user: str
    ends_at: float


def sessions(kanaf: Kanaf, user: str | None = None) -> list[KnownSession]:
    """The sessions of everybody, or of one user, by user, those that end first before others.

    Raises:
        InvalidAccount: there is no such user.
    """
    names = {one.id: one.name for one in kanaf.registry().users.values()}
    if user is not None and user not in names.values():
        raise InvalidAccount(f"there is no user {user!r}; see kanaf user list")
    with kanaf.store.read() as reading:
        rows = directory.sessions(reading.connection, kanaf.clock())
    found = [KnownSession(_id(one), names[one.user_id], one.expires_at) for one in rows]
    kept = [one for one in found if user in (None, one.user)]
    return sorted(kept, key=lambda one: (one.user, one.ends_at, one.id))


def end_session(kanaf: Kanaf, session: str, by: Caller | None = None) -> str:
    """Ends a session.

    Args:
        session: its id.
        by: who asks for it over the network, and ends their own only; None on the server itself.

    Returns:
        The name of who held it.

    Raises:
        InvalidAccount: there is no such session, or it is another's.
    """
    for one in sessions(kanaf, by.person.name if by else None):
        if one.id == session:
            _end(kanaf, [one], by)
            return one.user
    raise InvalidAccount(f"there is no session {session!r}; see kanaf session list", "id")


def end_sessions(kanaf: Kanaf, user: str) -> int:
    """Ends all sessions of a user.

    Returns:
        How many.

    Raises:
        InvalidAccount: there is no such user.
    """
    found = sessions(kanaf, user)
    _end(kanaf, found, None)
    return len(found)


def _end(kanaf: Kanaf, ended: list[KnownSession], by: Caller | None) -> None:
    ids = {one.id for one in ended}

    def end(connection: Connection) -> None:
        for row in directory.sessions(connection, kanaf.clock()):
            if _id(row) in ids:
                directory.end_session(connection, row.token_digest)
        for one in ended:
            note(kanaf, connection, "session ended", f"{one.id} of {one.user}", by)

    kanaf.store.administratively(end)


def _id(row: SessionRow) -> str:
    return row.token_digest.hex()[:_ID_DIGITS]
