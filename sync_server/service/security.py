"""`_security` of open databases: kept for those who set it, and without an effect.

Who may enter an open database is an administrator, whatever is written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sync_server.errors import InvalidRequest, NotAllowed, TooLarge
from sync_server.service.document_work import raw_json
from sync_server.service.kanaf import Kanaf
from sync_server.service.vault import Body
from sync_server.storage import directory
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from sync_server.storage.store import AlreadyThere, Connection

_MOST_CHARACTERS = 65_536
_ADMINISTRATORS: Body = {"roles": ["_admin"]}


def security(kanaf: Kanaf, database: DatabaseRow) -> Body:
    """The object that was set; CouchDB's own where none was, and for case databases.

    Source: CouchDB documentation, api/database/security.
    """
    with kanaf.store.read() as reading:
        kept = directory.setting(reading.connection, _name(database))
    if kept is None:
        return {"admins": _ADMINISTRATORS, "members": _ADMINISTRATORS}
    found: Body = json.loads(kept)
    return found


def set_security(kanaf: Kanaf, database: DatabaseRow, given: object) -> None:
    """Keeps an object instead of the one before.

    Raises:
        NotAllowed: it is a case database, whose members are enrolled.
        InvalidRequest: it is no object, or has names or roles that are no lists of texts.
        TooLarge: it has more than 65,536 characters.

    Source: CouchDB, couch_db.erl, validate_security_object/1.
    """
    if database.kind is DatabaseKind.CASE:
        raise NotAllowed
    if not isinstance(given, dict):
        raise InvalidRequest
    if not all(_is_group(given.get(group, {})) for group in ("admins", "members")):
        raise InvalidRequest
    text = raw_json(given)
    if len(text) > _MOST_CHARACTERS:
        raise TooLarge

    def write(connection: Connection) -> None:
        directory.set_setting(connection, _name(database), text)

    try:
        kanaf.store.administratively(write)
    except AlreadyThere:  # somebody else was the first to set it, just now
        kanaf.store.administratively(write)


def forget_security(connection: Connection, database: DatabaseRow) -> None:
    """Removes what was set for a database that goes."""
    directory.remove_setting(connection, _name(database))


def _name(database: DatabaseRow) -> str:
    return f"security:{database.uuid}"


def _is_group(given: object) -> bool:
    if not isinstance(given, Mapping):
        return False
    listed = [given.get(kind, []) for kind in ("names", "roles")]
    return all(isinstance(one, list) and all(isinstance(n, str) for n in one) for one in listed)
