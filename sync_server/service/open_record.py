"""Plain CouchDB semantics: documents of an open database.

An open database has no records of its own: its documents are spread over a fixed number of lots,
each with one lock and one data key.
"""

from __future__ import annotations

import hashlib

from conflict.minting import authored_rev
from conflict.revision import Rev
from conflict.tree import plain_path
from sync_server.errors import DocumentConflict, KanafError, MissingStub
from sync_server.service.detaching import left_behind
from sync_server.service.document_work import DocumentWork
from sync_server.service.incoming import Incoming
from sync_server.service.receipt import Receipt
from sync_server.service.stubs import with_stubs_found
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body
from sync_server.storage.changes import Changes
from sync_server.storage.rows import AttachmentRow

_LOTS = 256


def lot(document_id: str) -> str:
    """The lot of a document, as a record's id."""
    number = int.from_bytes(hashlib.sha256(document_id.encode()).digest()[:4], "big") % _LOTS
    return f"lot:{number:03d}"


class OpenRecord:
    """One lot of an open database in a transaction."""

    def __init__(self, transaction: Transaction, revs_limit: int, record_id: str) -> None:
        """Opens a lot.

        Args:
            revs_limit: how many revisions a leaf of a document that is written keeps, itself
                included.
        """
        self._transaction = transaction
        self._revs_limit = revs_limit
        self._row = transaction.record(record_id) or transaction.new_record(record_id)
        self._key = transaction.key(self._row)
        self._works: dict[str, DocumentWork] = {}
        self._is_cut = False
        self.changes = Changes()

    def receive(self, document: Incoming, sent: object) -> Receipt:
        """Takes one document."""
        try:
            rev = self._accept(document)
        except KanafError as error:
            refused = document.path[0] if document.is_replicated else None
            return Receipt(document.document_id, refused, error.code, error.error)
        return Receipt(document.document_id, rev)

    def conclude(self) -> Changes:
        """Everything that the transaction has to write of this lot."""
        for work in self._works.values():
            if work.is_changed:
                work.write_to(self.changes, self._row.record_id)
        if self.changes.documents:
            self.changes.records[self._row.record_id] = self._row
        if self._is_cut:
            self._detach()
        return self.changes

    def _detach(self) -> None:
        """Takes out what only revisions had that were cut off their histories."""
        record_id, attached = self._row.record_id, self.changes.attachments
        if not attached and not self._transaction.has_attachments(record_id):
            return
        left = left_behind(self._transaction, self._key, self._works)
        self.changes.attachments = [row for row in attached if row.digest not in left]
        self.changes.detached += [(record_id, one) for one in left]

    def _accept(self, document: Incoming) -> Rev:
        work = self._work(document.document_id)
        path = document.path if document.is_replicated else self._parents(work, document)
        is_known = document.is_replicated and work.is_stored(path[0])
        body = document.body if is_known else self._body(work, path, document.body)
        if not document.is_replicated:
            key = self._transaction.vault.programme_key
            parent = path[0] if path else None
            rev = authored_rev(key, work.document_id, parent, document.content_of(body))
            path = (rev, *path)
        nodes = plain_path(path, deleted=document.deleted)
        if work.insert(nodes, body, self._transaction.now, document.content_of(body)):
            self._attach(document)
        if len(work.tree) > self._revs_limit and work.tree.stem(self._revs_limit):
            self._is_cut = True
        return path[0]

    @staticmethod
    def _body(work: DocumentWork, path: tuple[Rev, ...], body: Body) -> Body:
        """A body that is not known yet, its stubs found."""
        try:
            return with_stubs_found(work, path, body)
        except KeyError:
            raise MissingStub from None

    def _attach(self, document: Incoming) -> None:
        """Keeps the contents that came with a revision."""
        for sha256, content in document.contents.items():
            digest = self._key.attachment_digest(sha256)
            sealed = self._key.seal_attachment(digest, content)
            self.changes.attachments.append(AttachmentRow(self._row.record_id, digest, sealed))

    def _parents(self, work: DocumentWork, document: Incoming) -> tuple[Rev, ...]:
        """The path that a new edit extends: a leaf, or the tombstone of a deleted document.

        Source: CouchDB, couch_db.erl, prep_and_validate_update/6.
        """
        if document.path:
            leaves = {leaf.rev for leaf in work.tree.leaves()}
            if document.path[0] not in leaves:
                raise DocumentConflict
            return work.tree.path(document.path[0])
        if not len(work.tree):
            return ()
        winner = work.tree.winner()
        if not winner.deleted:
            raise DocumentConflict
        return work.tree.path(winner.rev)

    def _work(self, document_id: str) -> DocumentWork:
        if document_id not in self._works:
            self._works[document_id] = self._transaction.document(self._key, document_id)
        return self._works[document_id]
