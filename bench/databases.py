"""The databases that are measured: SQLite, and a PostgreSQL server of the benchmark's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from tests.support.postgres import PostgresServer, fresh_database


def databases() -> Iterator[tuple[str, str | None]]:
    """The name of each, and the SQLAlchemy URL of an empty database (None: SQLite in the data
    folder), which lasts until the next is asked for.
    """
    yield "SQLite", None
    with closing(PostgresServer()) as server:
        server.start()
        with fresh_database(server.url) as url:
            yield "PostgreSQL", url
