from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from sync_server.storage.fanout import pending_jobs
from sync_server.storage.store import Store
from tests.cli.running import Shell
from tests.support.server import KanafServer

INTERRUPTIONS = 3
LONGEST_WAIT = 30


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KanafServer]:
    with KanafServer(tmp_path) as running:
        yield running


@pytest.mark.parametrize("command", [("serve",), ("--demo", "serve"), ("demo", "start")])
def test_a_taken_port_is_told_before_anything_else(
    shell: Shell, taken_port: int, command: tuple[str, ...]
) -> None:
    if "start" not in command:
        shell.done(*command[:-1], "init")

    said = shell.refused(*command, KANAF_PORT=str(taken_port))

    another = "KANAF_PORT=9000 kanaf serve" if command == ("serve",) else "make demo PORT=9000"
    assert f"port {taken_port} is taken; choose another: {another}" in said


def test_a_server_says_in_one_line_where_it_listens(server: KanafServer) -> None:
    assert server.log == f"Kanaf listens on {server.url}\n"


def test_ctrl_c_ends_a_server_that_has_served_without_a_traceback(tmp_path: Path) -> None:
    server = KanafServer(tmp_path)
    server.run("init")
    for _ in range(INTERRUPTIONS):
        server.start()
        assert server.interrupt() == 0

    assert server.log == f"Kanaf listens on {server.url}\n" * INTERRUPTIONS


def test_a_server_is_not_healthy_without_its_tables(server: KanafServer) -> None:
    with closing(sqlite3.connect(server.data_dir / "kanaf.sqlite3")) as database, database:
        database.execute("ALTER TABLE inbox RENAME COLUMN seq TO other")

    answer = requests.get(f"{server.url}/healthz", timeout=5)

    assert answer.status_code == 503
    assert "inbox" not in answer.text


def test_a_server_is_not_healthy_with_data_of_other_keys(
    server: KanafServer, tmp_path: Path
) -> None:
    other = KanafServer(tmp_path / "other")
    other.run("init")
    for one in (server, other):
        one.run("db", "create", "sudan")
    with closing(sqlite3.connect(server.data_dir / "kanaf.sqlite3")) as database, database:
        database.execute("ATTACH ? AS other", (str(other.data_dir / "kanaf.sqlite3"),))
        database.execute("DELETE FROM main.database")
        database.execute("INSERT INTO main.database SELECT * FROM other.database")

    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 503


def test_feeds_follow_the_directory_whichever_worker_dies(server: KanafServer) -> None:
    """One of them keeps house; the one that is begun in its place does so then."""
    server.run("db", "create", "sudan")
    server.run("agency", "add", "a", "Agency a")
    first, *workers = server.processes
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        assert_followed(server, f"bilal-{worker}")

    workers = server.processes[1:]
    os.kill(first, signal.SIGHUP)
    assert eventually(lambda: not set(workers) & set(server.processes))
    assert_followed(server, "gita")

    os.kill(first, signal.SIGTTOU)
    assert_followed(server, "hana")
    assert server.is_healthy()
    assert server.processes[0] == first
    assert len(server.processes) == 3


def assert_followed(server: KanafServer, name: str) -> None:
    """Feeds follow when somebody comes in who sees a whole agency."""
    server.run("user", "add", name, "--role", "agency_manager", "--agency", "a")
    assert eventually(lambda: pending(server) == 0)


def pending(server: KanafServer) -> int:
    """How many changes of the directory feeds have not followed."""
    with closing(Store(server.settings.database_url)) as store, store.read() as reading:
        return pending_jobs(reading.connection, reading.databases()[0].id)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something comes to be so before long."""
    until = time.monotonic() + LONGEST_WAIT
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
