"""Promise 1: every revision that was answered with success survives the death of the server."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from sync_server.storage.store import Store
from tests.promises.enrolment import DATABASE, launcher
from tests.promises.soaking import rounds
from tests.support.both import BOTH
from tests.support.personas import Persona, create_persona
from tests.support.postgres import PostgresServer, fresh_database, postgres_or_skip
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(1)

ANYWHERE = "anywhere"
KILL_POINTS = ("dying_before_the_commit", "dying_before_the_answer")
KILLS = Counter({ANYWHERE: 15, **dict.fromkeys(KILL_POINTS, 5)})  # of each server
SERVERS = 2  # side by side, each on a database of its own
KILLS_OF_POSTGRES = 6  # alone, and as many with the server
KILLS_WITH_FAULT = 5
WRITERS = 4
LATEST_KILL = 0.15  # seconds after the first acknowledged write
LONGEST_TRAFFIC = 20  # seconds

Revision = tuple[str, str]


@dataclass
class Traffic:
    """Threads that push one document after another until the server is gone."""

    server: KanafServer
    amina: Persona
    acknowledged: list[Revision] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _write(self) -> None:
        session = requests.Session()
        session.auth = self.amina.session.auth
        session.trust_env = False
        url = f"{self.server.url}/sync/{DATABASE}/_bulk_docs"
        try:
            while not self.is_over.is_set():
                answered = session.post(url, json={"docs": [self._document()]}, timeout=10)
                if answered.status_code == 201:
                    rows = answered.json()
                    self.acknowledged += [(row["id"], row["rev"]) for row in rows if "ok" in row]
                    self.has_begun.set()
        except (requests.RequestException, ValueError):
            self.is_over.set()

    def _document(self) -> dict[str, Any]:
        record = str(uuid.uuid4())
        return self.amina.document(record, "k20", answers(f"{record}:k20"))


def answers(document_id: str) -> dict[str, Any]:
    """What is written into a document, another thing into each."""
    return {"full_name": f"somebody {document_id.partition(':')[0]}"}


def lost(server: KanafServer, amina: Persona, acknowledged: list[Revision]) -> set[Revision]:
    """The acknowledged revisions that cannot be read, or not as they were written."""
    asked = {"docs": [{"id": document, "rev": rev} for document, rev in acknowledged]}
    answered = amina.session.post(f"{server.url}/sync/{DATABASE}/_bulk_get", json=asked, timeout=60)
    assert answered.status_code == 200, answered.text
    found = {
        (row["id"], one["ok"]["_rev"])
        for row in answered.json()["results"]
        for one in row["docs"]
        if one.get("ok", {}).get("data") == answers(row["id"])
    }
    return set(acknowledged) - found


def killed_anywhere(
    server: KanafServer, amina: Persona, chance: random.Random, kill: Callable[[], None]
) -> list[Revision]:
    """What was acknowledged until `kill` was called."""
    traffic = Traffic(server, amina)
    traffic.start()
    assert traffic.has_begun.wait(LONGEST_TRAFFIC)
    time.sleep(chance.uniform(0, LATEST_KILL))
    kill()
    traffic.end()
    return traffic.acknowledged


def killed_at_its_point(server: KanafServer, amina: Persona) -> list[Revision]:
    """What was acknowledged until the server killed itself inside a write."""
    traffic = Traffic(server, amina)
    traffic.start()
    assert traffic.is_over.wait(LONGEST_TRAFFIC), "the server did not die"
    server.kill9()
    traffic.end()
    return traffic.acknowledged


@dataclass
class Tally:
    """What came of some kills."""

    kills: int = 0
    acknowledged: list[Revision] = field(default_factory=list)
    lost: set[Revision] = field(default_factory=set)

    def count(self, server: KanafServer, amina: Persona, writes: list[Revision]) -> None:
        """Looks for what had been acknowledged before a kill."""
        self.kills += 1
        self.acknowledged += writes
        self.lost |= lost(server, amina, writes)

    def count_again(self, server: KanafServer, amina: Persona) -> None:
        """Looks for all of it once more: a later death must not take what an earlier one left."""
        self.lost |= lost(server, amina, self.acknowledged)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {len(self.acknowledged)} acknowledged writes, "
            f"{len(self.lost)} lost"
        )


def in_all(tallies: Iterable[Tally]) -> Tally:
    """The kills of several servers."""
    total = Tally()
    for tally in tallies:
        total.kills += tally.kills
        total.acknowledged += tally.acknowledged
        total.lost |= tally.lost
    return total


NewDatabase = Callable[[], AbstractContextManager[str | None]]


@pytest.fixture(params=BOTH)
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes the databases of servers, as `KanafServer` wants them named."""
    if request.param == "sqlite":
        return lambda: nullcontext(None)
    postgres_url = request.getfixturevalue("postgres_url")
    return lambda: fresh_database(postgres_url)


