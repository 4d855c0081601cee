"""What waits for a person in a demo: one clash of two edits, and one refused document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from conflict.revision import Rev
from sync_server.demo.cases import Document
from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.kanaf import Kanaf
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseRow


def make_clash(
    kanaf: Kanaf, database: DatabaseRow, document_id: str, callers: tuple[Caller, Caller]
) -> list[str | None]:
    """Two people give a child a household of different size, neither having seen the other's edit.

    Returns:
        The code of each edit's receipt.
    """
    first = _first_revision(kanaf, database, callers[0], document_id)
    size = first["data"]["household_size"]
    answers = ({"household_size": size + 1}, {"household_size": size + 2})
    return [_push(kanaf, database, *edit, first) for edit in zip(callers, answers, strict=True)]


def make_refused(
    kanaf: Kanaf, database: DatabaseRow, document_id: str, caller: Caller
) -> str | None:
    """Somebody types an age that cannot be.

    Returns:
        The code of the edit's receipt.
    """
    first = _first_revision(kanaf, database, caller, document_id)
    return _push(kanaf, database, caller, {"age": 250}, first)


def _first_revision(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, document_id: str
) -> Document:
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        tree = reader.work(document_id).tree
        return reader.read(document_id, tree.path(tree.winner().rev)[-1], Shape())


def _push(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    answers: Mapping[str, object],
    first: Document,
) -> str | None:
    """An edit of a document's first revision; the same one whenever it is made again."""
    base = Rev.parse(first["_rev"])
    digest = hashlib.md5(f"{caller.device} {base}".encode(), usedforsecurity=False).hexdigest()
    document = {
        **{name: value for name, value in first.items() if name != "_rev"},
        "_revisions": {"start": base.generation + 1, "ids": [digest, base.digest]},
        "author": caller.person.name,
        "device": caller.device,
        "salt": digest,
        "data": {**first["data"], **answers},
    }
    (receipt,) = push(kanaf, database, caller, [document], is_replicated=True)
    return receipt.code
