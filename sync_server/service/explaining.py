"""Why a document shows what it shows: the edits, who saw which, and what became of every unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Any

from conflict.decision import Decision
from conflict.drawing import drawing, short
from conflict.graph import AuthoredGraph, authored_graph
from conflict.resolution import merge_of
from conflict.revision import Rev
from conflict.units import Unit
from conflict.value import Missing
from conflict.writers import Writer
from sync_server.errors import DocumentMissing
from sync_server.messages import sentence
from sync_server.service.caller import Caller
from sync_server.service.case_facts import form_code, is_notice
from sync_server.service.case_forms import CaseForms
from sync_server.service.case_merging import field_name
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader
from sync_server.service.kanaf import Kanaf
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body
from sync_server.storage.rows import DatabaseKind, DatabaseRow

MOST_DRAWN = 300
"""Lines of a drawing: nobody reads more."""


@dataclass(frozen=True)
class Explanation:
    """A document's merge.

    Attributes:
        graph: who saw whose edit.
        bodies: of the revisions that have arrived, those that the merge depends on and those that
            are drawn; none where nothing had to be merged.
        units: what became of every unit in which two revisions differ; empty where nothing had to
            be merged, and where the document waits.
        waits: whether nothing can be said yet, because a revision has not arrived or its form's
            revision is not known here.
    """

    document_id: str
    graph: AuthoredGraph
    bodies: Mapping[Rev, Body]
    units: tuple[tuple[Unit, Decision], ...]
    waits: bool

    def drawn(self, language: str = "en") -> list[str]:
        """The edits drawn as text, the newest first; of very many the newest."""
        lines = drawing(self.graph, lambda rev: self._label(rev, language))
        return [*islice(lines, MOST_DRAWN), *(["…"] if next(lines, None) else [])]

    def _label(self, rev: Rev, language: str) -> str:
        body = self.bodies.get(rev)
        if body is None:
            return f"({sentence('graph.not_arrived', language)})"
        marks = f" {sentence('graph.deleted', language)}" if self.graph.tree[rev].deleted else ""
        return f"{body.get('author') or sentence('graph.unknown_author', language)}{marks}"


def explained(work: DocumentWork, forms: CaseForms) -> Explanation:
    """The explanation of a document, worked out anew from its revisions."""
    graph = authored_graph(work.tree)
    if not graph.skeleton and not graph.awaited:
        return Explanation(work.document_id, graph, {}, (), waits=False)
    drawn = nlargest(MOST_DRAWN, graph.parents)
    bodies = work.bodies(graph.skeleton.union(drawn))
    code = form_code(work.document_id)
    is_whole = graph.skeleton <= bodies.keys() and not graph.awaited
    merge = merge_of(graph, bodies, forms.merging(code)) if is_whole else None
    decisions = merge.decisions if merge else {}
    units = sorted(decisions.items(), key=lambda item: str(item[0]))
    return Explanation(work.document_id, graph, bodies, tuple(units), waits=merge is None)


def merge_seen_by(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, document_id: str
) -> dict[str, Any]:
    """The explanation of a document that the caller sees, with values.

    Raises:
        DocumentMissing: they see no such document, or it is in an open database, where what was
            written apart stays side by side.
    """
    if database.kind is DatabaseKind.OPEN:
        raise DocumentMissing
    with kanaf.store.read() as reading:
        forms = kanaf.case_forms(database, reading)
        found = explained(DocumentReader(kanaf, reading, database, caller).work(document_id), forms)
    return {
        "document": document_id,
        "heads": [str(rev) for rev in found.graph.heads],
        "graph": found.drawn(),
        "units": [_with_values(unit, decision) for unit, decision in found.units],
    }


def merges_of_record(kanaf: Kanaf, database: DatabaseRow, record_id: str) -> list[list[str]]:
    """The explanations of a record's documents for somebody who may read no case: names of fields,
    rules, authors and revisions, but no answer.

    Returns:
        The lines of each document in which edits had to be merged, in the order of the ids.
    """
    vault = kanaf.vault(database)
    with kanaf.store.read() as reading:
        forms = kanaf.case_forms(database, reading)
        transaction = Transaction(reading, vault, kanaf.clock(), [record_id], [])
        row = transaction.record(record_id)
        if row is None:
            return []
        key = transaction.key(row)
        names = [one for one in transaction.documents_of(record_id) if not is_notice(one)]
        transaction.take_up(names)
        found = [explained(transaction.document(key, one), forms) for one in names]
    return [_without_values(one) for one in found if one.units]


def _with_values(unit: Unit, decision: Decision) -> dict[str, Any]:
    return {
        "unit": str(unit),
        "how": decision.how.value,
        "rule": decision.rule.value,
        "open": decision.is_open,
        **_value("value", decision.value),
        "writers": [_writer(one) for one in decision.writers],
        "instead_of": [_writer(one) for one in decision.instead_of],
    }


def _writer(writer: Writer) -> dict[str, Any]:
    return {
        "rev": str(writer.rev),
        "author": writer.author,
        **_value("value", writer.value),
        **_value("before", writer.start),
    }


def _value(name: str, value: Any) -> dict[str, Any]:
    return {} if isinstance(value, Missing) else {name: value}


def _without_values(found: Explanation) -> list[str]:
    lines = [found.document_id, *(f"  {line}" for line in found.drawn())]
    for unit, decision in found.units:
        said = f"{field_name(unit)}: {decision.how} by {decision.rule}"
        instead = f" instead of {_people(decision.instead_of)}" if decision.instead_of else ""
        lines.append(f"  {said} ({_people(decision.writers)}){instead}")
    return lines


def _people(writers: Sequence[Writer]) -> str:
    return ", ".join(f"{short(one.rev)} {one.author or 'unknown'}" for one in writers)
