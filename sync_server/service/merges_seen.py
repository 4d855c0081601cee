"""The merges that somebody sees: which there were lately, and each with what its reader needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conflict.revision import Rev
from conflict.rules import Rules
from conflict.tree import Kind
from schemas import Form
from sync_server.errors import DocumentMissing
from sync_server.service.caller import Caller
from sync_server.service.case_facts import form_code, is_notice
from sync_server.service.case_forms import CaseForms
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader
from sync_server.service.explaining import Explanation, explained
from sync_server.service.kanaf import Kanaf
from sync_server.service.sight import SHARED
from sync_server.service.vault import Body
from sync_server.sharing.roles import CASE
from sync_server.storage.rows import DatabaseRow

_LATELY = 500
"""How many of the newest changes in a reader's feed are looked through."""


@dataclass(frozen=True)
class Edit:
    """A revision that somebody wrote.

    Attributes:
        body: empty where it has not arrived, or is a deletion.
        received_at: when it arrived here, in seconds since 1970.
    """

    body: Body
    received_at: float


@dataclass(frozen=True)
class SeenMerge:
    """A document's merge, for somebody who may see its answers.

    Attributes:
        body: what the document shows; empty where it was deleted.
        form: what its answers are read by; None where that revision is not known here.
        rules: how each field is merged, under the programme's policy.
        edits: the revisions that gave one of the units its value.
        protected: the units (as `str` of them) that only supervisors settle.
    """

    explanation: Explanation
    body: Body
    form: Form | None
    rules: Rules
    edits: Mapping[Rev, Edit]
    protected: frozenset[str]


def merges_of_record_seen_by(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, record_id: str, language: str
) -> list[SeenMerge]:
    """The merges of those documents of a record that the caller sees, in the order of their ids;
    a document in which nothing had to be merged is left out.

    Args:
        language: of the words in the graphs.

    Raises:
        DocumentMissing: they see no document of such a record.
    """
    forms = CaseForms.under(database.merge_policy, kanaf.forms)
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        rows = reader.sight.visible(reading.documents_of(database.id, [record_id]))
        rows = [row for row in rows if not is_notice(row.document_id)]
        if record_id == SHARED or not rows:
            raise DocumentMissing
        reader.take(rows)
        works = [reader.work(row.document_id) for row in rows]
        found = [(work, explained(work, forms, language)) for work in works]
        return [_seen(work, one, forms) for work, one in found if one.units or one.waits]


def merged_lately(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[str]:
    """The documents in which edits made apart were merged and nothing is left to decide, the last
    changed first, as far as they are among the caller's last 500 changes.
    """
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        person = caller.person.id
        changed = reading.inbox(database.id, person, -1, _LATELY, descending=True)
        ids = [row.document_id for row in changed if not is_notice(row.document_id)]
        seen = reader.sight.documents(ids)
        rows = [seen[one] for one in ids if one in seen and not seen[one].open_units]
        reader.take(rows)
        return [row.document_id for row in rows if _was_merged(reader.work(row.document_id))]


def case_numbers(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, records: Iterable[str]
) -> dict[str, str]:
    """The numbers by which people know cases, by record; of those whose case the caller sees."""
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        cases = {f"{record}:{CASE}": record for record in records}
        reader.load(cases, with_bodies=True)
        bodies = {record: _body(reader, document) for document, record in cases.items()}
    numbers = {one: body.get("data", {}).get("case_number") for one, body in bodies.items()}
    return {one: number for one, number in numbers.items() if isinstance(number, str)}


def _body(reader: DocumentReader, document_id: str) -> Body:
    """What a document shows; nothing where the caller does not see it, or it was deleted."""
    try:
        work = reader.work(document_id)
    except DocumentMissing:
        return {}
    return _shown(work)


def _shown(work: DocumentWork) -> Body:
    assert work.row is not None, "a document that is read exists"
    winner = work.row.winner
    return {} if winner.deleted else work.bodies([winner.rev]).get(winner.rev, {})


def _was_merged(work: DocumentWork) -> bool:
    return any(node.kind is Kind.MERGE for node in work.tree)


def _seen(work: DocumentWork, found: Explanation, forms: CaseForms) -> SeenMerge:
    code, body = form_code(work.document_id), _shown(work)
    revision = body.get("form_rev", 0)
    names = [str(unit) for unit, _ in found.units]
    return SeenMerge(
        explanation=found,
        body=body,
        form=forms.form(code, revision),
        rules=forms.merging(code).revisions.get(revision, {}),
        edits=_edits(work, found),
        protected=frozenset(one for one in names if forms.decides_protected(code, [one])),
    )


def _edits(work: DocumentWork, found: Explanation) -> dict[Rev, Edit]:
    revs = {writer.rev for _, decision in found.units for writer in decision.writers}
    bodies = work.bodies(revs)
    return {rev: Edit(bodies.get(rev, {}), work.received_at(rev)) for rev in revs}
