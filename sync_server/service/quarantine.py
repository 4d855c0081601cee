"""Quarantine: what a case database cannot accept is kept, sealed, with its reason and its owner."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from conflict.revision import Rev
from schemas import Problem, wording_of
from sync_server.crypto.sealing import keyed_digest
from sync_server.service.caller import Caller
from sync_server.service.case_facts import form_code
from sync_server.service.case_forms import Forms, revisions_of
from sync_server.service.document_work import raw_json
from sync_server.service.transaction import Transaction
from sync_server.storage.rows import AuditRow, QuarantineEntry, QuarantineRow


@dataclass(frozen=True)
class Refusal(Exception):
    """A revision is not accepted.

    Attributes:
        code: why, such as `invalid_answers`; it begins the reason that the client sees.
        problems: what is wrong with the answers; never an answer itself.
    """

    code: str
    problems: tuple[Problem, ...] = field(default=())


def quarantine_row(
    transaction: Transaction,
    caller: Caller,
    document_id: str,
    rev: Rev,
    document: object,
    refusal: Refusal,
) -> QuarantineRow:
    """The row that keeps a refused document whole, as it was sent."""
    record_id = document_id.partition(":")[0]
    place = f"quarantine/{record_id}"
    wrapped = transaction.vault.new_record_key(place)
    key = transaction.vault.record_key(place, wrapped)
    text = raw_json(document)
    content = keyed_digest(transaction.vault.programme_key, text.encode())
    return QuarantineRow(
        document_id=document_id,
        rev=rev,
        content=content,
        record_id=record_id,
        user_id=caller.person.id,
        device=caller.device,
        reason=refusal.code,
        problems=tuple((problem.path, problem.code) for problem in refusal.problems),
        wrapped_key=wrapped,
        body=key.seal_body(document_id, rev, {"sent": text}),
        received_at=transaction.now,
    )


def problems_of(row: QuarantineEntry, forms: Forms) -> list[dict[str, Any]]:
    """What is wrong with the answers of a refused document; never an answer itself.

    Returns:
        Of each problem `path`, `code`, and in every language of the form `question`, its label, and
        `message`, what the form says of a broken constraint; None where there is nothing.
    """
    revisions = revisions_of(forms, form_code(row.document_id))
    told = []
    for path, code in row.problems:
        said = wording_of(Problem(path, code), revisions)
        question = dict(said.question) if said.question else None
        message = dict(said.message) if said.message else None
        told.append({"path": path, "code": code, "question": question, "message": message})
    return told


def entry_id(row: QuarantineEntry) -> str:
    """What an entry is called where a person names it; it tells nothing of what was sent."""
    named = [row.document_id, str(row.rev), str(row.user_id), row.content.hex()]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:12]


def is_same(one: QuarantineRow, other: QuarantineRow) -> bool:
    """Whether two refused revisions are one, sent twice by one user."""
    return (one.rev, one.content, one.user_id) == (other.rev, other.content, other.user_id)


def audit_row(
    transaction: Transaction, caller: Caller, action: str, document_id: str, rev: Rev
) -> AuditRow:
    """The trace of a write."""
    subject = f"{document_id} {rev}"
    return AuditRow(transaction.now, caller.person.id, caller.device, action, subject)
