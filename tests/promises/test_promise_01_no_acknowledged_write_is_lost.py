"""Promise 1: every revision that was answered with success survives the death of the server."""

from __future__ import annotations

import random
import threading
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from sync_server.storage.store import Store
from tests.promises.enrolment import DATABASE, enrolled_amina, launcher
from tests.promises.soaking import rounds
from tests.support.personas import Persona
from tests.support.postgres import PostgresMissing, PostgresServer, fresh_database
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(1)

KILLS_ANYWHERE = 8
KILLS_AT_A_POINT = 2
KILLS_OF_POSTGRES = 3
KILLS_WITH_FAULT = 5
WRITERS = 4
LATEST_KILL = 0.15  # seconds after the first acknowledged write
LONGEST_TRAFFIC = 20  # seconds
KILL_POINTS = ("dying_before_the_commit", "dying_before_the_answer")


@dataclass
class Traffic:
    """Threads that push one document after another until the server is gone."""

    server: KanafServer
    amina: Persona
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        return threads

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
        return self.amina.document(str(uuid.uuid4()), "k20", {"full_name": "somebody"})


def lost(server: KanafServer, amina: Persona, acknowledged: list[tuple[str, str]]) -> int:
    """How many of the acknowledged revisions cannot be read."""
    asked = {"docs": [{"id": document, "rev": rev} for document, rev in acknowledged]}
    answered = amina.session.post(f"{server.url}/sync/{DATABASE}/_bulk_get", json=asked, timeout=60)
    assert answered.status_code == 200, answered.text
    found = {
        (row["id"], one["ok"]["_rev"])
        for row in answered.json()["results"]
        for one in row["docs"]
        if one.get("ok", {}).get("data") == {"full_name": "somebody"}
    }
    return len(set(acknowledged) - found)


def killed_anywhere(
    server: KanafServer, amina: Persona, chance: random.Random, postgres: PostgresServer | None
) -> list[tuple[str, str]]:
    """What was acknowledged until the server, or PostgreSQL below it, was killed."""
    traffic = Traffic(server, amina)
    threads = traffic.start()
    assert traffic.has_begun.wait(LONGEST_TRAFFIC)
    time.sleep(chance.uniform(0, LATEST_KILL))
    if postgres is not None:
        postgres.kill9()
    server.kill9()
    _end(traffic, threads)
    if postgres is not None:
        postgres.start()
    return traffic.acknowledged


def killed_at_its_point(server: KanafServer, amina: Persona) -> list[tuple[str, str]]:
    """What was acknowledged until the server killed itself inside a write."""
    traffic = Traffic(server, amina)
    threads = traffic.start()
    assert traffic.is_over.wait(LONGEST_TRAFFIC), "the server did not die"
    server.kill9()
    _end(traffic, threads)
    return traffic.acknowledged


def _end(traffic: Traffic, threads: list[threading.Thread]) -> None:
    traffic.is_over.set()
    for thread in threads:
        thread.join()


@dataclass
class Tally:
    """What came of some kills."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0

    def count(self, server: KanafServer, amina: Persona, writes: list[tuple[str, str]]) -> None:
        """Starts the server again and looks for what it had acknowledged."""
        server.start()
        self.kills += 1
        self.acknowledged += len(writes)
        self.lost += lost(server, amina, writes)


def test_what_was_acknowledged_is_there_after_a_kill(database_url: str, tmp_path: Path):
    kind = database_url.partition(":")[0]
    kills = KILLS_ANYWHERE + KILLS_AT_A_POINT * len(KILL_POINTS)
    with KanafServer(tmp_path, database_url=database_url) as server:
        amina = enrolled_amina(server)
        for seed in rounds(1, f"kills on {kind}", kills):
            chance, tally = random.Random(seed), Tally()
            for _ in range(KILLS_ANYWHERE):
                tally.count(server, amina, killed_anywhere(server, amina, chance, None))
            for point in KILL_POINTS:
                server.stop()
                dying = KanafServer(tmp_path, database_url=database_url, launcher=launcher(point))
                dying.start()
                for _ in range(KILLS_AT_A_POINT):
                    tally.count(dying, amina, killed_at_its_point(dying, amina))
                dying.stop()
                server.start()
            print(
                f"promise 1 on {kind}: {tally.kills} kills, {tally.acknowledged} acknowledged "
                f"writes, {tally.lost} lost, seed {seed}"
            )

            assert tally.kills == kills
            assert tally.acknowledged > kills
            assert tally.lost == 0


def test_what_was_acknowledged_is_there_after_a_kill_of_postgresql(tmp_path: Path):
    try:
        postgres = PostgresServer()
    except PostgresMissing as problem:
        pytest.skip(str(problem))
    with closing(postgres):
        postgres.start()
        with (
            fresh_database(postgres.url) as database_url,
            KanafServer(tmp_path, database_url=database_url) as server,
        ):
            amina = enrolled_amina(server)
            chance, tally = random.Random(1), Tally()
            for _ in range(KILLS_OF_POSTGRES):
                tally.count(server, amina, killed_anywhere(server, amina, chance, postgres))
            server.stop()
        print(
            f"promise 1: {tally.kills} kills of PostgreSQL itself, {tally.acknowledged} "
            f"acknowledged writes, {tally.lost} lost"
        )

        assert tally.acknowledged > 0
        assert tally.lost == 0


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
        amina = enrolled_amina(server)
        chance, tally = random.Random(1), Tally()
        while not tally.lost and tally.kills < KILLS_WITH_FAULT:
            tally.count(server, amina, killed_anywhere(server, amina, chance, None))

        assert tally.lost > 0
