"""Administration of the directory: agencies, people, tablets. Each change is in the audit log.

What changes of a person counts at once in answers, and reaches their feed through fan-out jobs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal, TypedDict, TypeVar, Unpack

from schemas import areas
from sync_server.crypto.passwords import new_token, password_hash
from sync_server.crypto.sealing import keyed_digest
from sync_server.errors import NotAllowed
from sync_server.service.administration import agency_configuration, publish
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf, all_roles, person
from sync_server.service.made_edits import SERVICE
from sync_server.sharing.facts import Person
from sync_server.sharing.roles import Action, Role
from sync_server.sharing.supervision import may_employ, may_refuse
from sync_server.storage import directory, fanout
from sync_server.storage.rows import AuditRow, DatabaseKind, DeviceRow, UserRow
from sync_server.storage.store import AlreadyThere, Connection

Result = TypeVar("Result")
Row = TypeVar("Row", UserRow, DeviceRow)

SHORTEST_PASSWORD = 8
LONGEST_NAME = 100
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What counts as printed and shows nothing. Source: Unicode, Default_Ignorable_Code_Point."""
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_COUNTRIES: tuple[Literal["SD", "SO"], ...] = ("SD", "SO")
"""Those of which all areas are known."""
_AREA = re.compile(r"[A-Z]{2}[0-9]{0,10}")


class InvalidAccount(ValueError):
    """The directory cannot be changed so; the message says what to do instead.

    Attributes:
        about: what is meant, `name` or a key of `Rights`.
    """

    def __init__(self, message: str, about: str = "name") -> None:
        super().__init__(message)
        self.about = about


class Rights(TypedDict, total=False):
    """What of a person's place in the programme is changed.

    Attributes:
        groups: the first is the one in which they begin records.
        area: the code of an administrative area, or None.
    """

    role: str
    agency: str
    groups: tuple[str, ...]
    area: str | None


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


def add_group(kanaf: Kanaf, name: str) -> None:
    """Adds a group, unless it is there.

    Raises:
        InvalidAccount: the name is unusable, or would be taken for another's.
    """
    name = usable_group(name)

    def add(connection: Connection) -> None:
        known = directory.groups(connection)
        if name not in known:
            _check_is_no_other(name, by_reading(known))
            directory.add_group(connection, name)
            note(kanaf, connection, "group added", name)

    carried_out(kanaf, add)


def add_user(
    kanaf: Kanaf,
    name: str,
    *,
    role: str,
    agency: str,
    groups: Sequence[str] = (),
    area: str | None = None,
    password: str | None = None,
    by: Caller | None = None,
) -> UserRow:
    """Adds a user.

    Args:
        by: who asks for it over the network; None on the server itself.

    Raises:
        InvalidAccount: the name is taken or unusable, there is no such role, agency or group, the
            area's code is none, or the password is too short.
        NotAllowed: it is not for `by` to add such a person.
    """
    name = usable_name(name, "a name")
    rights = usable_rights(Rights(role=role, agency=agency, groups=tuple(groups), area=area))
    if password is not None:
        _check_password(kanaf, password)
    hashed = password_hash(password) if password is not None else None

    def add(connection: Connection) -> int:
        check_rights(connection, rights)
        users = by_reading(one.name for one in directory.users(connection))
        check_is_nobody_else(name, users)
        row = UserRow(0, name, role, agency, rights["groups"], True, hashed, rights["area"])
        if by is not None:
            _check_may_employ(connection, by, row)
        note(kanaf, connection, "user added", name, by)
        fan_out(connection)
        values = {**vars(row)}
        del values["id"]
        return directory.add_user(connection, **values)

    user_id = _added(kanaf, add, f"there is a user {name!r} already")
    return kanaf.user(user_id)


def change_user(kanaf: Kanaf, name: str, **rights: Unpack[Rights]) -> UserRow:
    """Gives somebody another role, agency, groups or area. Records keep the group, agency and area
    that they were begun in.

    Raises:
        InvalidAccount: there is no such user, role, agency or group, the area's code is none, or
            nobody would be left who administers.
    """
    usable = usable_rights(rights)

    def change(connection: Connection, user: UserRow) -> None:
        roles = check_rights(connection, usable)
        if "role" in usable and Action.ADMINISTER not in roles[usable["role"]].actions:
            _keep_an_administrator(connection, user)
        directory.change_user(connection, user.id, **usable)
        told = " ".join(f"{key}={_told(value)}" for key, value in usable.items())
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


