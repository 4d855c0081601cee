"""The merges that somebody sees: which there were lately, and each with what its reader needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from conflict.revision import Rev
from schemas import Form
from sync_server.errors import DocumentMissing
from sync_server.service.caller import Caller
from sync_server.service.case_facts import SHARED, form_code, is_notice
from sync_server.service.case_forms import CaseForms
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader
from sync_server.service.explaining import Explanation, explained
from sync_server.service.kanaf import Kanaf
from sync_server.service.vault import Body
from sync_server.sharing.roles import CASE
from sync_server.storage.rows import DatabaseRow

_LATELY_SECONDS = 30 * 86_400
_NEWEST = 500
"""How many of the newest changes in a reader's feed are looked through."""


@dataclass(frozen=True)
class SeenMerge:
    """A document's merge, for somebody who may see its answers.

    Attributes:
        body: what the document shows; empty where it was deleted.
        form: what its answers are read by; None where no revision of it is known here.
        received_at: of the revisions that have arrived, when, in seconds since 1970.
        protected: the units (as `str` of them) that only supervisors settle.
    """

    explanation: Explanation
    body: Body
    form: Form | None
    received_at: Mapping[Rev, float]
    protected: frozenset[str]


@dataclass(frozen=True)
class MergedDocument:
    """A document in which edits made apart were merged, last at some time in seconds since 1970."""

    document_id: str
    merged_at: float


def merges_of_record_seen_by(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, record_id: str
) -> list[SeenMerge]:
    """The merges of those documents of a record that the caller sees, in the order of their ids;
    a document in which nothing had to be merged is left out.

    Raises:
        DocumentMissing: they see no document of such a record.
    """
    with kanaf.store.read() as reading:
        forms = kanaf.case_forms(database, reading)
        reader = DocumentReader(kanaf, reading, database, caller)
        every = reader.sight.visible(reading.documents_of(database.id, [record_id]))
        if record_id == SHARED or not every:
            raise DocumentMissing
        rows = [row for row in every if not is_notice(row.document_id)]
        merged = reading.merged_at(database.id, [row.document_id for row in rows])
        looked_at = [row for row in rows if row.document_id in merged or row.open_units]
        reader.take(looked_at)
        works = [reader.work(row.document_id) for row in looked_at]
        found = [(work, explained(work, forms)) for work in works]
        return [_seen(work, one, forms) for work, one in found if one.units or one.waits]


def merged_lately(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[MergedDocument]:
    """The documents that were merged in the last 30 days and in which nothing is left to decide,
    the last merged first, as far as they are among the caller's newest 500 changes.
    """
    since = kanaf.clock() - _LATELY_SECONDS
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        changed = reading.inbox(database.id, caller.person.id, -1, _NEWEST, descending=True)
        ids = [row.document_id for row in changed if not is_notice(row.document_id)]
        rows = reader.sight.documents(ids).values()
        decided = [row.document_id for row in rows if not row.open_units]
        merged = reading.merged_at(database.id, decided)
    found = [MergedDocument(one, at) for one, at in merged.items() if at > since]
    return sorted(found, key=lambda one: (-one.merged_at, one.document_id))


def case_numbers(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, records: Iterable[str]
) -> dict[str, str]:
    """The numbers by which people know cases, by record; of those whose case the caller sees."""
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        return _numbers(reader, [f"{record}:{CASE}" for record in records])


def record_of_case_number(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, number: str
) -> str | None:
    """The record that people know by a number, among those that the caller sees. All of them are
    looked through: a number is kept sealed.
    """
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        seen = reading.visible_ids(database.id, caller.person.id)
        numbers = _numbers(reader, [one for one in seen if one.endswith(f":{CASE}")])
    wanted = number.strip().upper()
    return next((record for record, one in numbers.items() if one.upper() == wanted), None)


def _numbers(reader: DocumentReader, cases: list[str]) -> dict[str, str]:
    reader.load(cases, with_bodies=True)
    numbers: dict[str, str] = {}
    for document_id in cases:
        try:
            number = _shown(reader.work(document_id)).get("data", {}).get("case_number")
        except DocumentMissing:
            continue
        if isinstance(number, str):
            numbers[document_id.partition(":")[0]] = number
    return numbers


def _shown(work: DocumentWork) -> Body:
    """What a document shows; nothing where it was deleted, or its body has not arrived."""
    assert work.row is not None, "a document that is read exists"
    winner = work.row.winner
    if winner.deleted:
        return {}
    try:
        return work.body(winner.rev)
    except KeyError:
        return {}


def _seen(work: DocumentWork, found: Explanation, forms: CaseForms) -> SeenMerge:
    code = form_code(work.document_id)
    revisions = [body.get("form_rev", 0) for body in found.bodies.values()]
    names = [str(unit) for unit, _ in found.units]
    highest = max(revisions, default=0)
    form = forms.form(code, highest)

    def read(body: Body) -> Body:
        """A body by the names that units have, as the form is."""
        return {**forms.as_units(body, highest)} if form and "form" in body else body

    return SeenMerge(
        explanation=replace(found, bodies={rev: read(one) for rev, one in found.bodies.items()}),
        body=read(_shown(work)),
        form=forms.unit_form(form) if form else None,
        received_at={rev: work.received_at(rev) for rev in found.bodies},
        protected=frozenset(one for one in names if forms.decides_protected(code, [one])),
    )
