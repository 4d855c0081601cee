"""Why a document shows what it shows: the edits, who saw which, and what became of every unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conflict.decision import Decision
from conflict.drawing import drawing, short
from conflict.graph import AuthoredGraph, authored_graph
from conflict.resolution import merge_of, needed_bodies
from conflict.revision import Rev
from conflict.units import Unit
from conflict.value import Missing
from sync_server.messages import sentence
from sync_server.service.caller import Caller
from sync_server.service.case_facts import form_code, is_notice
from sync_server.service.case_forms import CaseForms
from sync_server.service.case_merging import field_name
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader
from sync_server.service.kanaf import Kanaf
from sync_server.service.transaction import Transaction
from sync_server.storage.rows import DatabaseRow


@dataclass(frozen=True)
class Explanation:
    """A document's merge.

    Attributes:
        graph: the edits drawn as text, the newest first.
        units: what became of every unit in which two revisions differ; empty where nothing had to
            be merged, and where the document waits.
        waits: whether nothing can be said yet, because a revision has not arrived.
    """

    document_id: str
    heads: tuple[Rev, ...]
    graph: tuple[str, ...]
    units: tuple[tuple[Unit, Decision], ...]
    waits: bool


def explained(work: DocumentWork, forms: CaseForms, language: str = "en") -> Explanation:
    """The explanation of a document, worked out anew from its revisions.

    Args:
        language: of the words in the graph.
    """
    graph = authored_graph(work.tree)
    bodies = work.bodies(needed_bodies(work.tree))
    code = form_code(work.document_id)
    is_whole = graph.skeleton <= bodies.keys() and not graph.awaited
    merge = merge_of(graph, bodies, forms.merging(code)) if is_whole else None
    decisions = merge.decisions if merge else {}
    return Explanation(
        document_id=work.document_id,
        heads=graph.heads,
        graph=tuple(drawing(graph, lambda rev: _label(work, graph, rev, language))),
        units=tuple(sorted(decisions.items(), key=lambda item: str(item[0]))),
        waits=merge is None and bool(graph.skeleton or graph.awaited),
    )


def merge_seen_by(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, document_id: str
) -> dict[str, Any]:
    """The explanation of a document that the caller sees, with values.

    Raises:
        DocumentMissing: they see no such document.
    """
    forms = CaseForms.under(database.merge_policy, kanaf.forms)
    with kanaf.store.read() as reading:
        found = explained(DocumentReader(kanaf, reading, database, caller).work(document_id), forms)
    return {
        "document": document_id,
        "heads": [str(rev) for rev in found.heads],
        "graph": list(found.graph),
        "units": [_with_values(unit, decision) for unit, decision in found.units],
    }


def merges_of_record(kanaf: Kanaf, database: DatabaseRow, record_id: str) -> list[list[str]]:
    """The explanations of a record's documents for somebody who may read no case: names of fields,
    rules, authors and revisions, but no answer.

    Returns:
        The lines of each document in which edits had to be merged, in the order of the ids.
    """
    vault = kanaf.vault(database)
    forms = CaseForms.under(database.merge_policy, kanaf.forms)
    with kanaf.store.read() as reading:
        transaction = Transaction(reading, vault, kanaf.clock(), [record_id], [])
        row = transaction.record(record_id)
        if row is None:
            return []
        key = transaction.key(row)
        names = (one for one in transaction.documents_of(record_id) if not is_notice(one))
        found = [explained(transaction.document(key, one), forms) for one in names]
    return [_without_values(one) for one in found if one.units]


def _label(work: DocumentWork, graph: AuthoredGraph, rev: Rev, language: str) -> str:
    body = work.bodies([rev]).get(rev)
    if body is None:
        return f"({sentence('graph.not_arrived', language)})"
    marks = f" {sentence('graph.deleted', language)}" if graph.tree[rev].deleted else ""
    return f"{body.get('author') or sentence('graph.unknown_author', language)}{marks}"


def _with_values(unit: Unit, decision: Decision) -> dict[str, Any]:
    return {
        "unit": str(unit),
        "how": decision.how.value,
        "open": decision.is_open,
        **_value("value", decision.value),
        "writers": [
            {
                "rev": str(writer.rev),
                "author": writer.author,
                **_value("value", writer.value),
                **_value("before", writer.start),
            }
            for writer in decision.writers
        ],
    }


def _value(name: str, value: Any) -> dict[str, Any]:
    return {} if isinstance(value, Missing) else {name: value}


def _without_values(found: Explanation) -> list[str]:
    lines = [found.document_id, *(f"  {line}" for line in found.graph)]
    for unit, decision in found.units:
        writers = ", ".join(f"{short(one.rev)} {one.author}" for one in decision.writers)
        lines.append(f"  {field_name(unit)}: {decision.how} ({writers})")
    return lines
