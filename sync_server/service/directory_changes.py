"""Administration of the directory: agencies, people, tablets. Each change is in the audit log.

What changes of a person counts at once in answers, and reaches their feed through fan-out jobs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypedDict, TypeVar, Unpack

from sync_server.crypto.passwords import new_token, password_hash
from sync_server.crypto.sealing import keyed_digest
from sync_server.service.administration import agency_configuration, publish
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.roles import ROLES, Action
from sync_server.storage import directory, fanout
from sync_server.storage.rows import AuditRow, DatabaseKind, DeviceRow, UserRow
from sync_server.storage.store import AlreadyThere, Connection

Result = TypeVar("Result")

SHORTEST_PASSWORD = 8
LONGEST_NAME = 100


class InvalidAccount(ValueError):
    """The directory cannot be changed so; the message says what to do instead."""


class Rights(TypedDict, total=False):
    """What of a person's place in the programme is changed."""

    role: str
    agency: str
    group: str | None


def add_agency(kanaf: Kanaf, code: str, name: str) -> None:
    """Adds an agency, unless it is there, and tells the members of every case database of it.

    Raises:
        InvalidAccount: the code is unusable or of an agency with another name, or the name is
            empty.
    """
    code = usable_name(code, "a code")
    if not name.strip():
        raise InvalidAccount("an agency has a name that is not empty")

    def add(connection: Connection) -> str:
        is_new = code not in directory.agencies(connection)
        if is_new:
            note(kanaf, connection, "agency added", code)
        return directory.add_agency(connection, code, name)

    known = carried_out(kanaf, add)
    if known != name:
        raise InvalidAccount(f"there is an agency {code} already; its name is {known!r}")
    with kanaf.store.read() as reading:
        databases = reading.databases()
    for database in databases:
        if database.kind is DatabaseKind.CASE:
            publish(kanaf, database, agency_configuration({code: name}))


def add_user(
    kanaf: Kanaf, name: str, *, role: str, agency: str, group: str | None, password: str | None
) -> UserRow:
    """Adds a user.

    Raises:
        InvalidAccount: the name is taken or unusable, there is no such role or agency, the group
            has no name, or the password is too short.
    """
    name = usable_name(name, "a name")
    rights = usable_rights(Rights(role=role, agency=agency, group=group))
    if password is not None:
        _check_password(kanaf, password)
    hashed = password_hash(password) if password is not None else None

    def add(connection: Connection) -> int:
        check_agency(connection, rights)
        check_is_nobody_else(name, directory.users(connection))
        note(kanaf, connection, "user added", name)
        fan_out(connection)
        values = {"name": name, "active": True, "password_hash": hashed, **rights}
        return directory.add_user(connection, **values)

    user_id = _added(kanaf, add, f"there is a user {name!r} already")
    return kanaf.user(user_id)


def change_user(kanaf: Kanaf, name: str, **rights: Unpack[Rights]) -> UserRow:
    """Gives somebody another role, agency or group. Records keep the group they were begun in.

    Raises:
        InvalidAccount: there is no such user, role or agency, the group has no name, or nobody
            would be left who administers.
    """
    usable = usable_rights(rights)

    def change(connection: Connection, user: UserRow) -> None:
        check_agency(connection, usable)
        if "role" in usable and Action.ADMINISTER not in ROLES[usable["role"]].actions:
            _keep_an_administrator(connection, user)
        directory.change_user(connection, user.id, **usable)
        told = " ".join(f"{key}={value or '-'}" for key, value in usable.items())
        note(kanaf, connection, "user changed", f"{name} {told}")

    return _changed(kanaf, name, change)


def shut_out_user(kanaf: Kanaf, name: str) -> UserRow:
    """Lets somebody in no more, on no device: at once in every process. What they wrote stays, and
    their records stay theirs.

    Raises:
        InvalidAccount: there is no such user, or nobody would be left who administers.
    """

    def shut_out(connection: Connection, user: UserRow) -> None:
        _keep_an_administrator(connection, user)
        directory.change_user(connection, user.id, active=False)
        directory.end_sessions(connection, user.id)
        note(kanaf, connection, "user shut out", name)

    return _changed(kanaf, name, shut_out)


