"""Tablets are enrolled by a code that is good once, for a day: nobody types or sends a token.

A supervisor asks for the code and hands it out, on paper or as a QR; the tablet gives it back over
the network and gets its name and token, which the server keeps no copy of.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sync_server.crypto.passwords import new_token
from sync_server.crypto.sealing import keyed_digest
from sync_server.errors import NotAllowed, NotEnrolled, UnknownCode
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import (
    InvalidAccount,
    active_user,
    carried_out,
    check_name,
    note,
    token_digest,
)
from sync_server.service.kanaf import Kanaf
from sync_server.storage import directory
from sync_server.storage.rows import UserRow
from sync_server.storage.store import AlreadyThere, Connection

CODE_SECONDS = 24 * 3600
"""So long is a code good."""
LONGEST_INSTALL_ID = 64

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Those of Crockford's base 32: none is taken for another when it is read from paper."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_DIGITS, _GROUP = 16, 4  # 80 bits


@dataclass(frozen=True)
class Code:
    """What is handed out.

    Attributes:
        text: four groups of four letters and digits; kept nowhere.
        expires_at: seconds since 1970.
    """

    device: str
    text: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True)
class Enrolled:
    """What a tablet gets for its code."""

    device: str
    user: str
    token: str = field(repr=False)


def issue_code(kanaf: Kanaf, user: str, device: str, issuer: Caller | None = None) -> Code:
    """A code by which a tablet becomes a device of a user; one before for the device is void.

    Args:
        issuer: the supervisor who asks; None on the server itself, where nobody has to be asked.

    Raises:
        InvalidAccount: there is no such user, or the device's name is taken or unusable.
        NotAllowed: the issuer does not supervise the user.
    """
    check_name(device, "a name")
    text = "".join(secrets.choice(_LETTERS) for _ in range(_DIGITS))
    expires_at = kanaf.clock() + CODE_SECONDS

    def issue(connection: Connection) -> None:
        owner = _supervised(connection, issuer, user) if issuer else active_user(connection, user)
        if any(one.name == device for one in directory.devices(connection)):
            raise InvalidAccount(f"there is a device {device!r} already; names are used once")
        digest = _digest(kanaf, text)
        directory.set_enrolment(connection, device, owner.id, digest, expires_at, kanaf.clock())
        note(kanaf, connection, "enrolment code issued", device, issuer)

    carried_out(kanaf, issue)
    groups = (text[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))
    return Code(device, "-".join(groups), expires_at)


def enrol(kanaf: Kanaf, code: str, install_id: str | None) -> Enrolled:
    """Makes a tablet the device that a code was issued for; the code is void from then on.

    Args:
        code: as it was handed out, in small letters and without hyphens as well.
        install_id: what the tablet calls this installation of itself, at most
            `LONGEST_INSTALL_ID` characters.

    Raises:
        UnknownCode: the code is wrong, was used already, or has expired.
        NotEnrolled: the name was taken meanwhile, or the user shut out.
    """
    digest = _digest(kanaf, code.upper().translate(_READ_AS))
    token = new_token()

    def take(connection: Connection) -> Enrolled:
        found = directory.take_enrolment(connection, digest, kanaf.clock())
        if found is None:
            raise UnknownCode
        device, user_id = found
        owner = next(one for one in directory.users(connection) if one.id == user_id)
        if not owner.active:
            raise NotEnrolled
        directory.add_device(connection, device, owner.id, token_digest(kanaf, token), install_id)
        note(kanaf, connection, "device enrolled", device)
        return Enrolled(device, owner.name, token)

    try:
        return carried_out(kanaf, take)
    except AlreadyThere:
        raise NotEnrolled from None


def _supervised(connection: Connection, issuer: Caller, name: str) -> UserRow:
    """Somebody whom the issuer supervises; whether there are others is not for them to know."""
    group = issuer.person.group
    for one in directory.users(connection):
        if one.name == name and one.active and one.group == group is not None:
            return one
    raise NotAllowed


def _digest(kanaf: Kanaf, text: str) -> bytes:
    key = kanaf.master_keys.derived("enrolment")
    return keyed_digest(key, text.encode("utf-8", "surrogatepass"))
