"""Many waiting long-polls in one worker: memory of each, and the time to answer all of them.

The waiters are the tablets of some readers, in turn; each reader has a feed of their own. On SQLite
and on PostgreSQL, and beside it a bare Flask and gevent waiter under the same gunicorn settings.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bench.databases import databases
from bench.documents import batch
from bench.measuring import (
    arguments,
    cpu_seconds,
    medians,
    resident_kib,
    surroundings,
    table,
    wait_until_quiet,
    worker_processes,
    write_json,
)
from bench.programme import AUTHORS_TABLET, DATABASE, Programme, programme, tablet
from bench.waiters import Waiters, waiting_request
from sync_server.service.administration import publish
from tests.support.server import KanafServer, free_port

_WARM_UP = 20
_START_SECONDS = 30
Figures = dict[str, float]


def main() -> None:
    """Measures, and prints a table of medians."""
    chosen = arguments(__doc__ or "", waiters=1_000, readers=20, rounds=5)
    measured: dict[str, list[Figures]] = {}
    for database, url in databases():
        with tempfile.TemporaryDirectory(prefix="kanaf-bench-") as folder:
            measured[database] = _kanaf_rounds(Path(folder), url, chosen)
    measured["bare waiter"] = [_bare_round(chosen.waiters) for _ in range(chosen.rounds)]
    found = {name: medians(rounds) for name, rounds in measured.items()}
    lines = {
        "kib": "memory of a waiter, KiB",
        "own": "last answer, news through this worker, s",
        "other": "last answer, news from another process, s",
        "own_cpu": "CPU to answer all, s",
        "asking_cpu": "CPU to take all requests, s",
    }
    title = (
        f"{chosen.waiters:,} waiting long-polls of {chosen.readers:,} readers, "
        f"medians of {chosen.rounds} rounds"
    )
    rows = [
        [line, *(figures.get(name, "-") for figures in found.values())]
        for name, line in lines.items()
    ]
    print(table(title, ["", *found], rows))
    print(surroundings())
    write_json(
        chosen.json,
        {"waiters": chosen.waiters, "readers": chosen.readers, "medians": found}
        | {"rounds": measured},
    )


def _kanaf_rounds(folder: Path, url: str | None, chosen: Namespace) -> list[Figures]:
    """Every round has a worker of its own: memory that was used before would hide what is new."""
    chance = random.Random(20261123)
    with KanafServer(folder, database_url=url) as server:
        people = programme(server, supervisors=chosen.readers)
        figures = []
        for number in range(chosen.rounds):
            server.stop()
            server.start()
            figures.append(_kanaf_round(server, people, chosen.waiters, number, chance))
        people.kanaf.store.close()
    return figures


def _kanaf_round(
    server: KanafServer, people: Programme, waiters: int, number: int, chance: random.Random
) -> Figures:
    feed = f"/sync/{DATABASE}/_changes?feed=longpoll&style=all_docs&timeout=60000&since="
    readers = people.supervisors.items()
    first = [waiting_request(f"{feed}now", *reader) for reader in readers]
    author = tablet(AUTHORS_TABLET, people.tokens[AUTHORS_TABLET])
    _write(server, author, chance)
    for reader in readers:
        tablet(*reader).get(f"{server.url}{feed.replace('longpoll', 'normal')}now")

    def from_another_process() -> float:
        body = {"name": f"Agency of round {number}"}
        publish(people.kanaf, people.kanaf.database(DATABASE), {"shared:agency:A": body})
        return time.monotonic()

    def through_this_worker() -> float:
        before = time.monotonic()
        _write(server, author, chance)
        return before

    with _waiters(server.port, waiters) as waiting:
        figures = _asked(waiting, first)
        figures["other"], figures["other_cpu"] = _told(waiting, from_another_process)
        last = [str(body["last_seq"]) for body in waiting.bodies()[: len(first)]]
        again = [
            waiting_request(feed + since, *reader)
            for since, reader in zip(last, readers, strict=True)
        ]
        _asked(waiting, again)
        figures["own"], figures["own_cpu"] = _told(waiting, through_this_worker)
    return figures


def _write(server: KanafServer, author: requests.Session, chance: random.Random) -> None:
    """A document of a new case, which its author and every supervisor may see."""
    body: dict[str, Any] = {"new_edits": False, "docs": batch(1, chance)}
    answer = author.post(f"{server.url}/sync/{DATABASE}/_bulk_docs", json=body)
    assert (answer.status_code, answer.json()) == (201, []), answer.text


def _bare_round(waiters: int) -> Figures:
    with _bare_server() as port:
        for _ in range(_WARM_UP):
            requests.get(f"http://127.0.0.1:{port}/tell")

        def tell() -> float:
            before = time.monotonic()
            requests.get(f"http://127.0.0.1:{port}/tell")
            return before

        with _waiters(port, waiters) as waiting:
            figures = _asked(waiting, [waiting_request("/wait")])
            figures["own"], figures["own_cpu"] = _told(waiting, tell)
    return figures


def _asked(waiting: Waiters, asked: Sequence[bytes]) -> Figures:
    """Sends the requests; returns when all of them wait."""
    workers = worker_processes()
    memory, cpu = resident_kib(workers), cpu_seconds(workers)
    waiting.ask(asked)
    wait_until_quiet(workers)
    assert not waiting.is_answered(), "a waiter was answered before there was news"
    grown = resident_kib(workers) - memory
    return {"kib": grown / len(waiting), "asking_cpu": cpu_seconds(workers) - cpu}


def _told(waiting: Waiters, tell: Callable[[], float]) -> tuple[float, float]:
    """Seconds from the moment that `tell` names to the last answer, and the workers' CPU for it."""
    workers = worker_processes()
    cpu = cpu_seconds(workers)
    since = tell()
    seconds = waiting.last_answered() - since
    return seconds, cpu_seconds(workers) - cpu


@contextmanager
def _waiters(port: int, count: int) -> Iterator[Waiters]:
    waiting = Waiters(port, count)
    try:
        yield waiting
    finally:
        waiting.close()


@contextmanager
def _bare_server() -> Iterator[int]:
    """The bare waiter, with the worker that `kanaf serve` has; its port."""
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gevent", "--worker-connections", "5000", "--keep-alive", "30"),
            *("--graceful-timeout", "5"),
            *("--log-level", "warning", "bench.bare_waiter:app"),
        ]
    )
    try:
        _wait_until_served(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_until_served(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/tell")
            return
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main()
