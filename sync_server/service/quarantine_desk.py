"""Deciding about what was refused: it is accepted, corrected or rejected, by a supervisor.

Accepting inserts the revision itself. Correcting and rejecting write a child of it, so that the
tablet that holds it moves on: the one with other answers, the other with those that the refused
edit was made on, which writes nothing of its own. What was sent is kept, and each step audited.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from conflict.minting import authored_rev, pushed_path
from conflict.revision import Rev
from schemas import Problem
from sync_server.service.caller import Caller
from sync_server.service.case_facts import document_name
from sync_server.service.case_record import CaseRecord
from sync_server.service.document_work import DocumentWork
from sync_server.service.incoming import Incoming, incoming
from sync_server.service.judging import Edit, judge
from sync_server.service.kanaf import Kanaf, new_uuid, person
from sync_server.service.quarantine import Refusal, audit_row, entry_id, may_see_quarantine_of
from sync_server.service.stubs import attachments_found
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, Vault
from sync_server.sharing.audience import sees, visible_parts
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow, QuarantineRow

Result = TypeVar("Result")

_AS_SENT = {
    *("required", "constraint", "filtered_option", "out_of_range", "not_an_option"),
    *("bad_user", "bad_agency", "bad_location", "bad_phone", "bad_form_code"),
}
"""Problems with which answers can be accepted: what they say is clear, though it breaks a rule."""


class NotDecided(Exception):
    """What is in quarantine was not decided about.

    Attributes:
        code: `not_in_quarantine` (or not the caller's to decide, or decided meanwhile),
            `not_readable` (what was sent is no document of a case; it can be rejected only),
            or that of a refusal: why it can neither be accepted nor corrected so.
    """

    def __init__(self, code: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems


def sent_in(kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str) -> dict[str, Any]:
    """What was sent, and what stands in its place, for those who may decide about it.

    Returns:
        `sent`, `standing` (None where the caller sees no such document), `reason`, `problems`.

    Raises:
        NotDecided: `not_in_quarantine`.
    """
    with kanaf.store.read() as reading:
        row = _entry(kanaf, reading, database, caller, entry)
        vault = kanaf.vault(database)
        transaction = Transaction(reading, vault, kanaf.clock(), [row.record_id], [row.document_id])
        desk = _Desk(kanaf, transaction, caller, row, database)
        return {
            "document": row.document_id,
            "rev": str(row.rev),
            "owner": kanaf.user(row.user_id).name,
            "reason": row.reason,
            "problems": [{"path": path, "code": code} for path, code in row.problems],
            "sent": desk.sent(),
            "standing": desk.standing(),
        }


def accept(kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str) -> Rev:
    """Inserts a refused revision as it was sent; merging goes on from there.

    Raises:
        NotDecided: see there; answers of a wrong type, or in an older revision than what they were
            made on, have to be corrected.
    """
    return _decided(kanaf, database, caller, entry, _Desk.accept)


def correct(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str, answers: Mapping[str, Any]
) -> Rev:
    """Writes a child of a refused revision, with other answers, in the caller's name.

    Raises:
        NotDecided: see there.
    """
    return _decided(kanaf, database, caller, entry, lambda desk: desk.correct({**answers}))


def reject(kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str) -> Rev | None:
    """Writes a child of a refused revision, with what it was made on.

    Returns:
        Its id; None where there is nothing to write it on: the tablet keeps what it has.

    Raises:
        NotDecided: `not_in_quarantine`.
    """
    return _decided(kanaf, database, caller, entry, _Desk.reject)


def _decided(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    entry: str,
    decide: Callable[[_Desk], Result],
) -> Result:
    with kanaf.store.read() as reading:
        row = _entry(kanaf, reading, database, caller, entry)
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[Result]:
        again = _entry(kanaf, reading, database, caller, entry)
        now = kanaf.clock()
        transaction = Transaction(reading, vault, now, [row.record_id], {row.document_id})
        desk = _Desk(kanaf, transaction, caller, again, database)
        result = decide(desk)
        return Plan(desk.changes, result)

    return kanaf.store.write(
        database.id,
        [row.record_id],
        prepare,
        documents={row.document_id},
        reads_directory=True,
    )


def _entry(
    kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller, entry: str
) -> QuarantineRow:
    """An undecided entry of somebody whom the caller supervises.

    Raises:
        NotDecided: there is none.
    """
    people = kanaf.directory(reading).people.values()
    users = {one.id for one in people if may_see_quarantine_of(caller, one.group)}
    for row in reading.quarantined(database.id, users):
        if entry_id(row) == entry and row.decided is None:
            return row
    raise NotDecided("not_in_quarantine")


class _Desk:
    """One entry, in a transaction."""

    def __init__(
        self,
        kanaf: Kanaf,
        transaction: Transaction,
        caller: Caller,
        row: QuarantineRow,
        database: DatabaseRow,
    ) -> None:
        reading = transaction.reading
        registry = kanaf.registry(reading)
        self._database = registry.databases.get(database.name, database)
        self._kanaf = kanaf
        self._transaction = transaction
        self._caller = caller
        self._row = row
        self._directory = registry.directory
        self._forms = kanaf.case_forms(self._database, reading)
        sender = Caller(person(kanaf.user(row.user_id)), row.device)
        self._record = CaseRecord(transaction, self._directory, self._forms, sender, row.record_id)
        self.changes = Changes()

    def sent(self) -> Any:
        """The document as it was sent."""
        return json.loads(_opened(self._transaction.vault, self._row)["sent"])

    def standing(self) -> Body | None:
        """What stands in its place, if the caller sees it."""
        work = self._record.work(self._row.document_id)
        if not len(work.tree) or not self._sees():
            return None
        winner = work.tree.winner()
        return None if winner.deleted else work.bodies([winner.rev]).get(winner.rev)

    def accept(self) -> Rev:
        """Inserts the revision."""
        document = self._readable()
        work, body = self._record.work(document.document_id), document.body
        self._judge(work, document.path, body, as_sent=True)
        return self._write(work, document, document.path, body, "accepted")

    def correct(self, answers: dict[str, Any]) -> Rev:
        """Writes a child with other answers."""
        document = self._readable()
        work = self._record.work(document.document_id)
        body = self._in_my_name({**document.body, "data": answers})
        path = self._child(document, body)
        self._judge(work, path, body, as_sent=False)
        return self._write(work, document, path, body, "corrected")

    def reject(self) -> Rev | None:
        """Writes a child with what the revision was made on."""
        try:
            document = self._readable()
        except NotDecided:
            self._note("rejected", self._row.rev)
            return None
        work = self._record.work(document.document_id)
        base = next((rev for rev in document.path[1:] if work.is_stored(rev)), None)
        if base is None or not self._sees():
            self._note("rejected", self._row.rev)
            return None
        body = self._in_my_name(work.body(base))
        return self._write(
            work, replace(document, contents={}), self._child(document, body), body, "rejected"
        )

    def _readable(self) -> Incoming:
        """What was sent, with the path that it has.

        Raises:
            NotDecided: `not_readable`.
        """
        sent = self.sent()
        largest = self._kanaf.settings.max_document_bytes
        for is_replicated in (True, False):
            try:
                document = incoming(sent, is_replicated=is_replicated, max_bytes=largest)
            except Exception:  # noqa: BLE001  # whatever was wrong with it
                continue
            path = document.path
            if not is_replicated or path[0] != self._row.rev:
                path = (self._row.rev, *path)
            return replace(document, path=path, is_replicated=True)
        raise NotDecided("not_readable")

    def _child(self, document: Incoming, body: Body) -> tuple[Rev, ...]:
        key, parent = self._transaction.vault.programme_key, document.path[0]
        return (authored_rev(key, document.document_id, parent, body), *document.path)

    def _in_my_name(self, body: Body) -> Body:
        now = datetime.fromtimestamp(self._transaction.now, UTC).isoformat(timespec="seconds")
        name, device = self._caller.person.name, self._caller.device
        return {**body, "author": name, "device": device, "edited_at": now, "salt": new_uuid()}

    def _judge(
        self, work: DocumentWork, path: tuple[Rev, ...], body: Body, *, as_sent: bool
    ) -> None:
        """Whether a revision may be stored, as the caller's own.

        Args:
            as_sent: whether it is somebody else's, and may break rules that leave it readable.

        Raises:
            NotDecided: it may not.
        """
        if work.is_stored(path[0]):
            raise NotDecided("same_revision_other_content")
        base = next((rev for rev in path[1:] if work.is_stored(rev)), None)
        edit = Edit(
            document_id=work.document_id,
            body=body,
            old=work.seen(base) if base else {},
            standing=work.live_bodies(),
            is_new=not len(work.tree),
        )
        author = self._caller
        if as_sent:
            named = replace(self._caller.person, name=str(body.get("author")))
            author = Caller(named, str(body.get("device")))
        try:
            judge(edit, author, self._record.facts, self._directory, self._forms)
        except Refusal as refusal:
            codes = {problem.code for problem in refusal.problems}
            if not (as_sent and refusal.code == "invalid_answers" and codes <= _AS_SENT):
                raise NotDecided(refusal.code, refusal.problems) from None

    def _sees(self) -> bool:
        """Whether the caller may read the document."""
        facts = self._record.facts
        if facts is None:
            return False
        return sees(visible_parts(self._caller.person, facts), document_name(self._row.document_id))

    def _write(
        self,
        work: DocumentWork,
        document: Incoming,
        path: tuple[Rev, ...],
        body: Body,
        decided: str,
    ) -> Rev:
        try:
            attachments = attachments_found(work, path, body)
        except KeyError:
            raise NotDecided("missing_stub") from None
        body = {**body, **({"_attachments": dict(attachments)} if attachments else {})}
        key = self._transaction.vault.programme_key
        nodes = pushed_path(key, work.document_id, path, body, str(self._row.user_id))
        self._record.insert(work, nodes, body, document.contents)
        self.changes = self._record.conclude()
        self._note(decided, path[0])
        return path[0]

    def _note(self, decided: str, rev: Rev) -> None:
        """What was decided, on the entry and in the log. What was accepted stands in the document
        now; what was not stays as it was sent.
        """
        if decided == "accepted":
            self.changes.released.append(self._row)
        else:
            self.changes.decided.append(replace(self._row, decided=decided))
        self.changes.audit.append(
            audit_row(self._transaction, self._caller, decided, self._row.document_id, rev)
        )


def _opened(vault: Vault, row: QuarantineRow) -> Mapping[str, Any]:
    key = vault.record_key(f"quarantine/{row.record_id}", row.wrapped_key)
    opened: Mapping[str, Any] = json.loads(key.open_body(row.document_id, row.rev, row.body))
    return opened
