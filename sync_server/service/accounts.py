"""Users, devices and sessions: adding them, and finding out who a request comes from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from gevent.threadpool import ThreadPool

from sync_server.crypto.passwords import (
    new_token,
    nobodys_hash,
    password_hash,
    password_matches,
)
from sync_server.crypto.sealing import keyed_digest
from sync_server.errors import WrongCredentials
from sync_server.service.administration import agency_configuration, publish
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf, person
from sync_server.sharing.roles import ROLES
from sync_server.storage import directory, fanout
from sync_server.storage.rows import DatabaseKind, UserRow
from sync_server.storage.store import AlreadyThere, Connection

Result = TypeVar("Result")

SESSION_SECONDS = 600
SHORTEST_PASSWORD = 8
_REMEMBERED = 10_000
_PASSWORDS_AT_ONCE = 2
_NOBODYS_HASH = nobodys_hash()


class InvalidAccount(ValueError):
    """A user or device cannot be added; the message says what to change."""


class Accounts:
    """Who may come in. Verified credentials are remembered under a keyed digest.

    What is remembered counts for one version of the directory, so a revoked device or a changed
    password is out at once, in every process.
    """

    def __init__(self, kanaf: Kanaf) -> None:
        self._kanaf = kanaf
        self._digest_key = kanaf.master_keys.derived("credentials")
        self._passwords = ThreadPool(_PASSWORDS_AT_ONCE)  # Argon2 would stop every greenlet
        self._remembered: OrderedDict[tuple[int, bytes], Caller] = OrderedDict()

    def basic(self, name: str, secret: str) -> Caller:
        """The caller behind `device:token` or `user:password`.

        Raises:
            WrongCredentials: there is no such device or user, or the secret is another.
        """
        digest = self._digest(f"{name}\0{secret}")
        key = self._kanaf.directory_version(), digest
        if key not in self._remembered:
            caller = self._device(name, secret) or self._person(name, secret)
            self._remembered[key] = caller
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return self._remembered[key]

    def begin_session(self, name: str, password: str) -> tuple[Caller, str]:
        """A person's session, and its token.

        Raises:
            WrongCredentials: the name or the password is wrong.
        """
        caller = self._person(name, password)
        token, now = new_token(), self._kanaf.clock()
        self._kanaf.store.administratively(
            lambda connection: directory.add_session(
                connection, self._digest(token), caller.person.id, now + SESSION_SECONDS, now
            )
        )
        return caller, token

    def session(self, token: str) -> Caller | None:
        """The caller behind a session's token, while it lasts."""
        digest = self._digest(token)
        with self._kanaf.store.read() as reading:
            user_id = directory.session_user(reading.connection, digest, self._kanaf.clock())
        if user_id is None:
            return None
        user = self._kanaf.user(user_id)
        return Caller(person(user), "", digest) if user.active else None

    def end_session(self, token: str) -> None:
        """Ends a session."""
        self._kanaf.store.administratively(
            lambda connection: directory.end_session(connection, self._digest(token))
        )

    def _device(self, name: str, token: str) -> Caller | None:
        with self._kanaf.store.read() as reading:
            devices = directory.devices(reading.connection)
        for device in devices:
            if device.name == name and device.token_digest == self._digest(token):
                user = self._kanaf.user(device.user_id)
                if device.active and user.active:
                    return Caller(person(user), device.name)
        return None

    def _person(self, name: str, password: str) -> Caller:
        with self._kanaf.store.read() as reading:
            users = {user.name: user for user in directory.users(reading.connection)}
        user = users.get(name)
        hashed = user.password_hash if user else None
        # A name that does not exist takes as long as one that does.
        matches = self._passwords.apply(password_matches, (hashed or _NOBODYS_HASH, password))
        if user is None or hashed is None or not user.active or not matches:
            raise WrongCredentials
        return Caller(person(user), "")

    def _digest(self, secret: str) -> bytes:
        return keyed_digest(self._digest_key, secret.encode("utf-8", "surrogateescape"))


def add_agency(kanaf: Kanaf, code: str, name: str) -> None:
    """Adds an agency, unless it is there, and tells the members of every case database of it.

    Raises:
        InvalidAccount: the code is unusable or of an agency with another name, or the name is
            empty.
    """
    _check_name(code, "a code")
    if not name.strip():
        raise InvalidAccount("an agency has a name that is not empty")
    known = kanaf.store.administratively(
        lambda connection: directory.add_agency(connection, code, name)
    )
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
    """Adds a user; what they are to see reaches their feed through fan-out jobs.

    Raises:
        InvalidAccount: the name is taken or unusable, there is no such role or agency, the group
            has no name, or the password is too short.
    """
    if role not in ROLES:
        raise InvalidAccount(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    _check_name(name, "a name")
    if group is not None and not group.strip():
        raise InvalidAccount("a group has a name that is not empty")
    if password is not None:
        _check_password(kanaf, password)
    values = {
        "name": name,
        "role": role,
        "agency": agency,
        "group": group,
        "active": True,
        "password_hash": password_hash(password) if password is not None else None,
    }
    with kanaf.store.read() as reading:
        databases = reading.databases()

    def add(connection: Connection) -> int:
        agencies = directory.agencies(connection)
        if agency not in agencies:
            known = ", ".join(agencies) or "none"
            raise InvalidAccount(f"there is no agency {agency!r}; there are: {known}")
        user_id = directory.add_user(connection, **values)
        for database in databases:
            fanout.add_job(connection, database.id)
        return user_id

    user_id = _added(kanaf, add, f"there is a user {name!r} already")
    return kanaf.user(user_id)


def add_device(kanaf: Kanaf, user: str, name: str, token: str | None = None) -> str:
    """Adds a device that syncs as a user.

    Returns:
        Its token, which is kept nowhere else.

    Raises:
        InvalidAccount: the name is taken or unusable, or there is no such user.
    """
    owner = kanaf.directory().named(user)
    if owner is None:
        raise InvalidAccount(f"there is no user {user!r}")
    _check_name(name, "a name")
    token = token or new_token()
    digest = keyed_digest(kanaf.master_keys.derived("credentials"), token.encode())
    _added(
        kanaf,
        lambda connection: directory.add_device(connection, name, owner.id, digest),
        f"there is a device {name!r} already, of this user or another; names are used once",
    )
    return token


def _added(kanaf: Kanaf, add: Callable[[Connection], Result], taken: str) -> Result:
    try:
        return kanaf.store.administratively(add)
    except AlreadyThere:
        raise InvalidAccount(taken) from None


def _check_name(name: str, what: str) -> None:
    if not name or ":" in name or any(letter.isspace() for letter in name):
        raise InvalidAccount(f"{what} is not empty, and has no colon and no white space")


def _check_password(kanaf: Kanaf, password: str) -> None:
    if not password:
        raise InvalidAccount("the password is empty; give it as the first line of standard input")
    if len(password) < SHORTEST_PASSWORD and not kanaf.settings.demo:
        raise InvalidAccount(f"a password has at least {SHORTEST_PASSWORD} characters")
