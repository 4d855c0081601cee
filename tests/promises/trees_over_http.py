"""What a server with CouchDB's protocol answers for many histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.conflict.tree_histories import PARTS, History
from tests.protocol.api import Api

Told = dict[str, Any]


def told_over_http(
    database: Api, histories: Sequence[History], *, at_once: int
) -> list[list[Told]]:
    """For each history, what a new, empty database says after each of its parts.

    Args:
        at_once: how many pushes of a document stand in one request.

    Returns:
        {"winner", "leaves": [{"rev", "deleted"}], "missing", "possible_ancestors", "conflicts",
        "deleted_conflicts"}; the last two are left out where the winner is a tombstone, which no
        request reads with them.
    """
    told: list[list[Told]] = [[] for _ in histories]
    for part in range(PARTS):
        for documents in _requests(histories, part, at_once):
            failed = database.push(*documents)
            assert failed == [], failed
        for answers, answer in zip(told, _answers(database, histories), strict=True):
            answers.append(answer)
    return told


def _requests(histories: Sequence[History], part: int, at_once: int) -> Iterator[list[Told]]:
    """The next few pushes of every document, request after request."""
    queues = [
        [push.document(f"d{number}") for push in history.parts[part]]
        for number, history in enumerate(histories)
    ]
    for first in range(0, max(map(len, queues)), at_once):
        yield [document for queue in queues for document in queue[first : first + at_once]]


def _answers(database: Api, histories: Sequence[History]) -> Iterator[Told]:
    ids = [f"d{number}" for number in range(len(histories))]
    asked = {
        document_id: [str(rev) for rev in history.asked]
        for document_id, history in zip(ids, histories, strict=True)
    }
    lacking = database.post("_revs_diff", asked).json()
    for row in database.post("_all_docs", {"keys": ids}).json()["rows"]:
        document_id = row["id"]
        diff = lacking.get(document_id, {})
        yield {
            "winner": row["value"]["rev"],
            "leaves": _leaves(database, document_id),
            "missing": diff.get("missing", []),
            "possible_ancestors": diff.get("possible_ancestors", []),
            **({} if row["value"].get("deleted") else _conflicts(database, document_id)),
        }


def _leaves(database: Api, document_id: str) -> list[Told]:
    headers = {"Accept": "application/json"}
    answer = database.request("GET", document_id, {"open_revs": "all"}, headers=headers)
    rows = [row["ok"] for row in answer.json()]
    return [{"rev": row["_rev"], "deleted": row.get("_deleted", False)} for row in rows]


def _conflicts(database: Api, document_id: str) -> Told:
    document = database.get(document_id, conflicts=True, deleted_conflicts=True).json()
    return {name: document.get(f"_{name}", []) for name in ("conflicts", "deleted_conflicts")}
