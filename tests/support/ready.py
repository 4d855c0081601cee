"""Databases that are ready for a test within this process: with the tables, and with what stands
in others. To migrate and fill one anew for each test would take most of its time.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from sync_server.storage.migrating import migrate
from sync_server.storage.schema import metadata
from sync_server.storage.store import Store
from tests.support.postgres import empty, libpq, new_database, used_by_nobody

_TABLES = [sql.Identifier(table.name) for table in metadata.sorted_tables]
"""Each behind those that it refers to."""
_EMPTIED = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(one) for one in reversed(_TABLES))
_FORM = """
    SELECT md5(string_agg(told, E'\n' ORDER BY told)) FROM (
        SELECT concat_ws(' ', one.relname, a.attnum, a.attname, a.atttypid)
        FROM pg_class one LEFT JOIN pg_attribute a ON a.attrelid = one.oid AND a.attnum > 0
        WHERE one.relnamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ) AS every(told)
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
_SET = "SELECT setval(%s, %s, %s)"
_served: defaultdict[str, list[str]] = defaultdict(list)
"""The URLs of databases that may be used again, by that of their server."""


@dataclass(frozen=True)
class Content:
    """What stands in a database of the service.

    Attributes:
        file: of SQLite; of PostgreSQL there are the rows of each table, as COPY writes them, the
            last values of the sequences, and a digest of the tables' form.
    """

    file: bytes = b""
    rows: Mapping[str, bytes] | None = None
    sequences: tuple[tuple[str, int | None], ...] = ()
    form: str = ""


def content_of(url: str) -> Content:
    """What stands in a database that nobody has open."""
    file = _sqlite_file(url)
    if file is not None:
        return Content(file.read_bytes())
    with psycopg.connect(libpq(url)) as connection:
        rows = {}
        for name in _TABLES:
            with connection.cursor().copy(
                sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)
            ) as copy:
                rows[name.as_string()] = b"".join(copy)
        sequences = tuple(connection.execute(_SEQUENCES))
        return Content(rows=rows, sequences=sequences, form=_form(connection))


def put(content: Content, url: str) -> None:
    """Makes that all that stands in a database."""
    file = _sqlite_file(url)
    if file is not None:
        file.write_bytes(content.file)
        return
    used_by_nobody(url)
    with psycopg.connect(libpq(url)) as connection:
        has_other_form = _form(connection) != content.form
    if has_other_form:  # a test has changed the tables themselves
        empty(url)
        _migrate(url)
    with psycopg.connect(libpq(url)) as connection:
        connection.execute(_EMPTIED)
        for name in _TABLES:
            with connection.cursor().copy(
                sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)
            ) as copy:
                copy.write((content.rows or {})[name.as_string()])
        for sequence, last in content.sequences:
            connection.execute(_SET, [sequence, last or 1, last is not None])


@contextmanager
def postgres_with_tables(server_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of a database as after its migration; at the end it serves again.

    Args:
        server_url: of a database whose user may create others.
    """
    served = _served[server_url]
    if served:
        url = served.pop()
        put(_migrated(server_url), url)
    else:
        url = new_database(server_url)
        _migrate(url)
    try:
        yield url
    finally:
        served.append(url)


def sqlite_with_tables(folder: Path) -> str:
    """The same as a file in a folder."""
    url = f"sqlite:///{folder / 'kanaf.sqlite3'}"
    put(_migrated(None), url)
    return url


@cache
def _migrated(server_url: str | None) -> Content:
    """What stands in a database after its migration: of SQLite (None), or on a server."""
    if server_url is not None:
        url = new_database(server_url)
        _migrate(url)
        return content_of(url)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kanaf.sqlite3"
        _migrate(url)
        return content_of(url)


def _migrate(url: str) -> None:
    with closing(Store(url)) as store:
        migrate(store)


def _form(connection: psycopg.Connection[tuple[str, ...]]) -> str:
    (found,) = connection.execute(_FORM).fetchone() or ("",)
    return found


def _sqlite_file(url: str) -> Path | None:
    known = make_url(url)
    return Path(known.database or "") if known.get_backend_name() == "sqlite" else None
