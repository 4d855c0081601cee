"""Kanaf as one of the servers that are measured, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from bench.programme import AUTHORS_TABLET, DATABASE, Programme, programme
from bench.protocol.cases import OTHER, OTHERS_TABLET
from bench.protocol.connection import Connection
from bench.protocol.peer import CASES, Peer
from sync_server.service.directory_changes import add_device, add_user
from tests.support.postgres import PostgresServer, fresh_database
from tests.support.server import ADMIN, KanafServer

_SUPERVISORS = 3  # with the author: four inboxes to a document
_ANYBODY: dict[str, dict[str, list[str]]] = {
    who: {"names": [], "roles": []} for who in ("admins", "members")
}
_SQLITE = {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2"}  # 2 is FULL
_POSTGRESQL = {"SHOW synchronous_commit": "on", "SHOW fsync": "on", "SHOW full_page_writes": "on"}


class KanafPeer(Peer):
    """A Kanaf server with a case database, its caseworkers and their supervisors."""

    def __init__(
        self, server: KanafServer, people: Programme, postgres: PostgresServer | None
    ) -> None:
        self.name = f"Kanaf, {'PostgreSQL' if postgres else 'SQLite'}"
        self.port = server.port
        self.credentials = (AUTHORS_TABLET, people.tokens[AUTHORS_TABLET])
        self._server, self._people, self._postgres = server, people, postgres
        add_user(
            people.kanaf, OTHER, role="caseworker", agency="A", groups=("khartoum",), password=None
        )
        self._other = (OTHERS_TABLET, add_device(people.kanaf, OTHER, OTHERS_TABLET))

    def durability(self) -> str:
        """Asked of connections as the service opens them to write."""
        wanted = _POSTGRESQL if self._postgres else _SQLITE
        with self._people.kanaf.store.writer_engine.connect() as connection:
            said = {ask: str(connection.execute(text(ask)).scalar_one()) for ask in wanted}
        assert said == wanted, f"writes of {self.name} are not durable: {said}"
        kept = "synchronous_commit=on, fsync=on" if self._postgres else "WAL, synchronous=FULL"
        return f"an answered write survives a power cut ({kept})"

    def processes(self) -> list[int]:
        """The master and its workers."""
        return self._server.processes

    def database_processes(self) -> list[int]:
        """Those of PostgreSQL."""
        return self._postgres.processes if self._postgres else []

    def path(self, database: str) -> str:
        """Below `/sync`."""
        return f"/sync/{DATABASE if database == CASES else database}"

    def create(self, database: str) -> None:
        """An open database that everybody with an account may use."""
        administrator = Connection(self.port, ADMIN)
        administrator.ask_json("PUT", self.path(database))
        administrator.ask_json("PUT", f"{self.path(database)}/_security", _ANYBODY)
        administrator.close()

    def settle(self) -> None:
        """PostgreSQL looks at its tables to plan by what is in them.

        Its autovacuum does so of itself, some two minutes after they were filled: in the middle of
        the first rounds, which would differ from the others.
        """
        if self._postgres:
            engine = self._people.kanaf.store.writer_engine
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))

    def restart(self) -> None:
        """The service alone; PostgreSQL goes on."""
        self._server.stop()
        self._server.start()

    def feed(self) -> str:
        """Without a filter: what the caseworker may not see is not in their inbox."""
        return f"{self.path(CASES)}/_changes?style=all_docs"

    def connect_author(self) -> Connection:
        """With a tablet of their own, whose documents the first caseworker does not see."""
        return Connection(self.port, self._other)


@contextmanager
def kanaf_on_sqlite(folder: Path) -> Iterator[Peer]:
    """A server with its data in a folder."""
    with _running(KanafServer(folder), None) as peer:
        yield peer


@contextmanager
def kanaf_on_postgresql(folder: Path) -> Iterator[Peer]:
    """A server with a PostgreSQL of its own."""
    postgres = PostgresServer()
    try:
        postgres.start()
        with (
            fresh_database(postgres.url) as url,
            _running(KanafServer(folder, database_url=url), postgres) as peer,
        ):
            yield peer
    finally:
        postgres.close()


@contextmanager
def _running(server: KanafServer, postgres: PostgresServer | None) -> Iterator[Peer]:
    with server:
        people = programme(server, supervisors=_SUPERVISORS)
        try:
            yield KanafPeer(server, people, postgres)
        finally:
            people.kanaf.store.close()