def let_in_user(kanaf: Kanaf, name: str) -> UserRow:
    """Lets somebody in again, with the devices that are not shut out themselves.

    Raises:
        InvalidAccount: there is no such user.
    """

    def let_in(connection: Connection, user: UserRow) -> None:
        directory.change_user(connection, user.id, active=True)
        note(kanaf, connection, "user let in", name)

    return _changed(kanaf, name, let_in)


def set_password(kanaf: Kanaf, name: str, password: str) -> UserRow:
    """Gives somebody another password, which ends their sessions.

    Raises:
        InvalidAccount: there is no such user, or the password is too short.
    """
    _check_password(kanaf, password)
    hashed = password_hash(password)

    def change(connection: Connection, user: UserRow) -> None:
        directory.change_user(connection, user.id, password_hash=hashed)
        directory.end_sessions(connection, user.id)
        note(kanaf, connection, "password set", name)

    return _changed(kanaf, name, change)


def add_device(kanaf: Kanaf, user: str, name: str, token: str | None = None) -> str:
    """Adds a device that syncs as a user.

    Returns:
        Its token, which is kept nowhere else.

    Raises:
        InvalidAccount: the name is taken or unusable, or there is no such user.
    """
    name = usable_name(name, "a name")
    token = token or new_token()
    digest = token_digest(kanaf, token)

    def add(connection: Connection) -> None:
        owner = active_user(connection, user)
        directory.add_device(connection, name, owner.id, digest)
        note(kanaf, connection, "device added", f"{name} of {user}")

    taken = f"there is a device {name!r} already, of this user or another; names are used once"
    _added(kanaf, add, taken)
    return token


def shut_out_device(kanaf: Kanaf, name: str) -> None:
    """Lets a device in no more: at once in every process. What it wrote until then stays.

    Raises:
        InvalidAccount: there is no such device.
    """

    def shut_out(connection: Connection) -> None:
        directory.change_device(connection, _device(connection, name).id, active=False)
        directory.void_enrolments(connection, user_id=None, device=name)
        note(kanaf, connection, "device shut out", name)

    carried_out(kanaf, shut_out)


def renew_token(kanaf: Kanaf, name: str) -> str:
    """Gives a device another token, with which it is let in, also where it was shut out; the one
    before opens nothing.

    Returns:
        The token, which is kept nowhere else.

    Raises:
        InvalidAccount: there is no such device.
    """
    token = new_token()
    digest = token_digest(kanaf, token)

    def renew(connection: Connection) -> None:
        device = _device(connection, name)
        directory.change_device(connection, device.id, active=True, token_digest=digest)
        directory.void_enrolments(connection, user_id=None, device=name)
        note(kanaf, connection, "device given another token", name)

    carried_out(kanaf, renew)
    return token


def records_owned(kanaf: Kanaf, user: UserRow) -> dict[str, int]:
    """How many records are somebody's, by case database; none where there are none."""
    with kanaf.store.read() as reading:
        found = {one.name: reading.records_owned(one.id, user.id) for one in reading.databases()}
    return {name: count for name, count in found.items() if count}


def _changed(kanaf: Kanaf, name: str, change: Callable[[Connection, UserRow], None]) -> UserRow:
    """The user as they are after a change, by which feeds are brought up to date."""

    def carry_out(connection: Connection) -> UserRow:
        user = _user(connection, name)
        change(connection, user)
        directory.void_enrolments(connection, user_id=user.id, device=None)
        fan_out(connection)
        return user

    return kanaf.user(carried_out(kanaf, carry_out).id)


def carried_out(kanaf: Kanaf, change: Callable[[Connection], Result]) -> Result:
    """Carries out a change of the directory in a transaction of its own.

    Raises:
        AlreadyThere: a name is taken.
    """

    def transaction(connection: Connection) -> Result:
        with directory.changing(connection):
            return change(connection)

    return kanaf.store.administratively(transaction)


def _user(connection: Connection, name: str) -> UserRow:
    found = next((one for one in directory.users(connection) if one.name == name), None)
    if found is None:
        raise InvalidAccount(f"there is no user {name!r}; see kanaf user list")
    return found


def active_user(connection: Connection, name: str) -> UserRow:
    """A user who may come in.

    Raises:
        InvalidAccount: there is none of that name, or they are shut out.
    """
    found = _user(connection, name)
    if not found.active:
        raise InvalidAccount(f"{name} is shut out; let them in first: kanaf user let-in {name}")
    return found


