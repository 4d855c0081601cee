"""Tablets are enrolled by a code that is good once, for a day: nobody types or sends a token.

A supervisor asks for the code and hands it out, on paper or as a QR; the tablet gives it back over
the network and gets its name and token, which the server keeps no copy of. Whatever changes of the
user, or of who issued it and with which tablet, makes a code void.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from sync_server.crypto.passwords import new_token
from sync_server.crypto.sealing import keyed_digest
from sync_server.errors import NotAllowed, NotEnrolled, UnknownCode
from sync_server.service.caller import Caller
from sync_server.service.conduct import accept_in
from sync_server.service.directory_changes import (
    InvalidAccount,
    acting_now,
    active_user,
    carried_out,
    note,
    token_digest,
    usable_name,
)
from sync_server.service.kanaf import Kanaf, all_roles, person
from sync_server.sharing.supervision import may_employ
from sync_server.storage import directory
from sync_server.storage.rows import EnrolmentRow, UserRow
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
    """A code by which a tablet becomes a device of a user; one before for the same device and user
    is void.

    Args:
        issuer: the supervisor who asks; None on the server itself, where nobody has to be asked.

    Raises:
        InvalidAccount: there is no such user, or the device's name is taken or unusable.
        NotAllowed: the issuer hands out no tablets to the user.
    """
    device = usable_name(device, "a name")
    text = "".join(secrets.choice(_LETTERS) for _ in range(_DIGITS))
    now = kanaf.clock()
    expires_at = now + CODE_SECONDS

    def issue(connection: Connection) -> None:
        owner = _employed(connection, issuer, user) if issuer else active_user(connection, user)
        pending = directory.enrolments(connection, now)
        taken = {one.name for one in directory.devices(connection)}
        taken |= {one.device for one in pending if one.user_id != owner.id}
        if device in taken:
            raise InvalidAccount(f"there is a device {device!r} already; names are used once")
        by, through = (issuer.person.id, issuer.device) if issuer else (None, None)
        digest = _digest(kanaf, text)
        row = EnrolmentRow(device, owner.id, by, through, digest, expires_at)
        directory.set_enrolment(connection, row, now)
        note(kanaf, connection, "enrolment code issued", f"{device} of {owner.name}", issuer)

    carried_out(kanaf, issue)
    groups = (text[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))
    return Code(device, "-".join(groups), expires_at)


def enrol(kanaf: Kanaf, code: str, install_id: str | None, conduct: int | None = None) -> Enrolled:
    """Makes a tablet the device that a code was issued for; the code is void from then on.

    Args:
        code: as it was handed out, in small letters and without hyphens as well.
        install_id: what the tablet calls this installation of itself, at most
            `LONGEST_INSTALL_ID` characters.
        conduct: the version of the code of conduct that the user accepts on the tablet.

    Raises:
        ConductNotAccepted: there is a code of conduct, and its last version is another.
        UnknownCode: the code is wrong, was used already, is void, or has expired.
        NotEnrolled: the name was taken meanwhile.
    """
    digest = _digest(kanaf, code.upper().translate(_READ_AS))
    with kanaf.store.read() as reading:  # who guesses does not hold up the directory
        if _known(kanaf, reading.connection, digest) is None:
            raise UnknownCode
    token = new_token()

    def take(connection: Connection) -> Enrolled:
        found = _known(kanaf, connection, digest)
        if found is None:
            raise UnknownCode
        directory.take_enrolment(connection, digest)
        users = {one.id: one for one in directory.users(connection)}
        owner, device = users[found.user_id], found.device
        accept_in(kanaf, connection, owner.id, conduct)
        directory.add_device(connection, device, owner.id, token_digest(kanaf, token), install_id)
        note(kanaf, connection, "device enrolled", f"{device} of {owner.name}")
        return Enrolled(device, owner.name, token)

    try:
        return carried_out(kanaf, take)
    except AlreadyThere:
        raise NotEnrolled from None


def _known(kanaf: Kanaf, connection: Connection, digest: bytes) -> EnrolmentRow | None:
    pending = directory.enrolments(connection, kanaf.clock())
    return next((one for one in pending if compare_digest(one.code_digest, digest)), None)


def _employed(connection: Connection, issuer: Caller, name: str) -> UserRow:
    """Somebody to whom the issuer hands out tablets; whether there are others is not for them to
    know.

    Raises:
        NotAllowed: there is nobody such, or the issuer is no longer who they were.
    """
    now, roles = acting_now(connection, issuer), all_roles(connection)
    for one in directory.users(connection):
        if one.name == name and one.active and may_employ(now, person(one, roles)):
            return one
    raise NotAllowed


def _digest(kanaf: Kanaf, text: str) -> bytes:
    key = kanaf.master_keys.derived("enrolment")
    return keyed_digest(key, text.encode("utf-8", "surrogatepass"))
