"""Whether a database can be used: it answers, and has the tables that this version needs."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, exc, exists, inspect, select

from sync_server.storage import schema
from sync_server.storage.store import Store


class Tables(StrEnum):
    """What a database has of the tables."""

    NONE = "none"
    SOME = "some"  # those of another version
    ALL = "all"


def tables(store: Store) -> Tables:
    """What a database has of the tables; an SQLite file that is not there is not made.

    Raises:
        SQLAlchemyError: the database does not answer; see `why_unusable`.
    """
    if _is_absent_file(store):
        return Tables.NONE
    with store.reader.begin() as connection:
        return tables_of(connection)


def tables_of(connection: Connection) -> Tables:
    """What the database behind a connection has of the tables."""
    found = {
        name: {column["name"] for column in columns}
        for (_, name), columns in inspect(connection).get_multi_columns().items()
    }
    needed = {table.name: set(table.columns.keys()) for table in schema.metadata.sorted_tables}
    if not needed.keys() & found.keys():
        return Tables.NONE
    fits = all(columns <= found.get(name, set()) for name, columns in needed.items())
    return Tables.ALL if fits else Tables.SOME


def holds_what_keys_protect(store: Store) -> bool:
    """Whether a database with tables, of whatever version, needs the keys that it was begun with:
    for its bodies, or for the tokens of its devices.
    """
    with store.reader.begin() as connection:
        return any(
            connection.execute(select(exists().select_from(table))).scalar_one()
            for table in (schema.database, schema.device)
        )


def why_unusable(error: Exception) -> str | None:
    """What to tell a person of an error of the database: never a statement or its parameters, which
    may hold names. None for errors of another kind.
    """
    if not isinstance(error, exc.SQLAlchemyError):
        return None
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    if cause is None:
        return "KANAF_DATABASE_URL cannot be used as it is written; see docs/reference/settings.md"
    if isinstance(cause, sqlite3.DatabaseError) and cause.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
        return "the file of the database is no SQLite database; see KANAF_DATABASE_URL"
    if isinstance(error, (exc.OperationalError, exc.InterfaceError)):
        return "the database that KANAF_DATABASE_URL names cannot be reached or opened"
    return f"the database failed ({type(cause).__name__}); see KANAF_DATABASE_URL"


def _is_absent_file(store: Store) -> bool:
    url = store.reader.url
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
