"""A Kanaf server, as users start it, with the people and the cases of a country."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import text

from bench.growing.material import Lot
from bench.growing.people import Member, People
from bench.programme import DATABASE
from bench.protocol.connection import Connection
from sync_server.config import Settings
from sync_server.service.administration import add_database
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import (
    Rights,
    add_agency,
    add_device,
    add_group,
    add_user,
    change_user,
)
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.pushing import push
from sync_server.storage import fanout
from sync_server.storage.rows import DatabaseKind
from tests.support.postgres import PostgresServer
from tests.support.server import KanafServer

PATH = f"/sync/{DATABASE}"


class Country:
    """A running server, and a service in this process over its data.

    Attributes:
        kanaf: for what commands do, and to fill the database by the pipeline of pushes.
    """

    def __init__(
        self,
        server: KanafServer,
        kanaf: Kanaf,
        postgres: PostgresServer | None,
        elsewhere: Executor,
    ) -> None:
        """A country.

        Args:
            elsewhere: another process, for what should not keep this one from measuring.
        """
        self.kanaf = kanaf
        self._server, self._postgres, self._elsewhere = server, postgres, elsewhere

    def processes(self) -> list[int]:
        """The master and its workers."""
        return self._server.processes

    def database_processes(self) -> list[int]:
        """Those of PostgreSQL."""
        return self._postgres.processes if self._postgres else []

    def connect(self, member: Member, token: str) -> Connection:
        """A new connection of somebody's tablet."""
        return Connection(self._server.port, (member.tablet, token))

    def pending_jobs(self) -> int:
        """How many walks that bring feeds to the directory are not done."""
        database = self.kanaf.database(DATABASE)
        with self.kanaf.store.read() as reading:
            return fanout.pending_jobs(reading.connection, database.id)

    def settle(self) -> None:
        """PostgreSQL looks at its tables, as it would within minutes of their being filled."""
        if self._postgres:
            engine = self.kanaf.store.writer_engine
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))

    def enrol(self, member: Member) -> str:
        """The token of a new tablet of somebody's."""
        return add_device(self.kanaf, member.name, member.tablet)

    def change(self, member: Member, rights: Rights) -> None:
        """Changes somebody's rights as the command does, in another process."""
        self._elsewhere.submit(_changed, self._server.settings, member.name, rights).result()

    def fill(self, lots: Iterator[Lot]) -> None:
        """Writes documents through the pipeline of a push, without HTTP."""
        database, directory = self.kanaf.database(DATABASE), self.kanaf.directory()
        for lot in lots:
            person = directory.named(lot.author.name)
            assert person is not None
            caller = Caller(person, lot.author.tablet)
            receipts = push(self.kanaf, database, caller, lot.documents, is_replicated=True)
            refused = [one for one in receipts if one.code is not None]
            assert not refused, refused[:3]


@contextmanager
def country(
    folder: Path, url: str | None, postgres: PostgresServer | None, members: People
) -> Iterator[Country]:
    """A server with everybody, and a case database without cases.

    Args:
        url: an SQLAlchemy URL of an empty database; None for SQLite in the folder.
    """
    with (
        KanafServer(folder, database_url=url) as server,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere,
    ):
        kanaf = open_kanaf(server.settings)
        try:
            for code in members.agencies:
                add_agency(kanaf, code, f"Agency {code}")
            for group in sorted({one.group for one in members.all}):
                add_group(kanaf, group)
            _add(kanaf, members.all)
            add_database(kanaf, DATABASE, DatabaseKind.CASE)
            yield Country(server, kanaf, postgres, elsewhere)
        finally:
            kanaf.store.close()


def progress(line: str) -> None:
    """Says what is being done."""
    sys.stderr.write(f"{line}\n")


def _changed(settings: Settings, name: str, rights: Rights) -> None:
    kanaf = open_kanaf(settings)
    with closing(kanaf.store):
        change_user(kanaf, name, **rights)


def _add(kanaf: Kanaf, members: Sequence[Member]) -> None:
    for one in members:
        add_user(
            kanaf, one.name, role=one.role, agency=one.agency, groups=(one.group,), password=None
        )
