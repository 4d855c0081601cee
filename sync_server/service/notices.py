"""Conflict notices: a small document for every open unit, derived from the merge that left it open.

It has all that is needed to decide: what stood before, every candidate, who wrote it and when. Who
sees the document sees its notices. They are never validated, merged or read by the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conflict.canonical import canonical_json
from conflict.minting import closing_rev, notice_rev, tip, touch_rev
from conflict.resolution import Minted
from conflict.revision import Rev
from conflict.tree import Kind, Node
from sync_server.crypto.sealing import keyed_digest
from sync_server.service.candidates import Waiting
from sync_server.service.case_facts import NOTICE, document_name
from sync_server.service.document_work import DocumentWork
from sync_server.service.vault import Body

MOST_NOTICES = 50
"""Of one document; where more is open, somebody has to look at the document itself."""


def notices(key: bytes, work: DocumentWork, open_units: Mapping[str, Waiting]) -> dict[str, Body]:
    """The notices of a document by id, from its units that somebody has to look at."""
    return {
        _notice_id(key, work.document_id, unit, candidates): {
            "form": "conflict",
            "about": work.document_id,
            "unit": unit,
            "candidates": [_from_whom(work, candidate) for candidate in candidates],
        }
        for unit, candidates in _first(open_units)
    }


def _first(open_units: Mapping[str, Waiting]) -> list[tuple[str, Waiting]]:
    return sorted(open_units.items(), key=lambda item: item[0])[:MOST_NOTICES]


def show(key: bytes, notice: DocumentWork, body: Body, now: float) -> None:
    """Writes a notice, or lets one that was closed be seen again."""
    first = notice_rev(key, notice.document_id, body)
    if first not in notice.tree:
        notice.insert((Node(first, kind=Kind.NOTICE),), body, now)
        return
    last = tip(notice.tree, first).rev
    if notice.tree.children(last):
        touch = Node(touch_rev(key, notice.document_id, last), last, kind=Kind.TOUCH)
        notice.mint(Minted(touch), now)


def close(key: bytes, notice: DocumentWork, now: float) -> None:
    """Closes a notice whose unit somebody has decided."""
    for leaf in notice.tree.live_leaves():
        rev = closing_rev(key, notice.document_id, leaf.rev)
        notice.mint(Minted(Node(rev, leaf.rev, deleted=True, kind=Kind.CLOSING)), now)


def _notice_id(key: bytes, document_id: str, unit: str, candidates: Waiting) -> str:
    """An id that tells nothing: a unit's name may hold an element of a set, which is an answer."""
    record = document_id.partition(":")[0]
    said = sorted(candidates, key=lambda one: str(one["rev"]))
    what = canonical_json([document_id, unit, [dict(one) for one in said]])
    digest = keyed_digest(key, b"notice\0" + what).hex()[:32]
    return f"{record}:{NOTICE}{document_name(document_id)}:{digest}"


def _from_whom(work: DocumentWork, candidate: Mapping[str, Any]) -> Body:
    """A candidate with the time that its author's tablet showed; and who edited last, where others
    may have written it before them.
    """
    rev = Rev.parse(candidate["rev"])
    body = work.bodies([rev]).get(rev, {}) if rev in work.tree else {}
    told = {"edited_at": body.get("edited_at")}
    if candidate["author"] is None:
        told["last_author"] = body.get("author")
    return {**candidate, **{name: value for name, value in told.items() if value is not None}}
