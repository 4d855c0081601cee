"""What one writing transaction works on: the records of a batch and their documents."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from conflict.revision import Rev
from sync_server.service.document_work import DocumentWork
from sync_server.service.vault import RecordKey, Vault
from sync_server.storage.reading import Reading
from sync_server.storage.rows import AudienceRow, InboxRow, QuarantineRow, RecordRow, RevisionRow

MOST_ITEMS, MOST_BYTES = 2_000, 200_000_000
"""What one user may have in quarantine, and as much again what was sent by devices of theirs that
are lost; beyond it pushes are answered 503, never `forbidden`.
"""


class Transaction:
    """The state of some records and documents, as one transaction sees it.

    Everything that a usual write needs is asked for once for the whole batch; what only some need,
    when the first of them does.
    """

    def __init__(
        self,
        reading: Reading,
        vault: Vault,
        now: float,
        records: Collection[str],
        documents: Collection[str],
    ) -> None:
        database_id = vault.database.id
        self.reading = reading
        self.vault = vault
        self.now = now
        self.database_id = database_id
        self._named = documents
        self._loaded = set(documents)
        self._records = reading.records(database_id, records)
        self._rows = reading.documents(database_id, documents)
        self._revisions = reading.revisions(database_id, self._rows)
        self._leaves: dict[str, list[RevisionRow]] = {}
        self._documents_of: dict[str, list[str]] = {}
        self._quarantine_load: dict[tuple[int, bool], tuple[int, int]] = {}

    @cached_property
    def _audiences(self) -> list[AudienceRow]:
        return self.reading.audiences(self.database_id, self._records)

    @cached_property
    def _quarantine(self) -> dict[str, list[QuarantineRow]]:
        return self.reading.quarantine_of(self.database_id, self._named)

    @cached_property
    def _bodies(self) -> dict[tuple[str, Rev], bytes]:
        """The bodies that edits are usually made on: they say what an edit changes."""
        leaves = [(row.document_id, row.winner.rev) for row in self._rows.values()]
        return self.reading.bodies(self.database_id, leaves)

    @cached_property
    def _attached(self) -> set[str]:
        return self.reading.records_with_attachments(self.database_id, self._records)

    def record(self, record_id: str) -> RecordRow | None:
        """A record, if it exists."""
        return self._records.get(record_id)

    def new_record(self, record_id: str) -> RecordRow:
        """A record that does not exist yet, with a key of its own."""
        return RecordRow(record_id, 0, self.vault.new_record_key(record_id))

    def key(self, record: RecordRow) -> RecordKey:
        """A record's data key."""
        return self.vault.record_key(record.record_id, record.wrapped_key)

    def document(self, key: RecordKey, document_id: str) -> DocumentWork:
        """A document to read and extend."""
        self.take_up([document_id])
        return DocumentWork(
            self.reading,
            self.database_id,
            key,
            document_id,
            self._rows.get(document_id),
            lambda: self._revisions,
            lambda: self._bodies,
        )

    def document_by_leaves(self, key: RecordKey, document_id: str) -> DocumentWork:
        """A document to be shown or hidden, of a record that was taken up.

        Of its history only the leaves are read: somebody may have written a very long one, and
        others would wait.
        """
        return DocumentWork(
            self.reading,
            self.database_id,
            key,
            document_id,
            self._rows[document_id],
            self._leaves_taken_up,
            leaves_only=True,
        )

    def audience(self, record_id: str) -> list[AudienceRow]:
        """Whose feeds show a record."""
        return [row for row in self._audiences if row.record_id == record_id]

    def quarantined(self, document_id: str) -> list[QuarantineRow]:
        """What was refused of a document."""
        return self._quarantine.get(document_id, [])

    def has_room_in_quarantine(self, row: QuarantineRow) -> bool:
        """Whether a refused revision can be kept; counts it where it can."""
        user, is_of_lost = load = row.user_id, row.is_of_lost_device
        if load not in self._quarantine_load:
            self._quarantine_load[load] = self.reading.quarantine_load(
                self.database_id, user, of_lost_devices=is_of_lost
            )
        count, size = self._quarantine_load[load]
        if count >= MOST_ITEMS or size >= MOST_BYTES:
            return False
        self._quarantine_load[load] = count + 1, size + len(row.body)
        return True

    def documents_of(self, record_id: str) -> list[str]:
        """The ids of all documents that a record has in the database."""
        if record_id not in self._records:
            return []
        if record_id not in self._documents_of:
            self.take_up_records([record_id])
        return self._documents_of[record_id]

    def take_up(self, documents: Collection[str]) -> None:
        """Reads some documents with their trees, at once."""
        missing = set(documents) - self._loaded
        if missing:
            self._rows.update(self.reading.documents(self.database_id, missing))
            self._revisions.update(self.reading.revisions(self.database_id, missing))
            self._loaded |= missing

    def take_up_records(self, records: Collection[str]) -> None:
        """Reads which documents some records have, without their trees, at once."""
        self._documents_of.update({record: [] for record in records})
        for row in self.reading.documents_of(self.database_id, records):
            self._documents_of[row.record_id].append(row.document_id)
            self._rows[row.document_id] = row

    def has_attachments(self, record_id: str) -> bool:
        """Whether anything is attached to documents of a record."""
        return record_id in self._attached

    def inbox_rows(self, record_id: str, user: int, documents: Collection[str]) -> list[InboxRow]:
        """What a user's feed has of some documents of a record."""
        if record_id not in self._records:
            return []
        return list(self.reading.inbox_rows(self.database_id, user, documents).values())

    def _leaves_taken_up(self) -> dict[str, list[RevisionRow]]:
        missing = [row for one, row in self._rows.items() if one not in self._leaves]
        if missing:
            leaves = [(row.document_id, leaf.rev) for row in missing for leaf in row.leaves]
            found = self.reading.leaves(self.database_id, leaves)
            self._leaves.update({row.document_id: found[row.document_id] for row in missing})
        return self._leaves