def test_what_was_acknowledged_is_there_after_a_kill(
    new_database: NewDatabase, request: pytest.FixtureRequest, tmp_path: Path
):
    kind = request.node.callspec.params["new_database"]
    kills = SERVERS * KILLS.total()
    for seed in rounds(1, f"kills on {kind}", kills):
        names = [f"{seed}-{number}" for number in range(SERVERS)]
        with ThreadPoolExecutor(SERVERS) as side_by_side:
            tally = in_all(
                side_by_side.map(
                    lambda name: _killed_in(tmp_path / name, new_database, random.Random(name)),
                    names,
                )
            )
        print(f"promise 1 on {kind}: {tally}, seed {seed}")

        assert tally.kills == kills
        assert len(tally.acknowledged) > kills
        assert not tally.lost


def _killed_in(folder: Path, new_database: NewDatabase, chance: random.Random) -> Tally:
    """Kills one server again and again; the next start finds what the last one acknowledged."""
    tally, deaths = Tally(), list(KILLS.elements())
    chance.shuffle(deaths)
    with new_database() as url, ExitStack() as running:
        servers = {ANYWHERE: KanafServer(folder, database_url=url)}
        for point in KILL_POINTS:
            servers[point] = KanafServer(folder, database_url=url, launcher=launcher(point))
        for server in servers.values():
            running.callback(server.stop)
        servers[ANYWHERE].run("init")
        amina = create_persona(servers[ANYWHERE], "amina", DATABASE)
        servers[deaths[0]].start()
        for death, next_death in pairwise([*deaths, ANYWHERE]):
            server = servers[death]
            if death == ANYWHERE:
                writes = killed_anywhere(server, amina, chance, server.kill9)
            else:
                writes = killed_at_its_point(server, amina)
            servers[next_death].start()
            tally.count(servers[next_death], amina, writes)
        tally.count_again(servers[ANYWHERE], amina)
    return tally


def test_what_was_acknowledged_is_there_after_a_kill_of_postgresql(tmp_path: Path):
    with (
        postgres_or_skip() as postgres,
        fresh_database(postgres.url) as database_url,
        KanafServer(tmp_path, database_url=database_url) as server,
    ):
        amina = create_persona(server, "amina", DATABASE)
        for seed in rounds(1, "kills of PostgreSQL", 2 * KILLS_OF_POSTGRES):
            chance, tally = random.Random(seed), Tally()
            for _ in range(KILLS_OF_POSTGRES):
                writes = killed_anywhere(server, amina, chance, postgres.kill9)
                postgres.start()
                tally.count(server, amina, writes)  # which finds its way back by itself

                writes = killed_anywhere(server, amina, chance, _both(postgres, server))
                postgres.start()
                server.start()
                tally.count(server, amina, writes)
            tally.count_again(server, amina)
            print(f"promise 1, PostgreSQL itself killed: {tally}, seed {seed}")

            assert len(tally.acknowledged) > tally.kills
            assert not tally.lost


def _both(postgres: PostgresServer, server: KanafServer) -> Callable[[], None]:
    def kill() -> None:
        postgres.kill9()
        server.kill9()

    return kill


def test_a_commit_is_on_disk_before_it_is_answered(database_url: str):
    store = Store(database_url)
    with store.writer_engine.connect() as connection:
        said = {
            name: connection.execute(text(question)).scalar_one()
            for name, question in _settings(connection.dialect.name).items()
        }
    store.close()

    assert said in (
        {"synchronous": 2, "journal_mode": "wal"},
        {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"},
    )


def _settings(dialect: str) -> dict[str, str]:
    if dialect == "sqlite":
        return {name: f"PRAGMA {name}" for name in ("synchronous", "journal_mode")}
    return {name: f"SHOW {name}" for name in ("synchronous_commit", "fsync", "full_page_writes")}


def test_a_server_that_answers_before_the_commit_is_caught(database_url: str, tmp_path: Path):
    """The planted fault."""
    early = launcher("answering_before_the_commit")
    with KanafServer(tmp_path, database_url=database_url, launcher=early) as server:
        amina = create_persona(server, "amina", DATABASE)
        chance, tally = random.Random(1), Tally()
        while not tally.lost and tally.kills < KILLS_WITH_FAULT:
            writes = killed_anywhere(server, amina, chance, server.kill9)
            server.start()
            tally.count(server, amina, writes)

        assert tally.lost
