"""What no machine decides: open conflicts, and documents in quarantine."""

from __future__ import annotations

from typing import Any

from conflict.revision import Rev
from sync_server.service.caller import Caller
from sync_server.service.case_forms import CaseForms, MergePolicy
from sync_server.service.case_merging import open_units, standing_merge
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader, open_rows
from sync_server.service.kanaf import Kanaf
from sync_server.service.quarantine import entry_id, may_see_quarantine_of
from sync_server.storage.rows import DatabaseRow, DocumentRow, QuarantineRow

_DAY = 86_400


def open_conflicts(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[dict[str, Any]]:
    """What waits for a person in the documents that the caller sees, the longest waiting first.

    Returns:
        Of each document `document` and `rev`, and
        - `open`: per unit the candidates (`value`, `before`, `rev`, `author`), the one that is
          shown first;
        - `told`: the same of units that are decided, until somebody settles them as seen;
        - `protected`: which of the units only supervisors settle;
        - `since`: when the first of them became open, in seconds since 1970;
        - `overdue`: whether that is longer ago than the programme allows;
        - `waits`: whether nothing can be decided yet, because a revision or a form is not here.
    """
    policy = MergePolicy.from_json(database.merge_policy)
    overdue = kanaf.clock() - policy.escalate_after_days * _DAY
    with kanaf.store.read() as reading:
        forms = kanaf.case_forms(database, reading)
        reader = DocumentReader(kanaf, reading, database, caller)
        rows = open_rows(reader.sight)
        reader.load([row.document_id for row in rows])
        found = [_waiting(reader.work(row.document_id), row, forms) for row in rows]
    found.sort(key=lambda one: (one["since"], one["document"]))
    return [{**one, "overdue": one["since"] < overdue} for one in found]


def _waiting(work: DocumentWork, row: DocumentRow, forms: CaseForms) -> dict[str, Any]:
    units = open_units(work)
    body = work.bodies([row.winner.rev]).get(row.winner.rev, {})
    code, merge = body.get("form", ""), standing_merge(work)
    apart = [{Rev.parse(one["rev"]) for one in candidates} for candidates in units.values()]
    apart = apart or [{leaf.rev for leaf in row.leaves}]
    return {
        "document": row.document_id,
        "rev": str(row.winner.rev),
        "open": merge["open"],
        "told": merge.get("told", {}),
        "protected": [unit for unit in units if forms.decides_protected(code, [unit])],
        "since": min(_opened_at(work, revs) for revs in apart),
        "waits": not units,
    }


def _opened_at(work: DocumentWork, revs: set[Rev]) -> float:
    """When the second of some revisions had arrived: from then on there was something to decide."""
    times = sorted(work.received_at(rev) for rev in revs if rev in work.tree)
    return times[min(1, len(times) - 1)] if times else 0.0


def quarantined(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[dict[str, Any]]:
    """What was refused from the caller or from those whom the caller supervises, the oldest first.

    Returns:
        Ids, the reason and its problems; never an answer.
    """
    people = kanaf.directory().people.values()
    users = {caller.person.id} | {
        person.id for person in people if may_see_quarantine_of(caller, person.group)
    }
    with kanaf.store.read() as reading:
        rows = reading.quarantined(database.id, users)
    return [_shown(kanaf, row) for row in rows if row.decided is None]


def _shown(kanaf: Kanaf, row: QuarantineRow) -> dict[str, Any]:
    return {
        "entry": entry_id(row),
        "document": row.document_id,
        "rev": str(row.rev),
        "reason": row.reason,
        "problems": [{"path": path, "code": code} for path, code in row.problems],
        "owner": kanaf.user(row.user_id).name,
        "device": row.device,
        "received_at": row.received_at,
    }
