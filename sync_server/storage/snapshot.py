"""A reading for many: one state of the database, in which nothing is read twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sync_server.storage.reading import Found, Reading
from sync_server.storage.rows import DocumentRow, RecordRow
from sync_server.storage.store import Store

Row = TypeVar("Row")
Known = dict[tuple[int, str], Row | None]


@dataclass(frozen=True)
class Snapshot(Reading):
    """A reading that remembers what it read.

    That is safe only where every statement sees the same state: a document remembered from before
    a commit, told at a seq from after it, would be an edit that its reader never gets.
    """

    _directory_versions: list[int] = field(default_factory=list)
    _update_seqs: dict[int, int] = field(default_factory=dict)
    _records: Known[RecordRow] = field(default_factory=dict)
    _documents: Known[DocumentRow] = field(default_factory=dict)

    def directory_version(self) -> int:
        """How often the directory was changed."""
        if not self._directory_versions:
            self._directory_versions.append(super().directory_version())
        return self._directory_versions[0]

    def update_seq(self, database_id: int) -> int:
        """The seq of the last committed change."""
        if database_id not in self._update_seqs:
            self._update_seqs[database_id] = super().update_seq(database_id)
        return self._update_seqs[database_id]

    def records(self, database_id: int, ids: Collection[str]) -> dict[str, RecordRow]:
        """The records that exist, by id."""
        return _remembered(self._records, database_id, ids, super().records)

    def documents(self, database_id: int, ids: Collection[str]) -> dict[str, DocumentRow]:
        """The documents that exist, by id."""
        return _remembered(self._documents, database_id, ids, super().documents)

    def documents_with_records(
        self, database_id: int, ids: Collection[str], *, with_bodies: bool = False
    ) -> Found:
        """The documents that exist, and the records that they belong to."""
        documents = self.documents(database_id, ids)
        records = self.records(database_id, {row.record_id for row in documents.values()})
        winners = [(name, row.winner.rev) for name, row in documents.items() if with_bodies]
        return Found(documents, records, self.bodies(database_id, winners))


@contextmanager
def snapshot(store: Store) -> Iterator[Snapshot]:
    """A transaction that sees one state of the database from its first statement to its last."""
    with store.read_one_state() as connection:
        yield Snapshot(connection)


def _remembered(
    known: Known[Row],
    database_id: int,
    ids: Collection[str],
    read: Callable[[int, Collection[str]], Mapping[str, Row]],
) -> dict[str, Row]:
    unknown = [one for one in ids if (database_id, one) not in known]
    if unknown:
        found = read(database_id, unknown)
        known.update({(database_id, one): found.get(one) for one in unknown})
    rows = {one: known[database_id, one] for one in ids}
    return {one: row for one, row in rows.items() if row is not None}
