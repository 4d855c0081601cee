"""Deciding about what was refused: it is accepted, corrected or rejected, by a supervisor.

Accepting inserts the revision itself. Correcting is the supervisor's own edit of what the refused
one was made on. Unless it is accepted, the service puts a tombstone above the refused revision, a
refusal, by which the tablet that holds it moves on; a refused revision is nobody's word. What was
sent is kept, and each step audited.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from conflict.canonical import canonical_json
from conflict.minting import maybe_merge, pushed_path, refusal_rev
from conflict.revision import Rev
from conflict.tree import Kind
from schemas import Problem
from schemas.expressions.values import GREATEST
from sync_server.crypto.sealing import Unopenable
from sync_server.errors import KanafError, NotAllowed
from sync_server.service.caller import Caller
from sync_server.service.case_facts import document_name, form_code
from sync_server.service.case_forms import Forms
from sync_server.service.case_record import CaseRecord
from sync_server.service.document_work import DocumentWork
from sync_server.service.incoming import Incoming, incoming
from sync_server.service.judging import Edit, judge
from sync_server.service.kanaf import Kanaf
from sync_server.service.made_edits import path_of, signed
from sync_server.service.quarantine import (
    Refusal,
    audit_row,
    entry_id,
    problems_of,
)
from sync_server.service.stubs import with_stubs_found
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, Vault
from sync_server.service.waiting_for_people import entries_seen_by, quarantined
from sync_server.sharing.audience import lasting_parts, sees
from sync_server.sharing.roles import CASE, REFERRAL
from sync_server.sharing.supervision import supervises
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from sync_server.storage.rows import AuditRow, DatabaseRow, QuarantineEntry, QuarantineRow

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
            `record_unreadable` (sealed data does not open: first somebody has to mend that),
            or that of a refusal: why it can neither be accepted nor corrected so.
    """

    def __init__(self, code: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems


def listed(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[dict[str, Any]]:
    """What waits for the caller, as `quarantined` tells it; that they looked is in the log."""

    def looked(_: Reading) -> Plan[None]:
        entry = AuditRow(kanaf.clock(), caller.person.id, caller.device, "listed", "quarantine")
        return Plan(Changes(audit=[entry]), None)

    kanaf.store.write(database.id, (), looked)
    return quarantined(kanaf, database, caller)


def sent_in(kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str) -> dict[str, Any]:
    """What was sent, and what stands in its place, for those who may decide about it.

    Returns:
        `sent`, `standing` (None where there is nothing), `reason`, `problems`; `unsent`, how many
        edits lie between that never came: what was sent holds what they changed, too.

    Raises:
        NotDecided: `not_in_quarantine`.
    """

    def look(desk: _Desk) -> dict[str, Any]:
        row = desk.row
        desk.note("shown", row.rev)
        return {
            "document": row.document_id,
            "rev": str(row.rev),
            "owner": kanaf.user(row.user_id).name,
            "reason": row.reason,
            "problems": problems_of(row, desk.forms),
            "sent": desk.sent(),
            "standing": desk.standing() if desk.sees_standing else None,
            "unsent": desk.unsent(),
        }

    return _decided(kanaf, database, caller, entry, look)


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
    """Writes other answers on what a refused revision was made on, in the caller's name; of a form
    in an older revision than that in the revision of that.

    Raises:
        NotDecided: see there.
    """
    return _decided(kanaf, database, caller, entry, lambda desk: desk.correct({**answers}))


def reject(kanaf: Kanaf, database: DatabaseRow, caller: Caller, entry: str) -> Rev | None:
    """Lets stand what stands without a refused revision.

    Returns:
        The id of its refusal; None where there is none to be written: the tablet keeps what it has.

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
        found = _seen(kanaf, reading, database, caller, entry)

    def prepare(reading: Reading) -> Plan[Result]:
        now = kanaf.caller_now(reading, caller)
        if now is None:
            raise NotAllowed
        desk = _Desk.of(kanaf, reading, database, now, entry)
        result = decide(desk)
        return Plan(desk.changes, result)

    try:
        return kanaf.store.write(
            database.id,
            [found.record_id],
            prepare,
            documents={found.document_id},
            reads_directory=True,
        )
    except Unopenable:
        raise NotDecided("record_unreadable") from None


def _seen(
    kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller, entry: str
) -> QuarantineEntry:
    """What is known of an entry that a supervisor has in their list.

    Raises:
        NotDecided: there is none.
    """
    listed = entries_seen_by(kanaf, reading, database, caller)
    found = next((one for one in listed if entry_id(one) == entry), None)
    if found is None or not caller.is_supervisor:
        raise NotDecided("not_in_quarantine")
    return found


class _Desk:
    """One entry, in a transaction."""

    def __init__(
        self, kanaf: Kanaf, transaction: Transaction, caller: Caller, row: QuarantineRow
    ) -> None:
        reading = transaction.reading
        registry = kanaf.registry(reading)
        before = transaction.vault.database
        database = registry.now(before) or before
        self.row = row
        self._kanaf = kanaf
        self._transaction = transaction
        self._caller = kanaf.in_programme(database, caller)
        self._directory, self._users = kanaf.directory_of(database, reading), registry.users
        self._forms = kanaf.case_forms(database, reading)
        self._sender = registry.person(registry.users[row.user_id])
        sender = kanaf.in_programme(database, Caller(self._sender, row.device))
        self._record = CaseRecord(transaction, self._directory, self._forms, sender, row.record_id)
        self.changes = self._record.changes

    @classmethod
    def of(
        cls, kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller, entry: str
    ) -> _Desk:
        """The desk of an entry that is the caller's to decide.

        That is a supervisor who sees the document, or where there is no such record yet, it is of
        no group, or nobody sees documents of that form, one of the group of who sent it.

        Raises:
            NotDecided: there is none.
        """
        seen = _seen(kanaf, reading, database, caller, entry)
        transaction = Transaction(
            reading, kanaf.vault(database), kanaf.clock(), [seen.record_id], {seen.document_id}
        )
        of_document = transaction.quarantined(seen.document_id)
        row = next((one for one in of_document if entry_id(one) == entry), None)
        if row is None:
            raise NotDecided("not_in_quarantine")
        desk = cls(kanaf, transaction, caller, row)
        if not desk._may_decide():
            raise NotDecided("not_in_quarantine")
        return desk

    @property
    def sees_standing(self) -> bool:
        """Whether the caller sees the document by their role."""
        facts, name = self._record.facts, document_name(self.row.document_id)
        return facts is not None and sees(lasting_parts(self._caller.person, facts), name)

    def _may_decide(self) -> bool:
        facts = self._record.facts
        if self.sees_standing:
            return True
        form, person = form_code(self.row.document_id), self._caller.person
        is_nobodys = facts is None or facts.group is None
        is_read_by_anybody = any(form in one.role.reads for one in self._directory.people.values())
        may_see = (is_nobodys and form in person.role.reads) or not is_read_by_anybody
        return may_see and supervises(person, self._sender)

    @property
    def forms(self) -> Forms:
        """The forms of the programme."""
        return self._forms.forms

    def sent(self) -> Any:
        """The document as it was sent."""
        return json.loads(_opened(self._transaction.vault, self.row)["sent"])

    def standing(self) -> Body | None:
        """What stands in its place."""
        work = self._record.work(self.row.document_id)
        if not len(work.tree):
            return None
        winner = work.tree.winner()
        return None if winner.deleted else work.bodies([winner.rev]).get(winner.rev)

    def unsent(self) -> int:
        """How many edits between what stands and the refused one never came."""
        try:
            path = self._readable().path
        except NotDecided:
            return 0
        work = self._record.work(self.row.document_id)
        return next((at for at, rev in enumerate(path[1:]) if work.is_stored(rev)), len(path) - 1)

    def accept(self) -> Rev:
        """Inserts the revision."""
        document = self._readable()
        work, path = self._record.work(document.document_id), document.path
        if work.is_stored(path[0]):
            if not self._is_repeated(work, path, document.body):
                raise NotDecided("same_revision_other_content")
            self._release(path)
            return self._concluded("accepted", path[0])
        if any(maybe_merge(rev) and not work.is_stored(rev) for rev in path[1:]):
            raise NotDecided("unknown_merge")
        self._judge(work, path, document.body, as_sent=True)
        self._write(work, path, document.body, document)
        self._release(path)
        return self._concluded("accepted", path[0])

    def _is_repeated(self, work: DocumentWork, path: tuple[Rev, ...], body: Body) -> bool:
        """Whether a stored revision came once more, while its record could not be read."""
        try:
            return work.has_same_body(path[0], with_stubs_found(work, path, body))
        except KeyError:
            return False

    def correct(self, answers: dict[str, Any]) -> Rev:
        """Writes other answers on what the revision was made on."""
        document = self._readable()
        work = self._record.work(document.document_id)
        base = self._base(work, document.path)
        below_rev = 0 if base is None else work.body(base).get("form_rev", 0)
        kept = {**self._kept(document, below_rev), "data": answers}
        author, device = self._caller.person.name, self._caller.device
        body = signed(kept, author, device, self._transaction.now)
        key = self._transaction.vault.programme_key
        below = work.tree.path(base) if base is not None else ()
        path = path_of(key, document.document_id, below, canonical_json(body))
        self._judge(work, path, body, as_sent=False)
        self._write(work, path, body, document)
        self._refuse(work, document.path)
        return self._concluded("corrected", path[0])

    def reject(self) -> Rev | None:
        """Puts a refusal above the revision."""
        try:
            document = self._readable()
        except NotDecided:
            self._concluded("rejected", self.row.rev)
            return None
        work = self._record.work(document.document_id)
        refusal = self._refuse(work, document.path)
        self._concluded("rejected", self.row.rev)
        return refusal

    def _kept(self, document: Incoming, least: int) -> Body:
        """What a correction keeps of what was sent, as far as it is sound; what that settled is for
        the supervisor to settle.
        """
        sent, code = document.body, form_code(document.document_id)
        known = [revision for of_form, revision in self.forms if of_form == code]
        revision = next(
            (one for one in known if one == sent.get("form_rev")), max(known, default=1)
        )
        state = "draft" if sent.get("state") == "draft" else "complete"
        kept: Body = {
            "form": code,
            "form_rev": max(revision, least),
            "state": state,
        }
        attached = sent.get("_attachments")
        return {**kept, "_attachments": attached} if attached else kept

    def _readable(self) -> Incoming:
        """What was sent, with the path that it has.

        Raises:
            NotDecided: `not_readable`.
        """
        sent = self.sent()
        largest = self._kanaf.settings.max_document_bytes
        key = self._transaction.vault.programme_key
        for is_replicated in (True, False):
            try:
                document = incoming(sent, is_replicated=is_replicated, max_bytes=largest)
            except KanafError:
                continue
            path = document.path
            if not is_replicated:
                path = path_of(key, document.document_id, path, document.content)
            if path[0] == self.row.rev and document.document_id == self.row.document_id:
                return replace(document, path=path, is_replicated=True)
        raise NotDecided("not_readable")

    def _base(self, work: DocumentWork, path: tuple[Rev, ...]) -> Rev | None:
        """What a revision was made on, as far as it is here: what a person wrote, or a merge."""
        beyond = work.tree.path(path[-1])[1:] if path[-1] in work.tree else ()
        for rev in (*path[1:], *beyond):
            if work.is_stored(rev) and work.owner(rev).kind in (Kind.AUTHORED, Kind.MERGE):
                return None if work.tree[rev].deleted else rev
        return None

    def _judge(
        self, work: DocumentWork, path: tuple[Rev, ...], body: Body, *, as_sent: bool
    ) -> None:
        """Whether a revision may be stored, as the caller's own.

        Args:
            as_sent: whether it is its author's own word, and may break rules that leave it
                readable.

        Raises:
            NotDecided: it may not.
        """
        base = self._base(work, path)
        edit = Edit(
            document_id=work.document_id,
            body=body,
            old=work.seen(base) if base else {},
            standing=work.live_bodies(),
            is_new=not len(work.tree),
        )
        author = self._caller
        if as_sent:
            # A tablet may have been handed on: the supervisor says that it is its author's word.
            if not self._may_speak_for(body.get("author")):
                raise NotDecided("false_author")
            named = replace(self._caller.person, name=str(body.get("author")))
            author = Caller(named, str(body.get("device")))
        try:
            judge(edit, author, self._record.facts, self._directory, self._forms)
        except Refusal as refusal:
            if not (as_sent and _may_stand(refusal, form_code(work.document_id), body)):
                raise NotDecided(refusal.code, refusal.problems) from None

    def _may_speak_for(self, author: object) -> bool:
        """Whether the caller can say that something is an author's word: nobody says so of what
        they have sent themselves.
        """
        is_somebody = author in {one.name for one in self._users.values()}
        is_own = self.row.user_id == self._caller.person.id
        return is_somebody and (not is_own or author == self._caller.person.name)

    def _write(
        self, work: DocumentWork, path: tuple[Rev, ...], body: Body, document: Incoming
    ) -> None:
        try:
            body = with_stubs_found(work, path, body)
        except KeyError:
            raise NotDecided("missing_stub") from None
        key = self._transaction.vault.programme_key
        nodes = pushed_path(key, work.document_id, path, body, str(self.row.user_id))
        self._record.insert(work, nodes, body, document.contents)

    def _refuse(self, work: DocumentWork, path: tuple[Rev, ...]) -> Rev | None:
        """Puts a tombstone above a revision that is not here; None where there is none to put.

        Nothing is put where the revision has come to stand meanwhile, where it rests on nothing
        that is here, or on a merge that is not: that one may still come.
        """
        if work.is_stored(path[0]) or self._base(work, path) is None:
            return None
        if any(maybe_merge(rev) and not work.is_stored(rev) for rev in path[1:]):
            return None
        key = self._transaction.vault.programme_key
        refusal = refusal_rev(key, work.document_id, path[0])
        tombstone: Body = {"_deleted": True}
        nodes = pushed_path(key, work.document_id, (refusal, *path), tombstone)
        self._record.insert(work, nodes, tombstone, {})
        for earlier in self._earlier(path):
            self.changes.decided.append(replace(earlier, decided="rejected"))
            self.note("rejected", earlier.rev)
        return refusal

    def _release(self, path: tuple[Rev, ...]) -> None:
        """What was refused below a revision that is accepted is superseded by it."""
        for earlier in self._earlier(path):
            self.changes.released.append(earlier)
            self.note("superseded", earlier.rev)

    def _earlier(self, path: tuple[Rev, ...]) -> list[QuarantineRow]:
        """What else was refused from the same person on the way to a revision."""
        return [
            one
            for one in self._transaction.quarantined(self.row.document_id)
            if one.rev in path[1:] and one.user_id == self.row.user_id and one.decided is None
        ]

    def _concluded(self, decided: str, rev: Rev) -> Rev:
        """Completes what the transaction has to write. What was accepted stands in the document
        now; what was not stays as it was sent.
        """
        if self.row.rev in self._record.work(self.row.document_id).tree:
            self._record.note_held(self.row.document_id, self.row.rev)
        self._record.conclude()
        if decided == "accepted":
            self.changes.released.append(self.row)
        else:
            self.changes.decided.append(replace(self.row, decided=decided))
        self.note(decided, rev)
        return rev

    def note(self, action: str, rev: Rev) -> None:
        """Writes into the log what was done."""
        entry = audit_row(self._transaction, self._caller, action, self.row.document_id, rev)
        self.changes.audit.append(entry)


def _may_stand(refusal: Refusal, form: str, body: Body) -> bool:
    """Whether a supervisor may let stand what a refusal is about. By forms that the service acts on
    it shares and assigns, so their answers are always right ones.
    """
    codes = {problem.code for problem in refusal.problems}
    is_soft = refusal.code == "invalid_answers" and codes <= _AS_SENT
    return is_soft and form not in (CASE, REFERRAL) and _is_exact(body.get("data"))


def _is_exact(value: Any) -> bool:
    """Whether all numbers in some answers are the same in JavaScript."""
    if isinstance(value, dict):
        return all(map(_is_exact, value.values()))
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return not isinstance(value, (int, float)) or -GREATEST <= value <= GREATEST


def _opened(vault: Vault, row: QuarantineRow) -> Mapping[str, Any]:
    key = vault.record_key(f"quarantine/{row.record_id}", row.wrapped_key)
    opened: Mapping[str, Any] = json.loads(key.open_body(row.document_id, row.rev, row.body))
    return opened