def _device(connection: Connection, name: str) -> DeviceRow:
    found = next((one for one in directory.devices(connection) if one.name == name), None)
    if found is None:
        raise InvalidAccount(f"there is no device {name!r}; see kanaf device list")
    return found


def _keep_an_administrator(connection: Connection, leaving: UserRow) -> None:
    """Refuses a change after which nobody could administer with a password."""
    administering = [
        one.id
        for one in directory.users(connection)
        if one.active and one.password_hash and Action.ADMINISTER in ROLES[one.role].actions
    ]
    if administering == [leaving.id]:
        raise InvalidAccount(f"{leaving.name} is the last administrator; add another one first")


def fan_out(connection: Connection) -> None:
    """Asks for the jobs that bring all feeds of cases to the directory as it is now."""
    for database_id in directory.case_databases(connection):
        fanout.add_job(connection, database_id)


def note(
    kanaf: Kanaf,
    connection: Connection,
    action: str,
    subject: str,
    caller: Caller | None = None,
) -> None:
    """Writes into the audit log what was done; never a password or a token.

    Args:
        caller: who did it over the network; None for who keeps the server.
    """
    user, device = (caller.person.id, caller.device) if caller else (None, None)
    directory.note(connection, AuditRow(kanaf.clock(), user, device, action, subject))


def _added(kanaf: Kanaf, add: Callable[[Connection], Result], taken: str) -> Result:
    try:
        return carried_out(kanaf, add)
    except AlreadyThere:
        raise InvalidAccount(taken) from None


def token_digest(kanaf: Kanaf, token: str) -> bytes:
    """What is kept of a device's token."""
    return keyed_digest(kanaf.master_keys.derived("credentials"), token.encode())


def usable_name(name: str, what: str) -> str:
    """What somebody or something may be called, as it is kept: letters in one way of writing, no
    white space around. What nobody sees in a name would let one person pass for another.

    Raises:
        InvalidAccount: it is empty, too long, or has a colon, white space or what is not printed.
    """
    kept = _printable(name, what)
    if ":" in kept or any(letter.isspace() for letter in kept):
        raise InvalidAccount(f"{what} is not empty, and has no colon and no white space")
    return kept


def usable_rights(rights: Rights) -> Rights:
    """Rights as they are kept.

    Raises:
        InvalidAccount: there is no such role, or the group's name is unusable.
    """
    role, group = rights.get("role"), rights.get("group")
    if role is not None and role not in ROLES:
        raise InvalidAccount(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    if group is not None:
        return {**rights, "group": _printable(group, "the name of a group")}
    return rights


def check_is_nobody_else(name: str, users: Iterable[UserRow]) -> None:
    """Refuses a name that people would take for another's.

    Raises:
        InvalidAccount: somebody's name is written otherwise and read the same.
    """
    for one in users:
        if one.name != name and _as_read(one.name) == _as_read(name):
            raise InvalidAccount(f"{name} would be taken for {one.name!r}, who is there already")


def _printable(text: str, what: str) -> str:
    try:
        kept = unicodedata.normalize("NFC", text).strip()
        kept.encode()
    except UnicodeEncodeError:
        raise InvalidAccount(f"{what} is no text that can be kept") from None
    if not kept or len(kept) > LONGEST_NAME:
        raise InvalidAccount(f"{what} is not empty, and has at most {LONGEST_NAME} characters")
    if not kept.isprintable():
        raise InvalidAccount(f"{what} has nothing in it that is not printed")
    return kept


def _as_read(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def check_agency(connection: Connection, rights: Rights) -> None:
    """Refuses agencies that there are not.

    Raises:
        InvalidAccount: see there.
    """
    agency, agencies = rights.get("agency"), directory.agencies(connection)
    if agency is not None and agency not in agencies:
        known = ", ".join(agencies) or "none"
        raise InvalidAccount(f"there is no agency {agency!r}; there are: {known}")


def _check_password(kanaf: Kanaf, password: str) -> None:
    if not password:
        raise InvalidAccount("the password is empty; give it as the first line of standard input")
    if len(password) < SHORTEST_PASSWORD and not kanaf.settings.demo:
        raise InvalidAccount(f"a password has at least {SHORTEST_PASSWORD} characters")
