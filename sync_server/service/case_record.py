"""The pipeline of a case database, for one record at a time, under the record's lock.

    known revision, same body?         answered ok: a repetition
    known id, another body?            quarantine
    envelope: author, device, form     must be those of the caller and of the id
    may this person write this?        sharing
    do the answers satisfy the form?   schemas
    extend the tree, merge             conflict
    who sees it now?                   sharing; inboxes follow

What is refused is kept in quarantine and never stops its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from conflict.minting import maybe_merge, pushed_path
from conflict.revision import Rev
from conflict.tree import Kind, Node
from sync_server.errors import DocumentConflict, KanafError, QuarantineFull
from sync_server.service.audience_changes import Writer, audience_of, write_record
from sync_server.service.caller import Caller
from sync_server.service.case_facts import (
    document_name,
    form_code,
    is_notice,
    record_facts,
    with_consent,
    with_referral,
)
from sync_server.service.case_forms import CaseForms
from sync_server.service.case_merging import merge, renew_notices, summary
from sync_server.service.document_work import DocumentWork
from sync_server.service.gates import check_history, check_outcome
from sync_server.service.incoming import Incoming
from sync_server.service.judging import Edit, form_of, judge
from sync_server.service.made_edits import path_of
from sync_server.service.quarantine import Refusal, audit_row, is_same, quarantine_row
from sync_server.service.receipt import Receipt
from sync_server.service.stubs import with_stubs_found
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, RecordKey
from sync_server.sharing.audience import NOTHING, sees, visible_parts
from sync_server.sharing.facts import Directory, Person, Record
from sync_server.sharing.roles import CASE, CONSENT, REFERRAL, Action
from sync_server.storage.changes import Changes
from sync_server.storage.rows import AttachmentRow, AuditRow, RecordRow

OTHER_CONTENT = "same_revision_other_content"


class CaseRecord:
    """One record in a transaction; the roles of caller and directory have codes, no words."""

    def __init__(
        self,
        transaction: Transaction,
        directory: Directory,
        forms: CaseForms,
        caller: Caller,
        record_id: str,
        *,
        is_unreadable: bool = False,
    ) -> None:
        """Takes up a record.

        Args:
            is_unreadable: its key, or something sealed with it, was found not to open: nothing of
                it is opened again, and what comes for it waits in quarantine until that is mended.
        """
        self._transaction = transaction
        self._directory = directory
        self._forms = forms
        self._caller = caller
        self._known = transaction.record(record_id)
        self._row = self._known or transaction.new_record(record_id)
        self._is_unreadable = is_unreadable
        self._works: dict[str, DocumentWork] = {}
        self._pushed: dict[str, list[Rev]] = {}
        self._lacked_a_right = False
        self.changes = Changes()

    @cached_property
    def _key(self) -> RecordKey:
        return self._transaction.key(self._row)

    @property
    def facts(self) -> Record | None:
        """What sharing knows of the record; None of one that nobody has begun."""
        return None if self._known is None else self._facts

    @property
    def _facts(self) -> Record | None:
        return record_facts(self._row, self._transaction.now)

    def receive(self, document: Incoming, sent: object) -> Receipt:
        """Takes one pushed document, or puts it into quarantine.

        Args:
            sent: the document as it was sent, for the quarantine.

        The receipt of what can neither be accepted nor kept says that quarantine is full.
        """
        try:
            rev = self._accept(document)
        except Refusal as refusal:
            return self.refuse(document.document_id, self._refused_path(document), sent, refusal)
        except KanafError as error:
            return Receipt(document.document_id, None, error.code, error.error)
        return Receipt(document.document_id, rev)

    def refuse(
        self, document_id: str, path: tuple[Rev, ...], sent: object, refusal: Refusal
    ) -> Receipt:
        """Puts a document into quarantine; what a device sends that is lost, for that reason."""
        if self._caller.is_lost:
            refusal = Refusal("lost_device")
        self._lacked_a_right |= refusal.code == "not_allowed"
        rev = path[0] if path else Rev(1, "new")
        row = quarantine_row(self._transaction, self._caller, document_id, rev, sent, refusal)
        known = (*self._transaction.quarantined(document_id), *self.changes.quarantine)
        if any(is_same(row, kept) for kept in known):
            return Receipt(document_id, rev, refusal.code, "forbidden")
        if not self._transaction.has_room_in_quarantine(row):
            return Receipt(document_id, None, QuarantineFull.code, QuarantineFull.error)
        self.changes.quarantine.append(row)
        self.changes.audit.append(
            audit_row(
                self._transaction, self._caller, f"quarantined {refusal.code}", document_id, rev
            )
        )
        return Receipt(document_id, rev, refusal.code, "forbidden")

    def _refused_path(self, document: Incoming) -> tuple[Rev, ...]:
        """The path of a refused revision; a new edit gets the id that it would have had."""
        return self._path_with(document, document.content)

    def _path_with(self, document: Incoming, content: bytes) -> tuple[Rev, ...]:
        if document.is_replicated:
            return document.path
        return self._path_of_edit(document.document_id, document.path, content)

    def _path_of_edit(
        self, document_id: str, below: tuple[Rev, ...], content: bytes
    ) -> tuple[Rev, ...]:
        return path_of(self._transaction.vault.programme_key, document_id, below, content)

    def assign(self, owner: Person) -> None:
        """Makes somebody the owner of a record that is there: in their agency, their first group
        and their area; where they have none it stays where it is.
        """
        self._row = replace(
            self._row,
            owner_id=owner.id,
            agency=owner.agency,
            group=owner.group,
            area=owner.area or self._row.area,
        )

    def conclude(self) -> Changes:
        """Merges what has changed and finds who sees it.

        Returns:
            Everything that the transaction has to write of this record.
        """
        changed = [work for work in self._works.values() if work.is_changed]
        for work in changed:
            self._merge(work)
        if changed:
            self._row = self._with_facts(changed)
        is_assigned = self._known is not None and self._row != self._known
        is_behind = self._lacked_a_right and not self._is_unreadable and self._is_behind()
        if changed or is_assigned or is_behind:
            write_record(
                self._transaction,
                self._directory,
                self._key,
                self._row,
                self._works,
                self.changes,
                Writer(self._caller.person.id, self._pushed),
            )
        return self.changes

    def _is_behind(self) -> bool:
        """Whether the caller's feed does not follow the directory here yet.

        If they lost sight of a document and saw it again before their feed followed, nothing would
        be new to their tablet, and what was refused meanwhile would never be offered again.
        """
        user = self._caller.person.id
        rows = self._transaction.audience(self._row.record_id)
        told = next((one.parts for one in rows if one.user_id == user), NOTHING)
        now = audience_of(self._row, self._directory, self._transaction.now)
        return told != now.get(user, NOTHING)

    def _accept(self, document: Incoming) -> Rev:
        if is_notice(document.document_id):  # derived: what anybody else writes of it is no news
            return self._refused_path(document)[0]
        if self._caller.is_lost:
            return self._answer_unjudged(document, "lost_device")
        if not self._may_come_near(document.document_id):
            return self._answer_from_afar(document)
        if self._is_unreadable:
            return self._answer_unjudged(document, "record_unreadable")
        work = self.work(document.document_id)
        path, body = self._path_and_body(work, document)
        nodes = self._nodes(work.document_id, path, body)
        if nodes[0].kind is Kind.STUB:
            return path[0]
        if work.is_stored(path[0]):
            if not work.has_same_body(path[0], body):
                raise Refusal(OTHER_CONTENT)
            self._release(work, nodes)
            return path[0]
        self._refuse_unknown_merges(work, nodes)
        if nodes[0].kind is Kind.AUTHORED:
            self._check(work, nodes, body)
        elif self._known is None:
            raise Refusal("not_allowed")
        self._store(work, nodes, body, document)
        return path[0]

    def _may_come_near(self, document_id: str) -> bool:
        """Whether the caller may know of a document, or begin its record."""
        if self._known is None and self._facts is None:
            return Action.REGISTER in self._caller.person.role.actions
        return self._may_read(document_id)

    def _answer_from_afar(self, document: Incoming) -> Rev:
        """The answer to who may neither read a document nor begin its record.

        It is the same whether the record is there, cannot be read, was erased or never was; an
        exact repetition of what is stored is known to who sends it.
        """
        if (repeated := self._repeated(document)) is not None:
            return repeated
        if document.path and not document.is_replicated:
            raise DocumentConflict
        path = self._refused_path(document)
        kind = self._nodes(document.document_id, path, document.body)[0].kind
        if kind is Kind.STUB:
            return path[0]
        if kind is Kind.AUTHORED:
            form_of(document.document_id, document.body, self._caller, self._forms)
        raise Refusal("not_allowed")

    def _answer_unjudged(self, document: Incoming, code: str) -> Rev:
        """The answer where nothing is taken at its word: to a device that is lost, and where the
        record cannot be read.

        A lost device is told of everything that it is lacking here, so what it was sent once comes
        back, too: that is nothing to decide about, and neither is a stub.
        """
        if (repeated := self._repeated(document)) is not None:
            return repeated
        path = self._refused_path(document)
        if self._nodes(document.document_id, path, document.body)[0].kind is Kind.STUB:
            return path[0]
        raise Refusal(code)

    def _repeated(self, document: Incoming) -> Rev | None:
        """The revision that is stored, and of which a document is an exact repetition."""
        if self._is_unreadable:
            return None
        work = self.work(document.document_id)
        try:
            body = with_stubs_found(work, document.path, document.body)
        except KeyError:
            return None
        rev = self._path_with(document, document.content_of(body))[0]
        return rev if work.is_stored(rev) and work.has_same_body(rev, body) else None

    def _refuse_unknown_merges(self, work: DocumentWork, nodes: tuple[Node, ...]) -> None:
        """Refuses what rests on a revision of ours that is not here: its document would wait.

        Every merge that a tablet edited was made here. One that is missing was lost with a restore
        or never existed; both are for a person to look at.
        """
        needed = [node.rev for node in nodes[1:] if maybe_merge(node.rev)]
        needed += nodes[0].of
        if nodes[0].kind is Kind.TOUCH:
            needed.append(nodes[1].rev)
        if not all((node := work.tree.get(rev)) and node.stored for rev in needed):
            raise Refusal("unknown_merge")

    def _store(
        self, work: DocumentWork, nodes: tuple[Node, ...], body: Body, document: Incoming
    ) -> None:
        self.insert(work, nodes, body, document.contents, document.content_of(body))
        self._release(work, nodes)
        if form_code(work.document_id) in (CASE, CONSENT, REFERRAL):
            self._row = self._with_facts([work])  # what comes next in the batch may rest on it
        rev = nodes[0].rev
        self.note_held(work.document_id, rev)
        entry = audit_row(self._transaction, self._caller, "written", work.document_id, rev)
        self.changes.audit.append(entry)

    def note_held(self, document_id: str, rev: Rev) -> None:
        """Takes note that the caller's tablet holds a revision of a document, and may show it."""
        self._pushed.setdefault(document_id, []).append(rev)

    def insert(
        self,
        work: DocumentWork,
        nodes: tuple[Node, ...],
        body: Body,
        contents: Mapping[str, bytes],
        content: bytes | None = None,
    ) -> None:
        """Adds a revision that may be stored; a record that nobody has begun is the caller's.

        Args:
            contents: of attachments, by SHA-256 in hex.
            content: the body's canonical JSON, where it is made already.
        """
        if self._row.owner_id is None:
            self._row = self._begun()
        for sha256, attached in contents.items():
            digest = self._key.attachment_digest(sha256)
            sealed = self._key.seal_attachment(digest, attached)
            self.changes.attachments.append(AttachmentRow(self._row.record_id, digest, sealed))
        work.insert(nodes, body, self._transaction.now, content)

    def _release(self, work: DocumentWork, nodes: tuple[Node, ...]) -> None:
        """Takes out of quarantine what the accepted revision descends from, or is."""
        path = {node.rev for node in nodes}
        for refused in self._transaction.quarantined(work.document_id):
            mine = refused.user_id == self._caller.person.id
            waits = refused.decided is None and refused.reason != OTHER_CONTENT
            if mine and waits and refused.rev in path:
                self.changes.released.append(refused)

    def _begun(self) -> RecordRow:
        """A new record: it belongs to its author and the author's agency."""
        person = self._caller.person
        return replace(
            self._row,
            kind="case",
            owner_id=person.id,
            agency=person.agency,
            group=person.group,
            area=person.area,
            consent=False,
        )

    def work(self, document_id: str) -> DocumentWork:
        """A document of the record."""
        if document_id not in self._works:
            self._works[document_id] = self._transaction.document(self._key, document_id)
        return self._works[document_id]

    def _path_and_body(
        self, work: DocumentWork, document: Incoming
    ) -> tuple[tuple[Rev, ...], Body]:
        path = document.path
        if not document.is_replicated and path and path[0] in work.tree:
            path = work.tree.path(_shown_instead(work, path[0]))
        try:
            body = with_stubs_found(work, path, document.body)
        except KeyError:
            raise Refusal("missing_stub") from None
        if document.is_replicated:
            return path, body
        live = [leaf.rev for leaf in work.tree.live_leaves()]
        is_on_what_stands = path[0] in live if path else not live
        if not is_on_what_stands:
            raise DocumentConflict
        return self._path_of_edit(work.document_id, path, document.content_of(body)), body

    def _may_read(self, document_id: str) -> bool:
        record = self._facts
        if record is None:
            return self._known is None
        return sees(visible_parts(self._caller.person, record), document_name(document_id))

    def _nodes(self, document_id: str, path: tuple[Rev, ...], body: Body) -> tuple[Node, ...]:
        key = self._transaction.vault.programme_key
        return pushed_path(key, document_id, path, body, self._caller.reader)

    def _check(self, work: DocumentWork, nodes: tuple[Node, ...], body: Body) -> None:
        """Whether a revision written by a person may be stored.

        Raises:
            Refusal: it may not.
        """
        path = tuple(node.rev for node in nodes)
        beyond = work.tree.path(path[-1])[1:] if path[-1] in work.tree else ()  # what it left out
        known = (work.tree.get(rev) for rev in (*path[1:], *beyond))
        before = next((node for node in known if node is not None and node.stored), None)
        edit = Edit(
            document_id=work.document_id,
            body=body,
            old=work.seen(before.rev) if before else {},
            standing=work.live_bodies(),
            is_new=not len(work.tree),
        )
        judge(edit, self._caller, self._facts, self._directory, self._forms)
        check_history(work, path, self._caller)
        key = self._transaction.vault.programme_key
        check_outcome(key, work, nodes, body, self._caller, self._forms)

    def _merge(self, work: DocumentWork) -> None:
        """Merges a document that has changed, says so in the log, and renews its notices."""
        key, now = self._transaction.vault.programme_key, self._transaction.now
        outcome = merge(key, work, self._forms, now)
        if outcome.merge is not None and outcome.leaf is not None:
            subject = f"{work.document_id} {outcome.leaf} {summary(outcome.merge)}".rstrip()
            entry = AuditRow(now, None, None, "merged", subject)
            self.changes.audit.append(entry)
        if not outcome.waits_for:
            renew_notices(key, work, self._shown_notices(work), self.work, now)

    def _shown_notices(self, work: DocumentWork) -> set[str]:
        """The notices of a document that are not closed; none, without a look, for most.

        They are not what follows from the revision that stood: after a wait that is no merge.
        """
        if work.row is None or not work.row.open_units:
            return set()
        name, database_id = document_name(work.document_id), self._transaction.database_id
        rows = self._transaction.reading.documents_of(database_id, [self._row.record_id])
        return {
            row.document_id
            for row in rows
            if is_notice(row.document_id)
            and document_name(row.document_id) == name
            and not row.winner.deleted
        }

    def _with_facts(self, changed: list[DocumentWork]) -> RecordRow:
        row = self._row
        if {form_code(work.document_id) for work in changed} & {CASE, CONSENT}:
            case, consent = (self.work(f"{row.record_id}:{form}") for form in (CASE, CONSENT))
            row = with_consent(row, case.live_bodies(), consent.live_bodies())
        for work in changed:
            if form_code(work.document_id) == REFERRAL:
                named = _named_before(work)
                row = with_referral(
                    row, work.document_id, work.live_bodies(), self._directory, named
                )
        return row


def _named_before(work: DocumentWork) -> object:
    """To whom a referral was, by name, before this transaction."""
    if work.row is None:
        return None
    leaf = work.row.winner.rev
    return work.bodies([leaf]).get(leaf, {}).get("data", {}).get("to_user")


def _shown_instead(work: DocumentWork, rev: Rev) -> Rev:
    """The merge that stands for this head alone, as after a settlement; else the revision itself.

    Who wrote the head was told its id, and has seen what the merge shows.
    """
    merges = (leaf.rev for leaf in work.tree.live_leaves() if leaf.of == (rev,))
    return next(merges, rev)
