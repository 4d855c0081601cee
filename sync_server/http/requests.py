"""Who asks, and of which database; what this process answers with."""

from __future__ import annotations

import base64
import binascii

from flask import current_app, g, request

from sync_server.errors import (
    ConductNotAccepted,
    DatabaseMissing,
    DeviceLost,
    DeviceNeeded,
    NotAllowed,
    NotAuthenticated,
    RightsChanged,
)
from sync_server.http.routes import NOWHERE, Anybody, Entry
from sync_server.http.sessions import session_caller
from sync_server.service.accounts import Accounts
from sync_server.service.caller import Caller
from sync_server.service.device_reports import Contacts
from sync_server.service.kanaf import Kanaf, Registry
from sync_server.service.security import may_enter, may_keep
from sync_server.sharing.roles import Action
from sync_server.storage.rows import DatabaseKind, DatabaseRow


def the_kanaf() -> Kanaf:
    """The service behind this application."""
    kanaf: Kanaf = current_app.extensions["kanaf"]
    return kanaf


def the_accounts() -> Accounts:
    """Who may come in."""
    accounts: Accounts = current_app.extensions["accounts"]
    return accounts


def the_contacts() -> Contacts:
    """When devices were heard of."""
    contacts: Contacts = current_app.extensions["contacts"]
    return contacts


def the_registry() -> Registry:
    """What administration has written: users, devices, databases; as of the request's beginning."""
    if "registry" not in g:
        g.registry = the_kanaf().registry()
    registry: Registry = g.registry
    return registry


def authenticate() -> None:
    """Finds the caller, and refuses who lacks what the route needs.

    Raises:
        WrongCredentials: there are credentials, and they are wrong.
        DeviceLost: the device is, and the route takes none that is.
        NotAuthenticated, NotAllowed: the route needs an account, or a role that allows an act.
        ConductNotAccepted: they act for others, and have not accepted the code of conduct.
    """
    if request.method == "OPTIONS":  # a browser asks what it may send, and sends no credentials yet
        g.caller = None
        return
    entry: Entry = current_app.extensions["entries"].get(request.endpoint, NOWHERE)
    g.caller = _found(entry)
    if g.caller is not None and g.caller.device:
        the_contacts().heard_of(g.caller.device)
    if g.caller is not None and g.caller.is_lost and not entry.takes_lost:
        raise DeviceLost
    need = entry.need
    if need is Anybody.AT_ALL:
        return
    if g.caller is None:
        raise NotAuthenticated
    if isinstance(need, Action):
        if not g.caller.may(need):
            raise NotAllowed
        if not the_registry().has_accepted(g.caller.person.id):
            raise ConductNotAccepted


def authenticate_again() -> None:
    """Looks anew who asks, when a request has taken its time to arrive.

    Raises:
        RightsChanged: they may see or do something else than when it began, or the database has
            other settings.
        WrongCredentials, DeviceLost, NotAuthenticated, NotAllowed, ConductNotAccepted: see
            `authenticate`.
    """
    before = _standing()
    g.pop("registry", None)
    authenticate()
    if _standing() != before:
        raise RightsChanged


def _standing() -> tuple[object, ...]:
    """What an answer depends on, beside what was asked: who asks, and of which database."""
    caller: Caller | None = g.caller
    name = (request.view_args or {}).get("db")
    database = the_registry().databases.get(name) if name else None
    return database, caller and (caller.person, caller.device, caller.session, caller.is_lost)


def the_caller() -> Caller:
    """Who asks.

    Raises:
        NotAuthenticated: nobody that is known.
    """
    caller: Caller | None = g.caller
    if caller is None:
        raise NotAuthenticated
    return caller


def the_database(name: str) -> DatabaseRow:
    """A database, if the caller may know of it.

    Raises:
        DatabaseMissing: there is none of that name, or it is open and the caller no member.
        DeviceNeeded: a case database was asked for with a password.
    """
    kanaf = the_kanaf()
    database = the_registry().database(name)
    if not may_enter(the_caller(), database):
        raise DatabaseMissing
    by_password = not the_caller().device
    if database.kind is DatabaseKind.CASE and by_password and not kanaf.settings.demo:
        raise DeviceNeeded
    return database


def the_kept_database(name: str) -> DatabaseRow:
    """A database whose settings the caller may change.

    Raises:
        DatabaseMissing, DeviceNeeded: see `the_database`.
        NotAllowed: the caller may only use it.
    """
    database = the_database(name)
    if not may_keep(the_caller(), database):
        raise NotAllowed
    return database


def _found(entry: Entry) -> Caller | None:
    """The caller; without a device where a password told who it is, in this request or before."""
    if entry.takes_basic:
        credentials = _basic(request.headers.get("Authorization", ""))
        if credentials is not None:
            return the_accounts().basic(the_registry(), *credentials)
    if entry.session is None:
        return None
    return session_caller(entry.session, the_accounts(), the_registry())


def _basic(header: str) -> tuple[str, str] | None:
    """Name and secret of a Basic header; None where it is another or malformed."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if colon else None
