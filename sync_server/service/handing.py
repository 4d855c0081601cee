"""Handing a record to another owner, inside a transaction.

Feeds follow in the same transaction: the documents are revoked on the tablets of who no longer sees
them and told to those of who does now. A referral to the new owner or to the one before ends: whose
case it is needs none, and it would leave the case with them when it changes hands. Others stay:
what was agreed with them is the child's, not the owner's.
"""

from __future__ import annotations

from conflict.canonical import canonical_json
from conflict.minting import pushed_path
from conflict.revision import Rev
from sync_server.service.caller import Caller
from sync_server.service.case_facts import record_facts
from sync_server.service.case_record import CaseRecord
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.made_edits import SERVICE, path_of, signed
from sync_server.service.transaction import Transaction
from sync_server.sharing.facts import Person, Record, ReferralState
from sync_server.storage.changes import Changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import AuditRow, DatabaseRow, RecordRow

_OPEN = (ReferralState.SENT, ReferralState.ACCEPTED)


class Handing:
    """Some records, under their locks, and the directory as it is there.

    Attributes:
        directory: with the codes of the database's forms.
    """

    def __init__(
        self,
        kanaf: Kanaf,
        database: DatabaseRow,
        reading: Reading,
        records: list[str],
        by: tuple[int | None, str | None],
    ) -> None:
        """Takes up records.

        Args:
            by: the id of the user who asks, and their device.
        """
        registry = kanaf.registry(reading)
        database = registry.now(database) or database
        self.directory = kanaf.directory_of(database, reading)
        self._users = registry.users
        self._forms = kanaf.case_forms(database, reading)
        self._transaction = Transaction(reading, kanaf.vault(database), kanaf.clock(), records, [])
        self._by, self._device = by

    def record(self, record_id: str) -> tuple[RecordRow, Record] | None:
        """A case and its facts; None where there is none of that id."""
        row = self._transaction.record(record_id)
        facts = record_facts(row, self._transaction.now) if row else None
        return None if row is None or facts is None else (row, facts)

    def hand(self, row: RecordRow, to: Person, action: str) -> Changes:
        """What has to be written when a record gets another owner.

        Args:
            action: what the audit log says of it.
        """
        record = CaseRecord(
            self._transaction, self.directory, self._forms, Caller(to, ""), row.record_id
        )
        record.assign(to)
        facts = record_facts(row, self._transaction.now)
        for referral in facts.referrals if facts else ():
            if referral.to in (to.id, row.owner_id) and referral.state in _OPEN:
                self._end(record, f"{row.record_id}:{referral.document}")
        before = self._users.get(row.owner_id or 0)
        subject = f"{row.record_id} {before.name if before else '-'} > {to.name}"
        record.changes.audit.append(self._entry(action, subject))
        return record.conclude()

    def _end(self, record: CaseRecord, document_id: str) -> None:
        work = record.work(document_id)
        for leaf in work.tree.live_leaves():
            if work.is_stored(leaf.rev):
                rev = self._ended(record, work, leaf.rev)
                entry = self._entry("referral ended", f"{document_id} {rev}")
                record.changes.audit.append(entry)

    def _ended(self, record: CaseRecord, work: DocumentWork, base: Rev) -> Rev:
        """Writes, on a revision of a referral, that it has ended."""
        seen = work.seen(base)
        kept = {name: one for name, one in seen.items() if name not in ("merge", "settles")}
        ended = {**kept, "data": {**seen["data"], "ended": True}}
        asker = self._users.get(self._by or 0)
        author, device = asker.name if asker else SERVICE, self._device or ""
        body = signed(ended, author, device, self._transaction.now)
        key = self._transaction.vault.programme_key
        path = path_of(key, work.document_id, work.tree.path(base), canonical_json(body))
        record.insert(work, pushed_path(key, work.document_id, path, body), body, {})
        return path[0]

    def _entry(self, action: str, subject: str) -> AuditRow:
        return AuditRow(self._transaction.now, self._by, self._device, action, subject)
