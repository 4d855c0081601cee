"""The merge of one document of a case database, and the notices that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from conflict.drawing import short
from conflict.graph import authored_graph
from conflict.merge import Merged
from conflict.resolution import Resolution, needed_bodies, resolution
from conflict.tree import Kind, RevisionTree
from conflict.units import Unit
from sync_server.service.candidates import Waiting, units_for_people
from sync_server.service.case_facts import form_code
from sync_server.service.case_forms import CaseForms
from sync_server.service.document_work import DocumentWork
from sync_server.service.notices import close, notices, show


def merge(key: bytes, work: DocumentWork, forms: CaseForms, now: float) -> Resolution:
    """Merges the heads of a document and adds what has to be minted.

    A document that waits for something counts as open, so that somebody looks at it.
    """
    if _is_begun(work.tree):
        return Resolution(work.tree.winner().rev)
    code = form_code(work.document_id)
    graph = authored_graph(work.tree)
    bodies = work.bodies(needed_bodies(graph))
    outcome = resolution(key, work.document_id, graph, bodies, forms.merging(code))
    for minted in outcome.minted:
        work.mint(minted, now)
    work.open_units = 1 if outcome.waits_for else len(open_units(work))
    return outcome


def _is_begun(tree: RevisionTree) -> bool:
    """Whether a person has written a document's first revision, and nobody anything else: most that
    a tablet pushes has nothing to be merged with.
    """
    nodes = list(tree) if len(tree) == 1 else []
    return any(one.kind is Kind.AUTHORED and one.stored and not one.deleted for one in nodes)


def open_units(work: DocumentWork) -> Mapping[str, Waiting]:
    """The units of the revision that stands that somebody has to look at, with their candidates."""
    return units_for_people(standing_merge(work))


def standing_merge(work: DocumentWork) -> dict[str, Any]:
    """What the revision that stands says of its merge: `open`, and `told` where there is any."""
    live = work.tree.live_leaves()
    if len(live) != 1 or work.owner(live[0].rev).kind is not Kind.MERGE:
        return {"open": {}}
    found: dict[str, Any] = work.body(live[0].rev)["merge"]
    return found


def renew_notices(
    key: bytes,
    work: DocumentWork,
    shown: Collection[str],
    document: Callable[[str], DocumentWork],
    now: float,
) -> None:
    """Writes the notices of units that have opened, and closes those of units that have not stayed.

    Args:
        shown: the ids of the document's notices that are not closed.
        document: a document of the record by its id.
    """
    standing = notices(key, work, open_units(work))
    for notice_id, body in standing.items():
        if notice_id not in shown:
            show(key, document(notice_id), body, now)
    for notice_id in sorted({*shown} - standing.keys()):
        close(key, document(notice_id), now)


def summary(merged: Merged) -> str:
    """What became of each field that differed, for the audit log: names, rules and revisions; no
    answer, and no element of a set, which is one.
    """
    said: dict[str, list[str]] = {}
    for unit, one in sorted(merged.decisions.items(), key=lambda item: str(item[0])):
        if len(one.writers) > 1 or one.is_open or one.instead_of:
            how = f"{one.how}({' '.join(short(writer.rev) for writer in one.writers)})"
            said.setdefault(field_name(unit), []).append(how)
    return " ".join(f"{name}={'+'.join(dict.fromkeys(hows))}" for name, hows in said.items())


def field_name(unit: Unit) -> str:
    """The field that a unit is part of: neither a row's id nor an element or an attachment's name,
    which may be an answer.
    """
    if unit.part == "_attachments":
        return unit.part
    name = f"{unit.part}.{unit.name}" if unit.name else unit.part
    return f"{name}.{unit.cell}" if unit.cell else name