def shut_out_device(kanaf: Kanaf, name: str, by: Caller | None = None) -> None:
    """Lets a device in no more: at once in every process. What it wrote until then stays.

    Args:
        by: who asks for it over the network; None on the server itself.

    Raises:
        InvalidAccount: there is no such device.
        NotAllowed: it is of nobody whom `by` looks after.
    """

    def shut_out(connection: Connection) -> None:
        device = device_to_refuse(connection, name, by)
        directory.change_device(connection, device.id, active=False)
        directory.void_enrolments(connection, user_id=None, device=name)
        note(kanaf, connection, "device shut out", name, by)

    carried_out(kanaf, shut_out)


def renew_token(kanaf: Kanaf, name: str) -> str:
    """Gives a device another token, with which it is let in, also where it was shut out or lost;
    the one before opens nothing.

    Returns:
        The token, which is kept nowhere else.

    Raises:
        InvalidAccount: there is no such device.
    """
    token = new_token()
    digest = token_digest(kanaf, token)

    def renew(connection: Connection) -> None:
        device = _device(connection, name)
        as_found = {"active": True, "lost_at": None, "wiped_at": None}
        directory.change_device(connection, device.id, token_digest=digest, **as_found)
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


def _told(value: object) -> str:
    return ",".join(value) or "-" if isinstance(value, tuple) else str(value or "-")


def _known(found: Row | None, name: str, what: str) -> Row:
    if found is None:
        raise InvalidAccount(f"there is no {what} {name!r}; see kanaf {what} list")
    return found


def _user(connection: Connection, name: str) -> UserRow:
    return _known(directory.user_named(connection, name), name, "user")


def _device(connection: Connection, name: str) -> DeviceRow:
    devices = directory.devices(connection)
    return _known(next((one for one in devices if one.name == name), None), name, "device")


def device_to_refuse(connection: Connection, name: str, by: Caller | None) -> DeviceRow:
    """A device that somebody wants to be refused: of one that is lost those who look after its user
    may be the first to know, and whoever keeps the server can undo it.

    Args:
        by: who asks for it over the network; None on the server itself.

    Raises:
        InvalidAccount: there is no such device.
        NotAllowed: it is of nobody whose tablets `by` has refused; whether there are others is not
            for them to know.
    """
    if by is None:
        return _device(connection, name)
    now, roles = acting_now(connection, by), all_roles(connection)
    owners = {one.id: person(one, roles) for one in directory.users(connection)}
    for one in directory.devices(connection):
        if one.name == name and may_refuse(now, owners[one.user_id]):
            return one
    raise NotAllowed


def active_user(connection: Connection, name: str) -> UserRow:
    """A user who may come in.

    Raises:
        InvalidAccount: there is none of that name, or they are shut out.
    """
    found = _user(connection, name)
    if not found.active:
        raise InvalidAccount(f"{name} is shut out; let them in first: kanaf user let-in {name}")
    return found


def acting_now(connection: Connection, caller: Caller) -> Person:
    """Who asks, with the rights that they have in a transaction.

    Raises:
        NotAllowed: they, or their device, were shut out meanwhile, or have another token; or it is
            lost.
    """
    users = {one.id: one for one in directory.users(connection)}
    now = users[caller.person.id]
    known = (one for one in directory.devices(connection) if one.active and not one.is_lost)
    devices = {one.name: one for one in known}
    device = devices.get(caller.device)
    is_shut_out = not now.active or (bool(caller.device) and device is None)
    if is_shut_out or (device is not None and caller.proof not in (None, device.token_digest)):
        raise NotAllowed
    return person(now, all_roles(connection))


def _check_may_employ(connection: Connection, by: Caller, row: UserRow) -> None:
    """Refuses a person whom it is not for somebody to add, or who could do more than they.

    Raises:
        NotAllowed: see there.
    """
    now, roles = acting_now(connection, by), all_roles(connection)
    if not may_employ(now, person(row, roles)) or row.area not in (None, now.area):
        raise NotAllowed


def administrators(connection: Connection) -> list[int]:
    """The ids of those who can administer with a password."""
    roles = all_roles(connection)
    return [
        one.id
        for one in directory.users(connection)
        if one.active and one.password_hash and Action.ADMINISTER in roles[one.role].actions
    ]


