"""Reading documents as one caller sees them: by id and revision, and many at once."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile, islice, takewhile
from typing import Any

from conflict.minting import stub_rev
from conflict.revision import Rev
from conflict.tree import Node, RevisionTree
from sync_server.errors import AttachmentMissing, DocumentDeleted, DocumentMissing, TooLarge
from sync_server.json_text import Written, written
from sync_server.service.caller import Caller
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.sight import Sight
from sync_server.service.vault import Body, RecordKey
from sync_server.storage.reading import Bodies, Reading
from sync_server.storage.rows import AttachmentRow, DatabaseRow, DocumentRow, LeafRow

_METADATA = ("content_type", "digest", "length")
_FARTHEST = 1000
"""How many revisions back it is looked when an attachment was added."""
_AT_ONCE = 500
"""Of how many documents trees or bodies are read at once."""
_DOCUMENTS_AHEAD, _BYTES_AHEAD = 100, 8_000_000
"""Of so many documents attachments are read at once, up to so much; a larger one is read alone."""
_MOST_CONTENTS = 8
"""So many times what one document may have, a reader opens of attachments: they are in memory."""


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
        self.sight = Sight(kanaf, reading, database, caller)
        self._works: dict[str, DocumentWork] = {}
        self._absent: set[str] = set()
        self._keys: dict[str, RecordKey] = {}
        self._contents: Mapping[tuple[str, bytes], AttachmentRow] = {}
        self._may_open = _MOST_CONTENTS * kanaf.settings.max_document_bytes

    def load(self, ids: Iterable[str], *, with_bodies: bool = False) -> None:
        """Finds some documents, as far as the caller sees them.

        Args:
            with_bodies: whether the winners' bodies will be asked for: they come along.
        """
        known = self._works.keys() | self._absent
        unknown = [one for one in dict.fromkeys(ids) if one not in known]
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            found = self.sight.found(some, with_bodies=with_bodies)
            rows = [found.documents[one] for one in some if one in found.documents]
            self._take(rows, found.bodies if with_bodies else None)
            self._absent.update(set(some) - found.documents.keys())

    def take(self, rows: Sequence[DocumentRow]) -> None:
        """Takes up documents that were found, all of which the caller sees.

        Their trees and the winners' bodies are read for many at once, when the first is looked at.
        """
        new = [row for row in rows if row.document_id not in self._works]
        for start in range(0, len(new), _AT_ONCE):
            self._take(new[start : start + _AT_ONCE])

    def _take(self, rows: Sequence[DocumentRow], bodies: Bodies | None = None) -> None:
        ids = [row.document_id for row in rows]
        winners = [(row.document_id, row.winner.rev) for row in rows]
        reading, database_id = self._reading, self._database.id
        # Without `self`, which has the works: what refers to itself stays until it is looked for.
        revisions = cache(lambda: reading.revisions(database_id, ids))
        sealed = cache(lambda: reading.bodies(database_id, winners) if bodies is None else bodies)
        self._unwrap({row.record_id for row in rows})
        for row in rows:
            self._works[row.document_id] = DocumentWork(
                reading,
                database_id,
                self._keys[row.record_id],
                row.document_id,
                row,
                revisions,
                sealed,
            )

    def _unwrap(self, records: Collection[str]) -> None:
        for record_id, record in self.sight.records(records - self._keys.keys()).items():
            self._keys[record_id] = self._vault.record_key(record_id, record.wrapped_key)

    def forget(self, ids: Collection[str]) -> None:
        """Drops some documents: who looks at a whole feed would hold all of it in the end."""
        for document_id in ids:
            self._works.pop(document_id, None)

    def work(self, document_id: str) -> DocumentWork:
        """A document's tree and bodies.

        Raises:
            DocumentMissing: the caller sees no such document.
        """
        if document_id not in self._works and document_id not in self._absent:
            self.load([document_id], with_bodies=True)
        try:
            return self._works[document_id]
        except KeyError:
            raise DocumentMissing from None

    def leaves(self, document_id: str) -> Sequence[LeafRow]:
        """A document's leaves, the winner first.

        Raises:
            DocumentMissing: the caller sees no such document.
        """
        row = self.work(document_id).row
        assert row is not None, "a document that is read exists"
        return row.leaves

    def winner(self, document_id: str) -> Rev:
        """A document's winner.

        Raises:
            DocumentMissing: the caller sees no such document.
            DocumentDeleted: the winner is a tombstone.
        """
        winner = self.leaves(document_id)[0]
        if winner.deleted:
            raise DocumentDeleted
        return winner.rev

    def read(self, document_id: str, rev: Rev, shape: Shape) -> Body:
        """A revision as a document.

        Raises:
            DocumentMissing: the caller sees no such revision, or its body is not here.
            TooLarge: it comes with attachments, of which too much was told before.
        """
        work = self.work(document_id)
        body = dict(_body(work, rev))
        attachments = body.pop("_attachments", None)
        document: Body = {"_id": document_id, "_rev": str(rev), **body}
        if _is_deleted(work, rev, self.leaves(document_id)):
            document["_deleted"] = True
        if attachments:
            path = _path(work, rev)
            known = next((one.generation for one in path if one in shape.since), 0)
            document["_attachments"] = shown = {}
            for name, metadata in attachments.items():
                added_at = _added_at(work, rev, name)
                told = shape.attachments and added_at > known
                shown[name] = {key: metadata[key] for key in _METADATA} | {"revpos": added_at}
                if not told or shape.follows:
                    shown[name]["follows" if told else "stub"] = True
                else:
                    del shown[name]["length"]
                    content = self._content(work, rev, metadata)
                    shown[name]["data"] = base64.b64encode(content).decode()
        return {**document, **self._history(work, rev, shape)}

    def tell(self, document_id: str, rev: Rev, shape: Shape) -> Written:
        """What `read` gives, as JSON; a body without attachments is not taken apart for it.

        Raises:
            DocumentMissing, TooLarge: see `read`.
        """
        work = self.work(document_id)
        content = work.content(rev)
        is_plain = content is not None and b'"_attachments"' not in content
        if content is None or not is_plain or _is_deleted(work, rev, self.leaves(document_id)):
            return Written(written(self.read(document_id, rev, shape)))
        members = {"_id": document_id, "_rev": str(rev)}
        head = written({**members, **self._history(work, rev, shape)})
        return Written(head[:-1] + (b"," + content[1:] if content != b"{}" else b"}"))

    def _history(self, work: DocumentWork, rev: Rev, shape: Shape) -> Body:
        """The members that tell of other revisions."""
        members: Body = {}
        path = _path(work, rev) if shape.revisions or shape.revs_info else ()
        if shape.revisions:
            ids = [one.digest for one in path]
            members["_revisions"] = {"start": rev.generation, "ids": ids}
        if shape.revs_info:
            members["_revs_info"] = [
                {"rev": str(one), "status": _status(work.tree[one])} for one in path
            ]
        for asked, name, deleted in (
            (shape.conflicts, "_conflicts", False),
            (shape.deleted_conflicts, "_deleted_conflicts", True),
        ):
            others = (leaf for leaf in self.leaves(work.document_id) if leaf.deleted == deleted)
            found = [str(leaf.rev) for leaf in others if leaf.rev != rev]
            if asked and found:
                members[name] = found
        return members

    def latest(self, document_id: str, rev: Rev) -> list[Rev]:
        """The leaves that descend from a revision, as they would win; none where the caller sees no
        such revision. What became a leaf since the document was found is not told: it is another
        question whether the caller sees that.
        """
        try:
            tree = self.work(document_id).tree
        except DocumentMissing:
            return []
        if rev not in tree:
            return []
        above = {rev}
        waiting = [rev]
        while waiting:
            children = tree.children(waiting.pop())
            waiting.extend(children)
            above.update(children)
        return [leaf.rev for leaf in self.leaves(document_id) if leaf.rev in above]

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
            TooLarge: see `read`.
        """
        revision = rev or self.winner(document_id)
        work = self.work(document_id)
        metadata = _body(work, revision).get("_attachments", {}).get(name)
        if metadata is None:
            raise AttachmentMissing
        content = self._content(work, revision, metadata)
        return {key: metadata[key] for key in _METADATA}, content

    def _content(self, work: DocumentWork, rev: Rev, metadata: Mapping[str, Any]) -> bytes:
        record_id, key = self._kept_at(work)
        digest = key.attachment_digest(metadata["sha256"])
        if (record_id, digest) not in self._contents:
            wanted = {(record_id, digest): None} | self._wanted_next(work, rev)
            self._contents = self._reading.attachments(self._database.id, wanted)
        if (record_id, digest) not in self._contents:  # its revision was forgotten a moment ago
            raise DocumentMissing
        self._may_open -= metadata["length"]
        if self._may_open < 0:
            raise TooLarge
        return key.open_attachment(digest, self._contents[record_id, digest].content)

    def _wanted_next(self, work: DocumentWork, rev: Rev) -> dict[tuple[str, bytes], None]:
        """The attachments of a revision, and where it is a winner, of the winners of those
        documents that were loaded after its own, as many as are held at once.
        """
        wanted: dict[tuple[str, bytes], None] = {}
        size = 0
        is_winner = rev == self.leaves(work.document_id)[0].rev
        following = dropwhile(lambda name: name != work.document_id, self._works)
        for name in islice(following, _DOCUMENTS_AHEAD if is_winner else 1):
            one = self._works[name]
            shown = rev if one is work else self.leaves(name)[0].rev
            record_id, key = self._kept_at(one)
            for metadata in _body(one, shown).get("_attachments", {}).values():
                size += metadata["length"]
                if size > _BYTES_AHEAD:
                    return wanted
                wanted[record_id, key.attachment_digest(metadata["sha256"])] = None
        return wanted

    def _kept_at(self, work: DocumentWork) -> tuple[str, RecordKey]:
        assert work.row is not None, "a document that is read exists"
        return work.row.record_id, self._keys[work.row.record_id]


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


def _body(work: DocumentWork, rev: Rev) -> Body:
    try:
        return work.body(rev)
    except KeyError:
        raise DocumentMissing from None


def _path(work: DocumentWork, rev: Rev) -> Sequence[Rev]:
    """A revision and its ancestors.

    Raises:
        DocumentMissing: it was forgotten since its document was found.
    """
    if rev not in work.tree:
        raise DocumentMissing
    return work.tree.path(rev)


def _is_deleted(work: DocumentWork, rev: Rev, leaves: Sequence[LeafRow]) -> bool:
    leaf = next((one for one in leaves if one.rev == rev), None)
    if leaf is not None:
        return leaf.deleted
    return work.tree[_path(work, rev)[0]].deleted


def _status(node: Node) -> str:
    if not node.stored:
        return "missing"
    return "deleted" if node.deleted else "available"
