"""What one transaction writes: decided beforehand, applied in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sync_server.storage.rows import (
    AttachmentRow,
    AudienceRow,
    AuditRow,
    DocumentRow,
    EmergencyRequestRow,
    ForgottenRow,
    HandoverStep,
    InboxRow,
    QuarantineRow,
    RecordRow,
    RevisionRow,
)

Result = TypeVar("Result")


@dataclass
class Changes:
    """The rows that a transaction writes.

    The seqs in `documents` and `inbox` are not read: each document named in either gets one new
    seq, in the order of their naming, which its row and all its inbox rows carry. One that is
    removed counts as a change, too, although nobody is told of it.

    Attributes:
        records: new or changed records; their versions are counted up by the store.
        revisions: rows that are new, or know more than before.
        forgotten: revisions that go, from documents that are in `documents` or `removed`.
        documents: rows that are new or changed, by id.
        removed: documents of which nothing is left.
        inbox: what readers see or no longer see.
        audience: the parts that a user's feed shows; no parts removes the row.
        detached: attachments that no document has any more, by record and digest.
        released: quarantine rows that an accepted revision has superseded.
        decided: quarantine rows with what was decided about them.
        emergencies: requests for emergency access that are new or changed.
        handovers: how far handovers of records have come with it.
    """

    records: dict[str, RecordRow] = field(default_factory=dict)
    revisions: list[RevisionRow] = field(default_factory=list)
    forgotten: list[ForgottenRow] = field(default_factory=list)
    documents: dict[str, DocumentRow] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    inbox: list[InboxRow] = field(default_factory=list)
    audience: list[AudienceRow] = field(default_factory=list)
    attachments: list[AttachmentRow] = field(default_factory=list)
    detached: list[tuple[str, bytes]] = field(default_factory=list)
    quarantine: list[QuarantineRow] = field(default_factory=list)
    released: list[QuarantineRow] = field(default_factory=list)
    decided: list[QuarantineRow] = field(default_factory=list)
    emergencies: list[EmergencyRequestRow] = field(default_factory=list)
    audit: list[AuditRow] = field(default_factory=list)
    handovers: list[HandoverStep] = field(default_factory=list)

    def sequenced(self) -> Sequence[str]:
        """The documents that get a seq, in order."""
        told = (row.document_id for row in self.inbox)
        return list(dict.fromkeys([*self.documents, *told, *self.removed]))


@dataclass(frozen=True)
class Plan(Generic[Result]):
    """What a transaction is to write, and what to answer when it has."""

    changes: Changes
    result: Result


def merged_changes(parts: Sequence[Changes]) -> Changes:
    """Several parts of one transaction as one."""
    whole = Changes()
    for part in parts:
        whole.records.update(part.records)
        whole.documents.update(part.documents)
        whole.revisions += part.revisions
        whole.forgotten += part.forgotten
        whole.removed += part.removed
        whole.inbox += part.inbox
        whole.audience += part.audience
        whole.attachments += part.attachments
        whole.detached += part.detached
        whole.quarantine += part.quarantine
        whole.released += part.released
        whole.decided += part.decided
        whole.emergencies += part.emergencies
        whole.audit += part.audit
        whole.handovers += part.handovers
    return whole
