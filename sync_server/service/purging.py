"""Purging: what an administrator takes out of an open database as if it had never been there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from conflict.revision import Rev
from sync_server.errors import InvalidRequest, NotOverNetwork
from sync_server.service.detaching import left_behind
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.open_record import lot
from sync_server.service.transaction import Transaction
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow

MOST_DOCUMENTS, MOST_REVISIONS = 100, 1_000
"""In one request. Source: CouchDB, chttpd_db.erl, `max_document_id_number` and so on."""

Purged = dict[str, list[Rev]]


def purge(kanaf: Kanaf, database: DatabaseRow, asked: Mapping[str, Collection[Rev]]) -> Purged:
    """Removes leaves of documents with what no other leaf rests on, bodies and attachments.

    It leaves no tombstone: another replica that holds a document brings it back.

    Returns:
        The leaves that were removed, of each document in the order of `asked`.

    Raises:
        NotOverNetwork: it is a case database, in which nothing is lost.
        InvalidRequest: more than 100 documents or 1,000 revisions are named.

    Source: CouchDB documentation, api/database/misc, POST /{db}/_purge.
    """
    if database.kind is DatabaseKind.CASE:
        raise NotOverNetwork
    if len(asked) > MOST_DOCUMENTS or sum(map(len, asked.values())) > MOST_REVISIONS:
        raise InvalidRequest
    vault = kanaf.vault(database)
    lots: dict[str, list[str]] = {}
    for document_id in asked:
        lots.setdefault(lot(document_id), []).append(document_id)

    def prepare(reading: Reading) -> Plan[Purged]:
        transaction = Transaction(reading, vault, kanaf.clock(), list(lots), asked)
        purged: Purged = {document_id: [] for document_id in asked}
        changes = []
        for record_id, documents in lots.items():
            part = _Purging(transaction, record_id)
            for document_id in documents:
                purged[document_id] = part.purge(document_id, asked[document_id])
            changes.append(part.conclude())
        return Plan(merged_changes(changes), purged)

    return kanaf.store.write(database.id, list(lots), prepare)


@dataclass
class _Purging:
    """The purging of documents of one lot."""

    transaction: Transaction
    record_id: str

    def __post_init__(self) -> None:
        self._row = self.transaction.record(self.record_id)
        self._key = self.transaction.key(self._row) if self._row else None
        self._works: dict[str, DocumentWork] = {}

    def purge(self, document_id: str, revs: Collection[Rev]) -> list[Rev]:
        """Removes some leaves of a document, and returns those that it had."""
        if self._key is None:
            return []
        work = self._works[document_id] = self.transaction.document(self._key, document_id)
        leaves = [rev for rev in dict.fromkeys(revs) if rev in {n.rev for n in work.tree.leaves()}]
        work.tree.purge(leaves)
        return leaves

    def conclude(self) -> Changes:
        """What the transaction has to write of the lot."""
        changes = Changes()
        for work in self._works.values():
            if work.is_changed:
                work.write_to(changes, self.record_id)
        if self._row and self._key and (changes.documents or changes.removed):
            changes.records[self.record_id] = self._row
            left = left_behind(self.transaction, self._key, self._works)
            changes.detached += [(self.record_id, one) for one in left]
        return changes
