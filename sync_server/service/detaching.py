"""Attachments that go with the revisions that had them: after a purge, or a cut of a history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from sync_server.service.document_work import DocumentWork
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, RecordKey

_AT_ONCE = 500
"""How many bodies of other documents are held at once."""


def left_behind(
    transaction: Transaction, key: RecordKey, works: Mapping[str, DocumentWork]
) -> set[bytes]:
    """The attachments, by keyed digest, that revisions which the transaction forgets had, and that
    no document of their record has any more. Equal ones are kept once for all of it.

    Args:
        works: the documents of an open database's record that the transaction has changed, by id.
    """
    left: set[bytes] = set()
    for work in works.values():
        if gone := _named(key, work.forgotten_bodies()):
            left |= gone - _named(key, _of_leaves(work))  # as a rule, the next edit keeps them
    for bodies in _kept(transaction, key, works) if left else ():
        left -= _named(key, bodies)
        if not left:
            break
    return left


def _kept(
    transaction: Transaction, key: RecordKey, works: Mapping[str, DocumentWork]
) -> Iterator[Iterable[Body]]:
    """All bodies that the record keeps, first those of the changed documents."""
    for work in works.values():
        yield work.bodies([node.rev for node in work.tree]).values()
    others = [one for one in transaction.documents_of(key.record_id) if one not in works]
    transaction.take_up(others)
    wanted = [
        (document_id, node.rev)
        for document_id in others
        for node in transaction.document(key, document_id).tree
        if node.stored
    ]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        sealed = transaction.reading.bodies(transaction.database_id, some)
        yield (json.loads(key.open_body(*place, body)) for place, body in sealed.items())


def _of_leaves(work: DocumentWork) -> Iterable[Body]:
    return work.bodies([leaf.rev for leaf in work.tree.leaves()]).values()


def _named(key: RecordKey, bodies: Iterable[Body]) -> set[bytes]:
    return {
        key.attachment_digest(metadata["sha256"])
        for body in bodies
        for metadata in body.get("_attachments", {}).values()
    }
