"""What no machine decides: open conflicts, and documents in quarantine."""

from __future__ import annotations

from typing import Any

from conflict.revision import Rev
from sync_server.service.caller import Caller
from sync_server.service.case_forms import CaseForms, Forms, MergePolicy
from sync_server.service.case_merging import open_units, standing_merge
from sync_server.service.document_work import DocumentWork
from sync_server.service.documents import DocumentReader, open_rows
from sync_server.service.kanaf import Kanaf
from sync_server.service.quarantine import entry_id, problems_of
from sync_server.service.sight import Sight
from sync_server.sharing.supervision import supervises
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow, DocumentRow, QuarantineEntry

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
    """What was refused and nobody has decided about, as `entries_seen_by` says.

    Returns:
        Ids, the reason and its problems; never an answer.
    """
    with kanaf.store.read() as reading:
        rows = entries_seen_by(kanaf, reading, database, caller)
        forms = kanaf.forms(database, reading)
    return [_shown(kanaf, row, forms) for row in rows]


def entries_seen_by(
    kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller
) -> list[QuarantineEntry]:
    """What was refused from the caller, from those whom the caller supervises, and of documents
    that the caller sees as a supervisor; undecided, the oldest first.
    """
    registry = kanaf.registry(reading)
    everybody = registry.users
    mine = {caller.person.id}
    theirs = {
        one.id for one in everybody.values() if supervises(caller.person, registry.person(one))
    }
    wanted = everybody if caller.is_supervisor else mine
    rows = reading.quarantined(database.id, wanted)
    sight = Sight(kanaf, reading, database, caller)
    seen = sight.would_see({row.document_id for row in rows})
    return [row for row in rows if row.user_id in mine | theirs or row.document_id in seen]


def _shown(kanaf: Kanaf, row: QuarantineEntry, forms: Forms) -> dict[str, Any]:
    return {
        "entry": entry_id(row),
        "document": row.document_id,
        "rev": str(row.rev),
        "reason": row.reason,
        "problems": problems_of(row, forms),
        "owner": kanaf.user(row.user_id).name,
        "device": row.device,
        "received_at": row.received_at,
    }
