"""`_security` of open databases: who may enter them, and who keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from sync_server.errors import InvalidRequest, NotOverNetwork, TooLarge
from sync_server.service.caller import Caller
from sync_server.service.document_work import raw_json
from sync_server.service.kanaf import Kanaf
from sync_server.service.vault import Body
from sync_server.sharing.membership import ADMINISTRATOR, Membership
from sync_server.storage import databases
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_MOST_CHARACTERS = 65_536
_NOBODY_ELSE: Body = {"roles": [ADMINISTRATOR]}


def may_enter(caller: Caller, database: DatabaseRow) -> bool:
    """Whether a caller may know of a database at all. Of a case database everybody may; what they
    see of it is decided for each document. Open ones have no quarantine, so there is nothing in
    them for a device that is lost.
    """
    if caller.is_lost:
        return database.kind is DatabaseKind.CASE
    if caller.is_administrator or database.kind is DatabaseKind.CASE:
        return True
    return _membership(database.security).admits(caller.person)


def may_keep(caller: Caller, database: DatabaseRow) -> bool:
    """Whether a caller may change the design documents and the settings of an open database."""
    if caller.is_administrator:
        return True
    is_open = database.kind is DatabaseKind.OPEN
    return is_open and _membership(database.security).administers(caller.person)


def security(database: DatabaseRow) -> Body:
    """The object that was set; CouchDB's own where none was, and for case databases.

    Source: CouchDB documentation, api/database/security.
    """
    if database.security is None:
        return {"admins": _NOBODY_ELSE, "members": _NOBODY_ELSE}
    found: Body = json.loads(database.security)
    return found


def set_security(kanaf: Kanaf, database: DatabaseRow, given: object) -> None:
    """Puts an object in the place of the one before.

    Raises:
        NotOverNetwork: it is a case database, whose members are enrolled.
        InvalidRequest: it is no object, or has names or roles that are no lists of texts.
        TooLarge: it has more than 65,536 characters.

    Source: CouchDB, couch_db.erl, validate_security_object/1.
    """
    if database.kind is DatabaseKind.CASE:
        raise NotOverNetwork
    if not isinstance(given, dict):
        raise InvalidRequest
    if not all(_is_group(given.get(group, {})) for group in ("admins", "members")):
        raise InvalidRequest
    text = raw_json(given)
    if len(text) > _MOST_CHARACTERS:
        raise TooLarge
    kanaf.store.administratively(
        lambda connection: databases.set_security(connection, database.id, text)
    )


@lru_cache(maxsize=256)
def _membership(text: str | None) -> Membership:
    return Membership.of(None if text is None else json.loads(text))


def _is_group(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    listed = [given.get(kind, []) for kind in ("names", "roles")]
    return all(isinstance(one, list) and all(isinstance(n, str) for n in one) for one in listed)
