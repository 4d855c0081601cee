"""Writes into a database: documents grouped by record, a few records a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from conflict.revision import Rev
from sync_server.crypto.sealing import Unopenable
from sync_server.errors import (
    IllegalDocumentId,
    InvalidDocument,
    InvalidRevisionId,
    KanafError,
    NotAllowed,
    NotAuthenticated,
    QuarantineFull,
    ReadOnly,
    TooLarge,
)
from sync_server.giving_way import Turn
from sync_server.service.caller import Caller
from sync_server.service.case_record import CaseRecord
from sync_server.service.document_work import raw_json
from sync_server.service.feed_beginnings import begin
from sync_server.service.incoming import Incoming, document_id, incoming, revision_id
from sync_server.service.kanaf import Kanaf
from sync_server.service.open_record import OpenRecord, lot
from sync_server.service.quarantine import Refusal
from sync_server.service.receipt import Receipt
from sync_server.service.security import may_keep
from sync_server.service.transaction import Transaction
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_DOCUMENTS_AT_ONCE = {DatabaseKind.CASE: 200, DatabaseKind.OPEN: 500}
"""In one transaction: so long do others wait for its records and for the process that plans it. A
case takes several times as long to plan as a document that nobody judges."""
_LARGE_BYTES = 256_000
"""Of attachments; other writes are not kept waiting by more."""
_log = structlog.get_logger()


@dataclass(frozen=True)
class _Sent:
    """A document of a push: as it was sent, and taken apart or not understood."""

    position: int
    document: object
    document_id: str
    understood: Incoming | Refusal

    @property
    def contents(self) -> Collection[bytes]:
        """Of its attachments that came along."""
        return self.understood.contents.values() if isinstance(self.understood, Incoming) else ()


def push(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    documents: Sequence[object],
    *,
    is_replicated: bool,
) -> list[Receipt]:
    """Writes documents.

    In a case database what cannot be accepted is put into quarantine, and its receipt says so; of a
    device that is lost, that is whatever is not here already.

    Args:
        is_replicated: whether the revision ids came along (`new_edits=false`).

    Returns:
        A receipt for each document, in the order of `documents`.

    Raises:
        DatabaseMissing: the database was removed.
        QuarantineFull: something can neither be accepted nor kept; all else has been stored, and
            will be answered as before when it is sent again.
    """
    receipts: dict[int, Receipt] = {}
    understood: list[_Sent] = []
    for position, document in enumerate(documents):
        sent = _sent(kanaf, database, caller, position, document, is_replicated=is_replicated)
        if isinstance(sent, Receipt):
            receipts[position] = sent
        else:
            understood.append(sent)
    if understood and database.kind is DatabaseKind.CASE and not caller.is_lost:
        begin(kanaf, database, caller)
    for part in _parts(database, understood):
        receipts.update(_push_part(kanaf, database, caller, part))
    if any(receipt.code == QuarantineFull.code for receipt in receipts.values()):
        raise QuarantineFull
    return [receipts[position] for position in range(len(documents))]


def record_of(database: DatabaseRow, document: str) -> str:
    """The record that a document belongs to."""
    return document.partition(":")[0] if database.kind is DatabaseKind.CASE else lot(document)


def _sent(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    position: int,
    document: object,
    *,
    is_replicated: bool,
) -> _Sent | Receipt:
    """A document taken apart, or why it could not be.

    What a tablet replicates into a case database and cannot be understood is kept like everything
    else that is refused: any other error would stop the tablet's replication.
    """
    is_case = database.kind is DatabaseKind.CASE
    try:
        taken = incoming(
            document, is_replicated=is_replicated, max_bytes=kanaf.settings.max_document_bytes
        )
        if is_case and taken.document_id.startswith(("_design/", "shared:")):
            raise ReadOnly
        if taken.document_id.startswith("_design/") and not may_keep(caller, database):
            raise NotAllowed
    except KanafError as error:
        if is_case and (is_replicated or isinstance(error, (InvalidDocument, TooLarge))):
            return _Sent(position, document, _id_of(document), Refusal(error.code))
        given = document.get("_id") if isinstance(document, dict) else None
        rev = next(iter(_path_of(document)), None) if is_replicated else None
        return Receipt(given if isinstance(given, str) else "", rev, error.code, error.error)
    return _Sent(position, document, taken.document_id, taken)


def _id_of(document: object) -> str:
    """The id of a document that was not understood; one made of its content where it has none."""
    try:
        return document_id(document.get("_id") if isinstance(document, dict) else None)
    except IllegalDocumentId:
        content = raw_json(document).encode()
        return f"unreadable:{hashlib.sha256(content).hexdigest()}"


def _path_of(document: object) -> tuple[Rev, ...]:
    try:
        return (revision_id(document.get("_rev") if isinstance(document, dict) else None),)
    except InvalidRevisionId:
        return ()


def _parts(database: DatabaseRow, sent: list[_Sent]) -> Iterator[dict[str, list[_Sent]]]:
    """Batches of records with their documents, each record whole where it fits."""
    part: dict[str, list[_Sent]] = {}
    count, most = 0, _DOCUMENTS_AT_ONCE[database.kind]
    for one in sent:
        if count >= most:
            yield part
            part, count = {}, 0
        part.setdefault(record_of(database, one.document_id), []).append(one)
        count += 1
    if part:
        yield part


def _push_part(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, part: dict[str, list[_Sent]]
) -> dict[int, Receipt]:
    vault = kanaf.vault(database)
    documents = {one.document_id for sent in part.values() for one in sent}
    needed = {form for sent in part.values() for one in sent for form in _form_of(one.understood)}

    def prepare(reading: Reading) -> Plan[dict[int, Receipt]]:
        transaction = Transaction(reading, vault, kanaf.clock(), list(part), documents)
        receipts: dict[int, Receipt] = {}
        changes: list[Changes] = []
        turn = Turn()
        open_record = _records(kanaf, database, transaction, caller, needed)
        for record_id, sent in part.items():
            try:
                answers, written = _take(open_record(record_id), sent, turn)
            except Unopenable:
                if database.kind is DatabaseKind.OPEN:
                    raise
                _log.error("a record cannot be read", database=database.name, record=record_id)
                unreadable = open_record(record_id, is_unreadable=True)
                answers, written = _take(unreadable, sent, turn)
            receipts.update(answers)
            changes.append(written)
        return Plan(merged_changes(changes), receipts)

    is_case = database.kind is DatabaseKind.CASE
    attached = (len(content) for sent in part.values() for one in sent for content in one.contents)
    return kanaf.store.write(
        database.id,
        list(part),
        prepare,
        documents=documents,
        reads_directory=is_case,
        is_large=sum(attached) > _LARGE_BYTES,
    )


def _take(
    record: CaseRecord | OpenRecord, sent: Sequence[_Sent], turn: Turn
) -> tuple[dict[int, Receipt], Changes]:
    receipts: dict[int, Receipt] = {}
    for one in sent:
        receipts[one.position] = _receive(record, one)
        turn.end_of_step()
    changes = record.conclude()
    turn.end_of_step()
    return receipts, changes


def _form_of(understood: object) -> Iterator[tuple[str, int]]:
    """The form that a document says it is filled in, by code and revision."""
    body = understood.body if isinstance(understood, Incoming) else {}
    code, revision = body.get("form"), body.get("form_rev")
    if isinstance(code, str) and type(revision) is int:
        yield code, revision


def _records(
    kanaf: Kanaf,
    database: DatabaseRow,
    transaction: Transaction,
    caller: Caller,
    needed: Iterable[tuple[str, int]],
) -> Callable[..., CaseRecord | OpenRecord]:
    """How a record of the database is taken into the transaction."""
    if database.kind is DatabaseKind.OPEN:
        return partial(OpenRecord, transaction, database.revs_limit)
    # Under the locks: a newer directory reaches feeds by fan-out.
    registry = kanaf.registry(transaction.reading)
    now = registry.now(database) or database
    forms = kanaf.case_forms(now, transaction.reading, needed)
    directory = kanaf.directory_of(now, transaction.reading)
    if registry.is_lost(caller.device):  # maybe only since the request came
        caller = caller.lost()
    caller_now = kanaf.caller_now(transaction.reading, caller)
    if caller_now is None:
        raise NotAuthenticated
    caller = kanaf.in_programme(now, caller_now)
    return partial(CaseRecord, transaction, directory, forms, caller)


def _receive(record: CaseRecord | OpenRecord, sent: _Sent) -> Receipt:
    if isinstance(sent.understood, Incoming):
        return record.receive(sent.understood, sent.document)
    assert isinstance(record, CaseRecord), "open databases have no quarantine"
    path = _path_of(sent.document)
    return record.refuse(sent.document_id, path, sent.document, sent.understood)
