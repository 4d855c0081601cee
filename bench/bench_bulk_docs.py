"""`_bulk_docs` into a case database: documents per second of server CPU, and where it goes.

500 documents of 1.5 kB of 100 cases, replicated (`new_edits=false`), fanned out to their owner and
a supervisor; first new ones, then an edit of each. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from bench.areas import AREAS, Sampler, Shares, hottest, profiled
from bench.bare_rows import ROWS_PER_DOCUMENT, bare_rounds
from bench.databases import databases
from bench.documents import DOCUMENT_BYTES, Document, batch, edited
from bench.measuring import (
    arguments,
    cpu_seconds,
    medians,
    surroundings,
    table,
    worker_processes,
    write_json,
)
from bench.programme import AUTHORS_TABLET, DATABASE, Programme, programme, tablet
from bench.statements import Statements
from sync_server.service.pushing import push
from tests.support.server import KanafServer

Figures = dict[str, float]
Measured = dict[str, list[Figures]]


def main() -> None:
    """Measures both databases, and prints tables of medians and shares."""
    chosen = arguments(__doc__ or "", documents=500, rounds=7)
    found: dict[str, Measured] = {}
    shares: dict[str, dict[str, Shares]] = {}
    dearest: list[list[object]] = []
    for database, url in databases():
        with tempfile.TemporaryDirectory(prefix="kanaf-bench-") as folder:
            measuring = _Measuring(chosen.documents, chosen.rounds)
            found[database], shares[database] = measuring.measure(Path(folder), url)
            dearest += [[database, *row] for row in measuring.hottest]
    _print_rates(found, chosen.documents, chosen.rounds)
    _print_shares(shares)
    print(table("most own time under cProfile", ["", "function", "calls", "% of all"], dearest))
    print(surroundings())
    write_json(chosen.json, {"documents": chosen.documents, "rounds": found, "shares": shares})


class _Measuring:
    """The rounds on one database."""

    def __init__(self, documents: int, rounds: int) -> None:
        self._documents, self._rounds = documents, rounds
        self._chance = random.Random(20261123)
        self.hottest: list[list[object]] = []

    def measure(self, folder: Path, url: str | None) -> tuple[Measured, dict[str, Shares]]:
        """Over HTTP, then in this process, then the floor."""
        with KanafServer(folder, database_url=url) as server:
            people = programme(server)
            over_http = self._over_http(server, people)
        in_process, shares = self._in_process(people)
        people.kanaf.store.close()
        bare_url = url or f"sqlite:///{folder / 'bare.sqlite3'}"
        bare = bare_rounds(bare_url, self._documents, self._rounds, self._chance)
        return over_http | in_process | {"bare": [{"per_cpu": rate} for rate in bare]}, shares

    def _over_http(self, server: KanafServer, people: Programme) -> Measured:
        author = tablet(AUTHORS_TABLET, people.tokens[AUTHORS_TABLET])
        measured: Measured = {"new": [], "edited": []}
        self._pushed(server, author, batch(self._documents, self._chance))  # warms up
        for _ in range(self._rounds):
            documents = batch(self._documents, self._chance)
            measured["new"].append(self._pushed(server, author, documents))
            documents = edited(documents, self._chance)
            measured["edited"].append(self._pushed(server, author, documents))
        return measured

    def _pushed(
        self, server: KanafServer, author: requests.Session, documents: list[Document]
    ) -> Figures:
        workers = worker_processes()
        cpu, clock = cpu_seconds(workers), time.perf_counter()
        body: dict[str, Any] = {"new_edits": False, "docs": documents}
        answer = author.post(f"{server.url}/sync/{DATABASE}/_bulk_docs", json=body)
        wall, cpu = time.perf_counter() - clock, cpu_seconds(workers) - cpu
        assert (answer.status_code, answer.json()) == (201, []), answer.text[:500]
        return {"per_cpu": self._documents / cpu, "per_wall": self._documents / wall}

    def _in_process(self, people: Programme) -> tuple[Measured, dict[str, Shares]]:
        self._push(people, batch(self._documents, self._chance))
        measured: Measured = {"in_process_new": [], "in_process_edited": []}
        samplers = {"new": Sampler(), "edited": Sampler()}
        for _ in range(self._rounds):
            documents = batch(self._documents, self._chance)
            for kind, sampler in samplers.items():
                cpu = time.process_time()
                with sampler.sampling():
                    self._push(people, documents)
                rate = self._documents / (time.process_time() - cpu)
                measured[f"in_process_{kind}"].append({"per_cpu": rate})
                documents = edited(documents, self._chance)
        self._count_statements(people, measured)
        shares = {f"{kind}, sampled": sampler.shares for kind, sampler in samplers.items()}
        return measured, {"new, cProfile": self._profiled(people), **shares}

    def _count_statements(self, people: Programme, measured: Measured) -> None:
        documents = batch(self._documents, self._chance)
        for figures in measured.values():
            statements = Statements()
            with statements.counting(people.kanaf.store):
                self._push(people, documents)
            for figure in figures:
                figure["statements"] = statements.count / self._documents
            documents = edited(documents, self._chance)

    def _profiled(self, people: Programme) -> Shares:
        documents = batch(self._documents, self._chance)
        shares, stats = profiled(lambda: self._push(people, documents))
        self.hottest = hottest(stats)
        return shares

    @staticmethod
    def _push(people: Programme, documents: list[Document]) -> None:
        database = people.kanaf.database(DATABASE)
        receipts = push(people.kanaf, database, people.author, documents, is_replicated=True)
        refused = [receipt for receipt in receipts if receipt.code]
        assert not refused, refused[:3]


def _print_rates(found: dict[str, Measured], documents: int, rounds: int) -> None:
    rows: list[list[object]] = []
    for database, measured in found.items():
        middle = {name: medians(figures) for name, figures in measured.items()}
        for kind in ("new", "edited"):
            over_http, inside = middle[kind], middle[f"in_process_{kind}"]
            rates = [over_http["per_cpu"], over_http["per_wall"], inside["per_cpu"]]
            rates.append(inside["statements"])
            rows.append([f"{database}, {kind}", *rates])
        rows.append([f"{database}, {ROWS_PER_DOCUMENT} bare rows", "-", "-"])
        rows[-1] += [middle["bare"]["per_cpu"], "-"]
    title = f"_bulk_docs of {documents} documents of {DOCUMENT_BYTES} B, medians of {rounds} rounds"
    columns = [
        "documents per second of",
        "server CPU",
        "wall",
        "CPU in this process",
        "statements each",
    ]
    print(table(title, columns, rows))


def _print_shares(shares: dict[str, dict[str, Shares]]) -> None:
    columns = [(database, how) for database, by_how in shares.items() for how in by_how]
    rows: list[list[object]] = [
        [area, *(f"{100 * shares[database][how][area]:.1f}" for database, how in columns)]
        for area in AREAS
    ]
    names = [f"{database}: {how}" for database, how in columns]
    print(table("share of the CPU of a push in this process, %", ["", *names], rows))


if __name__ == "__main__":
    main()
