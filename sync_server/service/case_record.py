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

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conflict.minting import authored_rev, maybe_merge, pushed_path
from conflict.resolution import needed_bodies, resolution
from conflict.revision import Rev
from conflict.tree import Kind, Node
from conflict.units import Rule
from schemas import Form, Problem, problems
from sync_server.errors import DocumentConflict, KanafError
from sync_server.service.audience_changes import write_audience
from sync_server.service.caller import Caller
from sync_server.service.case_facts import (
    document_name,
    record_facts,
    with_case,
    with_referral,
)
from sync_server.service.document_work import DocumentWork, attachments_found
from sync_server.service.incoming import Incoming
from sync_server.service.quarantine import Refusal, audit_row, quarantine_row
from sync_server.service.receipt import Receipt
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body
from sync_server.sharing.audience import sees, visible_parts
from sync_server.sharing.facts import Directory
from sync_server.sharing.permission import Write, may_write
from sync_server.sharing.roles import CASE, REFERRAL
from sync_server.storage.changes import Changes
from sync_server.storage.rows import AttachmentRow, RecordRow

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CASE_ID = re.compile(rf"({_UUID}):(k[1-9][0-9]*)(?::([0-9A-HJKMNP-TV-Z]{{26}}))?")
OTHER_CONTENT = "same_revision_other_content"
_SALT = re.compile(r"[0-9a-f]{32}")
_ENVELOPE = frozenset(
    {"form", "form_rev", "author", "device", "edited_at", "salt", "state", "data"}
    | {"settles", "merge", "_attachments"}
)

Forms = Mapping[tuple[str, int], Form]


