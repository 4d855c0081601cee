"""Reading documents: by id and revision, many at once, and what a client lacks of them."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any

from conflict.minting import stub_rev
from conflict.revision import Rev
from conflict.revs_diff import revs_diff
from conflict.tree import Node, RevisionTree
from sync_server.errors import AttachmentMissing, DocumentDeleted, DocumentMissing
from sync_server.service.caller import Caller
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.sight import Sight
from sync_server.service.vault import Body, RecordKey
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow, DocumentRow

_METADATA = ("content_type", "digest", "length")
_FARTHEST = 1000
"""How many revisions back it is looked when an attachment was added."""


@dataclass(frozen=True)
class Shape:
    """Which members an answered document has beside its answers.

    Attributes:
        attachments: contents instead of stubs.
        follows: contents are only announced, because they are told beside the document.
        since: revisions that the reader has; what was attached to the newest of them that is an
            ancestor, and has not changed since, stays a stub.
    """

    revisions: bool = False
    revs_info: bool = False
    conflicts: bool = False
    deleted_conflicts: bool = False
    attachments: bool = False
    follows: bool = False
    since: frozenset[Rev] = frozenset()

    @property
    def is_of_one_revision(self) -> bool:
        """Whether nothing is told that changes while the document's own revision stays."""
        return not (self.revs_info or self.conflicts or self.deleted_conflicts)


class DocumentReader:
    """Documents as one caller sees them, within one reading transaction."""

    def __init__(
        self, kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller
    ) -> None:
        self._reading = reading
        self._database = database
        self._caller = caller
        self._vault = kanaf.vault(database)
        self.sight = Sight(reading, database, caller)
        self._works: dict[str, DocumentWork] = {}
        self._keys: dict[str, RecordKey] = {}

    def load(self, ids: Collection[str], *, with_bodies: bool = False) -> None:
        """Reads the trees of some documents, as far as the caller sees them.

        Args:
            with_bodies: whether the winners' bodies will be asked for: they are read in one
                question, at the first of them.
        """
        rows = self.sight.documents(set(ids) - self._works.keys())
        records = self._reading.records(self._database.id, {row.record_id for row in rows.values()})
        for record_id, record in records.items():
            if record_id not in self._keys:
                self._keys[record_id] = self._vault.record_key(record_id, record.wrapped_key)
        revisions = self._reading.revisions(self._database.id, rows)
        winners = [(document_id, row.winner.rev) for document_id, row in rows.items()]
        sealed = cache(lambda: self._reading.bodies(self._database.id, winners))
        for document_id, row in rows.items():
            key = self._keys[row.record_id]
            self._works[document_id] = DocumentWork(
                self._reading,
                self._database.id,
                key,
                document_id,
                row,
                revisions[document_id],
                sealed if with_bodies else dict,
            )

    def forget(self, ids: Collection[str]) -> None:
        """Drops some documents: who looks at a whole feed would hold all of it in the end."""
        for document_id in ids:
            self._works.pop(document_id, None)

    def tree(self, document_id: str) -> RevisionTree | None:
        """A document's tree; None where the caller sees no such document."""
        if document_id not in self._works:
            self.load([document_id])
        work = self._works.get(document_id)
        return work.tree if work else None

    def work(self, document_id: str) -> DocumentWork:
        """A document's tree and bodies.

        Raises:
            DocumentMissing: the caller sees no such document.
        """
        if self.tree(document_id) is None:
            raise DocumentMissing
        return self._works[document_id]

    def winner(self, document_id: str) -> Node:
        """A document's winner.

        Raises:
            DocumentMissing: the caller sees no such document.
            DocumentDeleted: the winner is a tombstone.
        """
        tree = self.tree(document_id)
        if tree is None:
            raise DocumentMissing
        winner = tree.winner()
        if winner.deleted:
            raise DocumentDeleted
        return winner

    def read(self, document_id: str, rev: Rev, shape: Shape) -> Body:
        """A revision as a document.

        Raises:
            DocumentMissing: the caller sees no such revision, or its body is not here.
        """
        work = self._holding(document_id, rev)
        body = dict(work.body(rev))
        attachments = body.pop("_attachments", None)
        document: Body = {"_id": document_id, "_rev": str(rev), **body}
        if work.tree[rev].deleted:
            document["_deleted"] = True
        if attachments:
            known = next((one.generation for one in work.tree.path(rev) if one in shape.since), 0)
            document["_attachments"] = shown = {}
            for name, metadata in attachments.items():
                added_at = _added_at(work, rev, name)
                told = shape.attachments and added_at > known
                shown[name] = {key: metadata[key] for key in _METADATA} | {"revpos": added_at}
                if not told or shape.follows:
                    shown[name]["follows" if told else "stub"] = True
                else:
                    del shown[name]["length"]
                    content = self._content(work, metadata)
                    shown[name]["data"] = base64.b64encode(content).decode()
        return {**document, **_history(work.tree, rev, shape)}

    def _holding(self, document_id: str, rev: Rev) -> DocumentWork:
        """The document that holds a revision's body.

        Raises:
            DocumentMissing: the caller sees no such revision, or its body is not here.
        """
        tree = self.tree(document_id)
        node = tree.get(rev) if tree else None
        if node is None or not node.stored:
            raise DocumentMissing
        return self._works[document_id]

    def latest(self, document_id: str, rev: Rev) -> list[Rev]:
        """The leaves that descend from a revision, as they would win; none where the caller sees no
        such revision.
        """
        tree = self.tree(document_id)
        if tree is None or rev not in tree:
            return []
        above = {rev}
        waiting = [rev]
        while waiting:
            children = tree.children(waiting.pop())
            waiting.extend(children)
            above.update(children)
        return [leaf.rev for leaf in tree.leaves() if leaf.rev in above]

    def stub(self, document_id: str, rev: Rev) -> Body | None:
        """The deletion that the caller is shown of a document that was revoked, if that is what
        `rev` names.
        """
        if rev.digest[:1] != "s" or self.sight.sees_everything:
            return None
        reader = self._caller.person.id
        row = self._reading.inbox_rows(self._database.id, reader, [document_id]).get(document_id)
        for leaf in (row.revoked_leaves or ()) if row else ():
            if rev == self.stub_of(document_id, leaf):
                return self._stub(document_id, rev, leaf)
        return None

    def _stub(self, document_id: str, rev: Rev, leaf: Rev) -> Body:
        """A stub with the whole path to it: the client may hold any revision on it as its leaf."""
        revisions = self._reading.revisions(self._database.id, [document_id])[document_id]
        path = RevisionTree(revision.node for revision in revisions).path(leaf)
        ids = [rev.digest, *(one.digest for one in path)]
        return {
            "_id": document_id,
            "_rev": str(rev),
            "_deleted": True,
            "_revisions": {"start": rev.generation, "ids": ids},
        }

    def stub_of(self, document_id: str, leaf: Rev) -> Rev:
        """The id of the caller's stub above a leaf."""
        return stub_rev(self._vault.programme_key, document_id, leaf, self._caller.reader)

    def attachment(self, document_id: str, rev: Rev | None, name: str) -> tuple[Body, bytes]:
        """An attachment's metadata (`content_type`, `digest`, `length`) and content.

        Raises:
            DocumentMissing, DocumentDeleted: as for the document.
            AttachmentMissing: the revision has none of that name.
        """
        revision = rev or self.winner(document_id).rev
        work = self._holding(document_id, revision)
        metadata = work.body(revision).get("_attachments", {}).get(name)
        if metadata is None:
            raise AttachmentMissing
        content = self._content(work, metadata)
        return {key: metadata[key] for key in _METADATA}, content

    def _content(self, work: DocumentWork, metadata: Mapping[str, Any]) -> bytes:
        assert work.row is not None, "a document that is read exists"
        record_id = work.row.record_id
        key = self._keys[record_id]
        digest = key.attachment_digest(metadata["sha256"])
        found = self._reading.attachments(self._database.id, [(record_id, digest)])
        return key.open_attachment(digest, found[record_id, digest].content)


