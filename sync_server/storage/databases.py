"""The databases themselves: made, set up and removed in a transaction of administration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, update

from sync_server.storage import schema
from sync_server.storage.directory import changing

HIDDEN = "-"
"""What no database's name begins with, in the place of the name of one that is being removed."""


def create_database(
    connection: Connection, *, name: str, kind: str, uuid: str, wrapped_key: bytes
) -> int:
    """Adds a database.

    Returns:
        Its id.
    """
    values = {
        "name": name,
        "kind": kind,
        "uuid": uuid,
        "update_seq": 0,
        "feed_epoch": 1,
        "wrapped_key": wrapped_key,
        "revs_limit": 1000,
        "merge_policy": "{}",
    }
    added = insert(schema.database).values(values).returning(schema.database.c.id)
    with changing(connection):
        return int(connection.execute(added).scalar_one())


def set_merge_policy(connection: Connection, database_id: int, policy: str) -> None:
    """Sets how a database's documents are merged, as JSON."""
    _set(connection, database_id, merge_policy=policy)


def set_security(connection: Connection, database_id: int, security: str) -> None:
    """Sets who may enter an open database, as JSON."""
    _set(connection, database_id, security=security)


def set_catalog(connection: Connection, database_id: int, catalog: bytes) -> None:
    """Sets which of the published forms are about what, sealed. It is part of a change of the
    directory.
    """
    table = schema.database
    connection.execute(update(table).where(table.c.id == database_id).values(catalog=catalog))


def set_revs_limit(connection: Connection, database_id: int, limit: int) -> None:
    """Sets how many revisions of a document's history are kept."""
    _set(connection, database_id, revs_limit=limit)


def hide_database(connection: Connection, database_id: int) -> None:
    """Takes a database's name from it: nobody finds it any more."""
    uuid: ColumnElement[str] = schema.database.c.uuid
    _set(connection, database_id, name=literal(HIDDEN) + uuid)


def delete_hidden_databases(connection: Connection) -> None:
    """Removes databases without a name, with all that is in them.

    That takes long, and so happens apart from the directory's lock.
    """
    hidden = schema.database.c.name.startswith(HIDDEN)
    connection.execute(delete(schema.database).where(hidden))


def _set(connection: Connection, database_id: int, **values: Any) -> None:
    table = schema.database
    with changing(connection):
        connection.execute(update(table).where(table.c.id == database_id).values(values))
