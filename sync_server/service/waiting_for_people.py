"""What no machine decides: open conflicts, and documents in quarantine."""

from __future__ import annotations

from typing import Any

from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader, Shape, open_rows
from sync_server.service.kanaf import Kanaf
from sync_server.service.quarantine import may_see_quarantine_of
from sync_server.storage.rows import DatabaseRow, QuarantineRow


def open_conflicts(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> list[dict[str, Any]]:
    """The open units of the documents that the caller sees, by document.

    Returns:
        `document`, `rev` and `open`: per unit the candidates (`value`, `rev`, `author`), the one
        that is shown first.
    """
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        rows = open_rows(reader.sight)
        reader.load([row.document_id for row in rows])
        found = [reader.read(row.document_id, row.winner.rev, Shape()) for row in rows]
    return [
        {"document": one["_id"], "rev": one["_rev"], "open": one["merge"]["open"]}
        for one in found
        if "merge" in one
    ]


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
    return [_shown(kanaf, row) for row in rows]


def _shown(kanaf: Kanaf, row: QuarantineRow) -> dict[str, Any]:
    return {
        "document": row.document_id,
        "rev": str(row.rev),
        "reason": row.reason,
        "problems": [{"path": path, "code": code} for path, code in row.problems],
        "owner": kanaf.user(row.user_id).name,
        "device": row.device,
        "received_at": row.received_at,
    }