def lacking(
    reader: DocumentReader, asked: Mapping[str, Sequence[Rev]]
) -> dict[str, dict[str, list[Rev]]]:
    """What the database lacks of what a client offers, by document (`_revs_diff`).

    A revision of which only the id is known counts as known, as in CouchDB; so does the caller's
    own stub. Of a document that the caller does not see everything is lacking.

    Returns:
        `missing`, and `possible_ancestors` where there are any; documents that lack nothing are
        left out.
    """
    reader.load(asked.keys())
    answer: dict[str, dict[str, list[Rev]]] = {}
    for document_id, revs in asked.items():
        tree = reader.tree(document_id)
        offered = (rev for rev in revs if not _is_stub(reader, tree, document_id, rev))
        diff = revs_diff(tree or RevisionTree(), offered)
        if diff.missing:
            answer[document_id] = {"missing": list(diff.missing)}
        if diff.possible_ancestors:
            answer[document_id]["possible_ancestors"] = list(diff.possible_ancestors)
    return answer


def open_rows(sight: Sight) -> list[DocumentRow]:
    """The documents with units that wait for a person, as far as the caller sees them."""
    return sight.visible(sight.reading.open_documents(sight.database.id))


def _added_at(work: DocumentWork, rev: Rev, name: str) -> int:
    """The generation since which a revision's attachment has been there without a change.

    An ancestor whose body is not here counts as one without it: nobody knows what it had.

    Source: CouchDB, api/document/common, `revpos`.
    """
    path = work.tree.path(rev)[:_FARTHEST]
    bodies = work.bodies(path)
    attached = [bodies.get(one, {}).get("_attachments", {}).get(name) for one in path]
    unchanged = takewhile(lambda one: one == attached[0], attached)
    return rev.generation + 1 - len(list(unchanged))


def _is_stub(reader: DocumentReader, tree: RevisionTree | None, document_id: str, rev: Rev) -> bool:
    if rev.digest[:1] != "s" or reader.sight.sees_everything:
        return False
    if reader.stub(document_id, rev) is not None:
        return True
    leaves = [node.rev for node in tree or () if node.rev.generation == rev.generation - 1]
    return any(reader.stub_of(document_id, leaf) == rev for leaf in leaves)


def _history(tree: RevisionTree, rev: Rev, shape: Shape) -> Body:
    """The members that tell of other revisions."""
    members: Body = {}
    path = tree.path(rev)
    if shape.revisions:
        ids = [one.digest for one in path]
        members["_revisions"] = {"start": rev.generation, "ids": ids}
    if shape.revs_info:
        members["_revs_info"] = [{"rev": str(one), "status": _status(tree[one])} for one in path]
    others = [leaf for leaf in tree.leaves() if leaf.rev != rev]
    for asked, name, deleted in (
        (shape.conflicts, "_conflicts", False),
        (shape.deleted_conflicts, "_deleted_conflicts", True),
    ):
        found = [str(leaf.rev) for leaf in others if leaf.deleted == deleted]
        if asked and found:
            members[name] = found
    return members


def _status(node: Node) -> str:
    if not node.stored:
        return "missing"
    return "deleted" if node.deleted else "available"