class CaseRecord:
    """One record in a transaction."""

    def __init__(
        self,
        transaction: Transaction,
        directory: Directory,
        forms: Forms,
        caller: Caller,
        record_id: str,
    ) -> None:
        self._transaction = transaction
        self._directory = directory
        self._forms = forms
        self._caller = caller
        self._known = transaction.record(record_id)
        self._row = self._known or transaction.new_record(record_id)
        self._key = transaction.key(self._row)
        self._works: dict[str, DocumentWork] = {}
        self.changes = Changes()

    def receive(self, document: Incoming, sent: object) -> Receipt:
        """Takes one pushed document, or puts it into quarantine.

        Args:
            sent: the document as it was sent, for the quarantine.

        Raises:
            QuarantineFull: it cannot be accepted, and not be kept either.
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
        """Puts a document into quarantine."""
        rev = path[0] if path else Rev(1, "new")
        row = quarantine_row(self._transaction, self._caller, document_id, rev, sent, refusal)
        self.changes.quarantine.append(row)
        self.changes.audit.append(
            audit_row(
                self._transaction, self._caller, f"quarantined {refusal.code}", document_id, rev
            )
        )
        return Receipt(document_id, rev, refusal.code, "forbidden")

    def _refused_path(self, document: Incoming) -> tuple[Rev, ...]:
        """The path of a refused revision; a new edit gets the id that it would have had."""
        if document.is_replicated:
            return document.path
        key = self._transaction.vault.programme_key
        parent = document.path[0] if document.path else None
        return (authored_rev(key, document.document_id, parent, document.body), *document.path)

    def conclude(self) -> Changes:
        """Merges what has changed and finds who sees it.

        Returns:
            Everything that the transaction has to write of this record.
        """
        changed = [work for work in self._works.values() if work.is_changed]
        for work in changed:
            self._resolve(work)
        if changed:
            self._row = self._with_facts(changed)
            self.changes.records[self._row.record_id] = self._row
            write_audience(
                self._transaction, self._directory, self._key, self._row, self._works, self.changes
            )
        for work in self._works.values():
            if work.is_changed:
                work.write_to(self.changes, self._row.record_id)
        return self.changes

    def _accept(self, document: Incoming) -> Rev:
        work = self._work(document.document_id)
        path, body = self._path_and_body(work, document)
        nodes = self._nodes(work, path, body)
        known = work.tree.get(path[0])
        if nodes[0].kind is Kind.STUB:
            return path[0]
        if known is not None and known.stored:
            if not work.has_same_body(path[0], body):
                raise Refusal(OTHER_CONTENT)
            return path[0]
        self._refuse_unknown_merges(work, nodes)
        if nodes[0].kind is Kind.AUTHORED:
            self._check(work, path, body)
        elif self._known is None or not self._may_read(document.document_id):
            raise Refusal("not_allowed")
        self._store(work, nodes, body, document)
        return path[0]

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
        if self._row.owner_id is None:
            self._row = self._begun()
        for sha256, content in document.contents.items():
            digest = self._key.attachment_digest(sha256)
            sealed = self._key.seal_attachment(digest, content)
            self.changes.attachments.append(AttachmentRow(self._row.record_id, digest, sealed))
        work.insert(nodes, body, self._transaction.now)
        rev = nodes[0].rev
        self._release(work, nodes)
        if document_name(work.document_id).partition(":")[0] in (CASE, REFERRAL):
            self._row = self._with_facts([work])  # what comes next in the batch may rest on it
        entry = audit_row(self._transaction, self._caller, "written", work.document_id, rev)
        self.changes.audit.append(entry)

    def _release(self, work: DocumentWork, nodes: tuple[Node, ...]) -> None:
        """Takes out of quarantine what the accepted revision descends from, or is."""
        path = {node.rev for node in nodes}
        for refused in self._transaction.quarantined(work.document_id):
            mine = refused.user_id == self._caller.person.id
            if mine and refused.rev in path and refused.reason != OTHER_CONTENT:
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
            consent=False,
        )

    def _work(self, document_id: str) -> DocumentWork:
        if document_id not in self._works:
            self._works[document_id] = self._transaction.document(self._key, document_id)
        return self._works[document_id]

    def _path_and_body(
        self, work: DocumentWork, document: Incoming
    ) -> tuple[tuple[Rev, ...], Body]:
        body = document.body
        path = document.path
        if not document.is_replicated and path and path[0] in work.tree:
            path = work.tree.path(path[0])
        try:
            attachments = attachments_found(work, path, body)
        except KeyError:
            raise Refusal("missing_stub") from None
        if attachments:
            body = {**body, "_attachments": dict(attachments)}
        if document.is_replicated:
            return path, body
        return (self._minted(work, document, body), *path), body

    def _minted(self, work: DocumentWork, document: Incoming, body: Body) -> Rev:
        """The id of an edit that came without one; it must be made on the leaf that stands."""
        live = [leaf.rev for leaf in work.tree.live_leaves()]
        parent = document.path[0] if document.path else None
        if not self._may_read(document.document_id):
            live = []
        if (parent is None and live) or (parent is not None and parent not in live):
            raise DocumentConflict
        key = self._transaction.vault.programme_key
        return authored_rev(key, document.document_id, parent, body)

    def _may_read(self, document_id: str) -> bool:
        record = record_facts(self._row)
        if record is None:
            return self._known is None
        return sees(visible_parts(self._caller.person, record), document_name(document_id))

    def _nodes(self, work: DocumentWork, path: tuple[Rev, ...], body: Body) -> tuple[Node, ...]:
        key = self._transaction.vault.programme_key
        reader = self._caller.reader if self._known else None
        return pushed_path(key, work.document_id, path, body, reader)

    def _check(self, work: DocumentWork, path: tuple[Rev, ...], body: Body) -> None:
        """Whether a revision written by a person may be stored.

        Raises:
            Refusal: it may not.
        """
        form = self._checked_form(work.document_id, body)
        self._check_permission(work, path, body)
        if body.get("_deleted"):
            raise Refusal("deletion_not_allowed")
        self._check_attachments(body)
        found = problems(form, body["data"], draft=body["state"] == "draft")
        if form.code == REFERRAL and not found and not len(work.tree):
            found = self._referral_problems(body["data"])
        if found:
            raise Refusal("invalid_answers", found)

    def _checked_form(self, document_id: str, body: Body) -> Form:
        match = _CASE_ID.fullmatch(document_id)
        if match is None:
            raise Refusal("bad_document_id")
        if body.get("_deleted"):
            raise Refusal("deletion_not_allowed")
        _check_envelope(body, self._caller)
        form = self._forms.get((body["form"], body["form_rev"]))
        if form is None or body["form"] != match[2]:
            raise Refusal("unknown_form")
        if (form.cardinality == "many") != (match[3] is not None):
            raise Refusal("bad_document_id")
        return form

    def _check_permission(self, work: DocumentWork, path: tuple[Rev, ...], body: Body) -> None:
        record = record_facts(self._row)
        before = self._before(work, path)
        old = work.body(before.rev) if before else {}
        answers: dict[str, Any] = old.get("data", {})
        changed = {
            name
            for name in answers.keys() | body["data"].keys()
            if answers.get(name) != body["data"].get(name)
        }
        settles = bool(body.get("settles")) and body["settles"] != old.get("settles")
        is_new = not len(work.tree) or old.get("state") == "draft"
        write = Write(document_name(work.document_id), changed, is_new, settles)
        if not may_write(self._caller.person, record, write):
            raise Refusal("not_allowed")

    def _before(self, work: DocumentWork, path: tuple[Rev, ...]) -> Node | None:
        """The nearest ancestor whose body is known here: what the author started from."""
        known = (work.tree.get(rev) for rev in path[1:])
        return next((node for node in known if node is not None and node.stored), None)

    def _check_attachments(self, body: Body) -> None:
        for name, attachment in body.get("_attachments", {}).items():
            if attachment["sha256"] not in name:
                raise Refusal("attachment_name", (Problem("_attachments", "name_without_digest"),))

    def _referral_problems(self, data: Mapping[str, Any]) -> tuple[Problem, ...]:
        addressee = self._directory.named(data.get("to_user") or "")
        if addressee is None or REFERRAL not in addressee.role.writes:
            return (Problem("to_user", "unknown_user"),)
        return ()

    def _resolve(self, work: DocumentWork) -> None:
        bodies = work.bodies(needed_bodies(work.tree))
        rules: dict[str, Rule] = {}
        if bodies:
            some = next(iter(bodies.values()))
            rules = _rules(self._forms.get((some.get("form", ""), some.get("form_rev", 0))))
        key = self._transaction.vault.programme_key
        outcome = resolution(key, work.document_id, work.tree, bodies, rules)
        for minted in outcome.minted:
            work.mint(minted, self._transaction.now)
        work.open_units = outcome.open_units

    def _with_facts(self, changed: list[DocumentWork]) -> RecordRow:
        row = self._row
        for work in changed:
            form = document_name(work.document_id).partition(":")[0]
            if form == CASE:
                row = with_case(row, work.live_bodies())
            elif form == REFERRAL:
                bodies = work.live_bodies()
                row = with_referral(row, work.document_id, bodies, self._directory)
        return row


def _check_envelope(body: Body, caller: Caller) -> None:
    if body.keys() - _ENVELOPE:
        raise Refusal("bad_envelope", (Problem("", "unknown_field"),))
    wrong = [
        name
        for name, is_right in (
            ("form", isinstance(body.get("form"), str)),
            ("form_rev", type(body.get("form_rev")) is int),
            ("edited_at", isinstance(body.get("edited_at"), str)),
            ("salt", isinstance(body.get("salt"), str) and _SALT.fullmatch(body["salt"])),
            ("state", body.get("state") in ("draft", "complete")),
            ("data", isinstance(body.get("data"), dict)),
        )
        if not is_right
    ]
    if wrong:
        raise Refusal("bad_envelope", tuple(Problem(name, "wrong_type") for name in wrong))
    if body.get("author") != caller.person.name or body.get("device") != caller.device:
        raise Refusal("false_author")


def _rules(form: Form | None) -> dict[str, Rule]:
    return {field.name: Rule(field.merge) for field in form.fields} if form else {}
