"""Users, devices and sessions: adding them, and finding out who a request comes from."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import TypeVar

from gevent.threadpool import ThreadPool

from sync_server.crypto.passwords import (
    new_token,
    nobodys_hash,
    password_matches,
)
from sync_server.crypto.sealing import keyed_digest
from sync_server.errors import WrongCredentials
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf, Registry
from sync_server.storage import directory
from sync_server.storage.rows import DeviceRow, UserRow

Result = TypeVar("Result")

SESSION_SECONDS = 600
"""How long a session lasts that nobody uses."""
LONGEST_SESSION_SECONDS = 12 * 3600
"""How long a session lasts at most, however much it is used."""
_RENEWED_AFTER = 0.1 * SESSION_SECONDS
_REMEMBERED = 10_000
_PASSWORDS_AT_ONCE = 2
_NOBODYS_HASH = nobodys_hash()


@dataclass(frozen=True)
class _Verified:
    """Credentials that were right for a user, and a device where they were a device's."""

    user: UserRow
    device: DeviceRow | None

    def holds_in(self, registry: Registry) -> bool:
        """Whether neither user nor device has changed since."""
        if registry.users.get(self.user.id) != self.user:
            return False
        return self.device is None or registry.devices.get(self.device.name) == self.device

    def caller_in(self, registry: Registry) -> Caller:
        """Who comes with them."""
        person = registry.person(self.user)
        if self.device is not None:
            caller = Caller(person, self.device.name, proof=self.device.token_digest)
            return caller.lost() if self.device.is_lost else caller
        return Caller(person, "", proof=(self.user.password_hash or "").encode())


@dataclass(frozen=True)
class Session:
    """A person's session.

    Attributes:
        text: what the client holds: token, time of issue, proof of both.
        is_renewed: whether that is another text than the client has sent.
    """

    caller: Caller
    text: str = field(repr=False)
    is_renewed: bool = False


class Accounts:
    """Who may come in. Verified credentials are remembered under a keyed digest.

    What is remembered counts while user and device are as they were, so a revoked device or a
    changed password is out at once, in every process.
    """

    def __init__(self, kanaf: Kanaf) -> None:
        self._kanaf = kanaf
        self._digest_key = kanaf.master_keys.derived("credentials")
        self._passwords = ThreadPool(_PASSWORDS_AT_ONCE)  # Argon2 would stop every greenlet
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()

    def basic(self, registry: Registry, name: str, secret: str) -> Caller:
        """The caller behind `device:token` or `user:password`.

        Raises:
            WrongCredentials: there is no such device or user, or the secret is another.
        """
        digest = self._digest(f"{name}\0{secret}")
        verified = self._remembered.get(digest)
        if verified is None or not verified.holds_in(registry):
            verified = self._device(registry, name, secret) or self._person(registry, name, secret)
            self._remembered[digest] = verified
            self._remembered.move_to_end(digest)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return verified.caller_in(registry)

    def begin_session(self, name: str, password: str) -> Session:
        """A person's session.

        Raises:
            WrongCredentials: the name or the password is wrong.
        """
        registry = self._kanaf.registry()
        verified = self._person(registry, name, password)
        token, now = new_token(), self._kanaf.clock()
        self._kanaf.store.administratively(
            lambda connection: directory.add_session(
                connection,
                self._digest(token),
                verified.user.id,
                now + LONGEST_SESSION_SECONDS,
                now,
            )
        )
        return self._session(registry, token, verified.user, now)

    def session(self, registry: Registry, text: str) -> Session | None:
        """The session that a client holds, while it lasts; renewed where a tenth of its time is
        over. Nothing is written for that: the time is in what the client holds, as CouchDB's is.

        Source: CouchDB, couch_httpd_auth.erl, cookie_authentication_handler/2.
        """
        token, _, issued = text.partition(".")
        issued_at, now = _time(issued.partition(".")[0]), self._kanaf.clock()
        with self._kanaf.store.read() as reading:
            user_id = directory.session_user(reading.connection, self._digest(token), now)
        user = registry.users.get(user_id) if user_id is not None else None
        if user is None or not user.active or now - issued_at >= SESSION_SECONDS:
            return None
        held = self._session(registry, token, user, issued_at)
        if not compare_digest(held.text.encode(), text.encode("utf-8", "surrogateescape")):
            return None
        if now - issued_at < _RENEWED_AFTER:
            return held
        return replace(self._session(registry, token, user, now), is_renewed=True)

    def end_session(self, text: str) -> None:
        """Ends a session, for whoever holds it."""
        token = text.partition(".")[0]
        self._kanaf.store.administratively(
            lambda connection: directory.end_session(connection, self._digest(token))
        )

    def _session(self, registry: Registry, token: str, user: UserRow, issued_at: float) -> Session:
        """A session that was used last at some time; another password ends it."""
        said = f"{token}.{int(issued_at)}"
        proof = keyed_digest(self._digest_key, f"{said}\0{user.password_hash}".encode()).hex()
        until = int(issued_at) + SESSION_SECONDS
        caller = Caller(registry.person(user), "", self._digest(token), until)
        return Session(caller, f"{said}.{proof}")

    def _device(self, registry: Registry, name: str, token: str) -> _Verified | None:
        device = registry.devices.get(name)
        if device is None or device.token_digest != self._digest(token):
            return None
        user = registry.users[device.user_id]
        may_come = user.active or device.is_lost  # what they have not sent is still to be handed in
        return _Verified(user, device) if may_come else None

    def _person(self, registry: Registry, name: str, password: str) -> _Verified:
        user = next((user for user in registry.users.values() if user.name == name), None)
        hashed = user.password_hash if user else None
        # A name that does not exist takes as long as one that does.
        matches = self._passwords.apply(password_matches, (hashed or _NOBODYS_HASH, password))
        if user is None or hashed is None or not user.active or not matches:
            raise WrongCredentials
        return _Verified(user, None)

    def _digest(self, secret: str) -> bytes:
        return keyed_digest(self._digest_key, secret.encode("utf-8", "surrogateescape"))


def _time(text: str) -> int:
    """A time in whole seconds since 1970; long ago where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 15 else 0