def _keep_an_administrator(connection: Connection, leaving: UserRow) -> None:
    """Refuses a change after which nobody could administer with a password."""
    administers = Action.ADMINISTER in all_roles(connection)[leaving.role].actions
    if administers and administrators(connection) == [leaving.id]:
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
        InvalidAccount: a group's name is unusable or there twice, or the area's code is none.
    """
    area = rights.get("area")
    if area is not None and not _is_area(area):
        raise InvalidAccount(f"{area!r} is no code of an area, such as SD01", "area")
    if "groups" not in rights:
        return rights
    groups = tuple(usable_group(one) for one in rights["groups"])
    if len(set(groups)) < len(groups):
        raise InvalidAccount("a group is named twice", "groups")
    return {**rights, "groups": groups}


def _is_area(code: str) -> bool:
    """Whether there is an area of a code; whether it could be, of a country not in `_COUNTRIES`."""
    for country in _COUNTRIES:
        if code.startswith(country):
            return any(one.pcode == code for one in areas(country))
    return _AREA.fullmatch(code) is not None


def usable_group(name: str) -> str:
    """What a group is called, as it is kept.

    Raises:
        InvalidAccount: it is empty, too long, or has a `|` or what is not printed.
    """
    kept = _printable(name, "the name of a group")
    if "|" in kept:  # lists of people have groups with that between them
        raise InvalidAccount("the name of a group has no |", "groups")
    return kept


def check_is_nobody_else(name: str, known: Mapping[str, str]) -> None:
    """Refuses a name that people would take for another's.

    Args:
        known: the names of users, as `by_reading` gives them.

    Raises:
        InvalidAccount: somebody's name is written otherwise and read the same, or it is the name
            under which the service itself writes.
    """
    if as_read(name) == as_read(SERVICE):
        raise InvalidAccount(f"{name} is the name under which the service writes", "name")
    _check_is_no_other(name, known)


def _check_is_no_other(name: str, known: Mapping[str, str]) -> None:
    other = known.get(as_read(name), name)
    if other != name:
        raise InvalidAccount(f"{name} would be taken for {other!r}, which is there already")


def by_reading(names: Iterable[str]) -> dict[str, str]:
    """Names by what people read in them."""
    return {as_read(name): name for name in names}


def _printable(text: str, what: str) -> str:
    try:
        kept = unicodedata.normalize("NFC", text).strip()
        kept.encode()
    except UnicodeEncodeError:
        raise InvalidAccount(f"{what} is no text that can be kept") from None
    if not kept or len(kept) > LONGEST_NAME:
        raise InvalidAccount(f"{what} is not empty, and has at most {LONGEST_NAME} characters")
    if not kept.isprintable() or _UNSEEN.search(kept):
        raise InvalidAccount(f"{what} has nothing in it that is not printed")
    if len({one for one in map(_script, kept) if one}) > 1:
        raise InvalidAccount(f"{what} is in one script: letters of another are taken for its own")
    return kept


def _script(letter: str) -> str | None:
    """The script of a letter, of those whose letters are taken for another's; None for others."""
    script = unicodedata.name(letter, "").partition(" ")[0]
    return script if script in _ALIKE else None


def as_read(name: str) -> str:
    """What people read in a name, however it is written."""
    return unicodedata.normalize("NFKC", name).casefold()


def check_rights(connection: Connection, rights: Rights) -> dict[str, Role]:
    """Refuses roles, agencies and groups that there are not.

    Returns:
        All roles, by name.

    Raises:
        InvalidAccount: see there.
    """
    roles = all_roles(connection)
    role, agency = rights.get("role"), rights.get("agency")
    if role is not None:
        _check_is_known(role, "role", roles)
    if agency is not None:
        _check_is_known(agency, "agency", directory.agencies(connection))
    for group in rights.get("groups", ()):
        _check_is_known(group, "group", directory.groups(connection))
    return roles


def _check_is_known(name: str, what: str, known: Collection[str]) -> None:
    if name not in known:
        told = ", ".join(known) or "none"
        how = "kanaf role set" if what == "role" else f"kanaf {what} add"
        about = "groups" if what == "group" else what
        raise InvalidAccount(
            f"there is no {what} {name!r}; there are: {told}. Add it with: {how}", about
        )


def _check_password(kanaf: Kanaf, password: str) -> None:
    if not password:
        raise InvalidAccount("the password is empty; give it as the first line of standard input")
    if len(password) < SHORTEST_PASSWORD and not kanaf.settings.demo:
        raise InvalidAccount(f"a password has at least {SHORTEST_PASSWORD} characters")
