"""Short ways to write rows: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from conflict.revision import Rev
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DocumentRow, InboxRow, LeafRow, RecordRow
from sync_server.storage.store import Store

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
PATIENCE_SECONDS = 30
AMINA, BILAL, DINA = 1, 2, 3


def document(record: str, name: str = "k1", generation: int = 1, units: int = 0) -> DocumentRow:
    """A document with one live leaf; the seq in it is not read."""
    leaves = (LeafRow(Rev(generation, "a" * 32), deleted=False),)
    return DocumentRow(f"{record}:{name}", record, 0, leaves, units)


def shown(reader: int, document_id: str) -> InboxRow:
    """A document that a reader sees."""
    return InboxRow(reader, document_id, 0)


def revoked(reader: int, document_id: str) -> InboxRow:
    """A document that a reader saw once."""
    return InboxRow(reader, document_id, 0, (Rev(1, "a" * 32),))


def changes(*documents: DocumentRow, inbox: Collection[InboxRow] = ()) -> Changes:
    """Documents and what readers see of them; inbox rows alone name theirs in their order."""
    return Changes(documents={row.document_id: row for row in documents}, inbox=list(inbox))


@dataclass(frozen=True)
class Programme:
    """A database in a store."""

    store: Store
    id: int

    def seen_by(self, store: Store) -> Programme:
        """The same database through another store, which has connections of its own."""
        return replace(self, store=store)

    def write(self, wanted: Changes, *records: str) -> None:
        """Writes changes that depend on nothing that is read."""
        self.store.write(self.id, records, lambda reading: Plan(wanted, None))

    def change(self, *records: str) -> None:
        """Changes the first document of some records, and so the records too."""
        self.store.write(self.id, records, lambda reading: self.change_plan(reading, *records))

    def change_plan(self, reading: Reading, *records: str) -> Plan[int]:
        """One generation more on the first document of each record.

        The result is the highest generation that was found.
        """
        found = reading.documents(self.id, [f"{record}:k1" for record in records])
        rows = reading.records(self.id, records)
        highest = 0
        plan = Changes()
        for record in records:
            known = found.get(f"{record}:k1")
            generation = known.winner.rev.generation if known else 0
            row = document(record, generation=generation + 1)
            plan.documents[row.document_id] = row
            plan.records[record] = rows.get(record) or RecordRow(record, 0, b"wrapped key")
            highest = max(highest, generation)
        return Plan(plan, highest)

    def generation(self, record: str) -> int:
        """How often `change` changed a record; 0 where it never did."""
        with self.store.read() as reading:
            row = reading.documents(self.id, [f"{record}:k1"]).get(f"{record}:k1")
        return row.winner.rev.generation if row else 0

    @property
    def update_seq(self) -> int:
        """The seq of the last change."""
        with self.store.read() as reading:
            return reading.update_seq(self.id)

    @property
    def feed(self) -> list[tuple[int, str]]:
        """Seq and id of every document, from the start."""
        with self.store.read() as reading:
            return [(row.seq, row.document_id) for row in reading.changes(self.id, 0, 10_000)]

    def inbox(
        self, reader: int, since: int = 0, limit: int = 100, **options: Any
    ) -> list[tuple[int, str]]:
        """Seq and id of what a reader is shown; an id in brackets where it is to be forgotten."""
        with self.store.read() as reading:
            rows = reading.inbox(self.id, reader, since, limit, **options)
        return [
            (row.seq, f"({row.document_id})" if row.revoked_leaves else row.document_id)
            for row in rows
        ]


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[Callable[[], object]]:
    """Runs `work` in a thread; what is yielded waits for its end and raises what it raised."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        yield lambda: running.result(PATIENCE_SECONDS)


def together(*works: Callable[[], object]) -> None:
    """Runs all at once, a thread each, and raises what the first failing one raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result(PATIENCE_SECONDS)
