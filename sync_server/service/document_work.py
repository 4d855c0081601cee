"""One document inside a transaction: its tree, its bodies, and what has to be written of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from conflict.canonical import canonical_json
from conflict.resolution import Minted
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree
from sync_server.service.vault import Body, RecordKey
from sync_server.storage.changes import Changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DocumentRow, ForgottenRow, LeafRow, RevisionRow

_TOMBSTONE: Body = {"_deleted": True}


class DocumentWork:
    """A document that a transaction reads and extends.

    Its tree is read when somebody looks at it: of most documents only the winner is told.
    """

    def __init__(
        self,
        reading: Reading,
        database_id: int,
        key: RecordKey,
        document_id: str,
        row: DocumentRow | None,
        revisions: Callable[[], Mapping[str, Sequence[RevisionRow]]],
        sealed: Callable[[], Mapping[tuple[str, Rev], bytes]] = dict,
        *,
        leaves_only: bool = False,
    ) -> None:
        """Takes up a document.

        Args:
            row: None where it does not exist yet.
            revisions: reads revisions of it and of others, without bodies, by document, at once.
            sealed: reads bodies of it and of others, by document and revision, at once.
            leaves_only: `revisions` are the leaves. That is enough to show the document or to hide
                it; edits are not to be judged by such a tree.
        """
        self.document_id = document_id
        self.row = row
        self.open_units = row.open_units if row else 0
        self._reading = reading
        self._database_id = database_id
        self._key = key
        self._revisions = revisions
        self._written: dict[Rev, RevisionRow] = {}
        self._bodies: dict[Rev, Body] = {}
        self._sealed = sealed
        self._leaves_only = leaves_only

    @cached_property
    def _known(self) -> dict[Rev, RevisionRow]:
        revisions = self._revisions().get(self.document_id, ())
        return {revision.node.rev: revision for revision in revisions}

    @cached_property
    def tree(self) -> RevisionTree:
        """All its revisions, those that this transaction adds included."""
        nodes = (revision.node for revision in self._known.values())
        return RevisionTree.of_leaves(nodes) if self._leaves_only else RevisionTree(nodes)

    @cached_property
    def held(self) -> frozenset[Rev]:
        """The revisions that a client may show as leaves: live ones before this transaction, and
        those closed since the client last looked.

        What else this transaction adds is not among them: whoever loses access by it never sees it.
        """
        leaves = self.row.leaves if self.row else ()
        nodes = (self._known[leaf.rev].node for leaf in leaves)
        held = (
            node.parent if node.kind in (Kind.CLOSING, Kind.REFUSAL) else node.rev for node in nodes
        )
        return frozenset(rev for rev in held if rev is not None)

    @property
    def forgotten(self) -> list[Rev]:
        """The stored revisions that are no longer in the tree."""
        return [rev for rev in self._known if rev not in self.tree]

    @property
    def is_changed(self) -> bool:
        """Whether a revision was added, became known or was forgotten."""
        return bool(self._written or self.forgotten)

    def digest(self, body: Body) -> bytes:
        """The keyed digest of a body of this document."""
        return self._key.body_digest(self.document_id, body)

    def has_same_body(self, rev: Rev, body: Body) -> bool:
        """Whether a stored revision has this body."""
        row = self._written.get(rev) or self._known[rev]
        if row.digest is not None:
            return row.digest == self.digest(body)
        return self.digest(self.body(rev)) == self.digest(body)

    def is_stored(self, rev: Rev) -> bool:
        """Whether a revision is here with its body."""
        node = self.tree.get(rev)
        return node is not None and node.stored

    def insert(
        self, path: Sequence[Node], body: Body, now: float, content: bytes | None = None
    ) -> bool:
        """Adds a revision with its ancestors; of one whose body is known only what is above it.

        Args:
            content: the body's canonical JSON, where it is made already.

        Returns:
            Whether the body is one that was not known.
        """
        is_new = not self.is_stored(path[0].rev)
        for node in self.tree.insert(path):
            if is_new and node.rev == path[0].rev:
                self._write(node, body, now, content)
            else:
                self._write(node, None, now)
        return is_new

    def mint(self, minted: Minted, now: float) -> None:
        """Adds a revision that the service makes."""
        for node in self.tree.insert((minted.node, self._parent_of(minted.node))):
            self._write(node, minted.body if node.rev == minted.node.rev else None, now)

    def body(self, rev: Rev) -> Body:
        """A stored revision's body; a touch has its parent's.

        Raises:
            KeyError: there is no such revision, or its body has not arrived.
        """
        if rev not in self._bodies:
            content = self.content(rev)
            if content is None:
                return self.bodies([rev])[rev]
            self._bodies[rev] = json.loads(content)
        return self._bodies[rev]

    def content(self, rev: Rev) -> bytes | None:
        """A revision's body as canonical JSON, where it is among those read at once; else None."""
        sealed = self._sealed().get((self.document_id, rev))
        return None if sealed is None else self._key.open_body(self.document_id, rev, sealed)

    def bodies(self, revs: Collection[Rev]) -> dict[Rev, Body]:
        """Bodies by revision, in one question; those that have not arrived are left out."""
        owners = {rev: self.owner(rev).rev for rev in revs if self.tree[rev].stored}
        missing = {owner for owner in owners.values() if owner not in self._bodies}
        self._open(missing)
        for rev in missing:
            if self.tree[rev].kind in (Kind.CLOSING, Kind.REFUSAL, Kind.STUB):
                self._bodies.setdefault(rev, _TOMBSTONE)
        return {rev: self._bodies[own] for rev, own in owners.items() if own in self._bodies}

    def forgotten_bodies(self) -> list[Body]:
        """The bodies of revisions that are no longer in the tree, those included that came and went
        in this transaction.
        """
        rows = {**self._known, **self._written}
        gone = [rev for rev, row in rows.items() if row.node.stored and rev not in self.tree]
        self._open({rev for rev in gone if rev not in self._bodies})
        return [self._bodies[rev] for rev in gone if rev in self._bodies]

    def _open(self, revs: Collection[Rev]) -> None:
        """Takes up some bodies, in one question."""
        wanted = {(self.document_id, rev) for rev in revs}
        read = self._sealed() if wanted else {}
        found = {one: read[one] for one in wanted if one in read}
        found.update(self._reading.bodies(self._database_id, wanted - found.keys()))
        for (_, rev), sealed in found.items():
            self._bodies[rev] = json.loads(self._key.open_body(self.document_id, rev, sealed))

    def received_at(self, rev: Rev) -> float:
        """When a stored revision arrived here, in seconds since 1970."""
        return self._known[rev].received_at

    def live_bodies(self) -> list[Body]:
        """The bodies of all live leaves, as `seen` gives them.

        There are several only while the document waits for something that has not arrived.
        """
        return [
            self.seen(rev) for rev in self.bodies([leaf.rev for leaf in self.tree.live_leaves()])
        ]

    def seen(self, rev: Rev) -> Body:
        """A stored revision's body; a `merge` in it is one that a server made, no copy of it.

        Raises:
            KeyError: the body has not arrived.
        """
        body = self.body(rev)
        if self.owner(rev).kind is Kind.MERGE:
            return body
        return {name: member for name, member in body.items() if name != "merge"}

    def write_to(self, changes: Changes, record_id: str) -> None:
        """Names the document's rows in what the transaction writes."""
        for rev, row in self._written.items():
            node = self.tree.get(rev)
            if node is not None:
                changes.revisions.append(row if row.node is node else replace(row, node=node))
        changes.forgotten.extend(ForgottenRow(self.document_id, rev) for rev in self.forgotten)
        if not len(self.tree):
            changes.removed.append(self.document_id)
            return
        leaves = tuple(LeafRow(node.rev, node.deleted) for node in self.tree.leaves())
        changes.documents[self.document_id] = DocumentRow(
            self.document_id, record_id, 0, leaves, self.open_units
        )

    def owner(self, rev: Rev) -> Node:
        """The revision that holds the body that `rev` shows: itself, or what a touch is above."""
        node = self.tree[rev]
        while node.kind is Kind.TOUCH and node.parent is not None:
            node = self.tree[node.parent]
        return node

    def _parent_of(self, node: Node) -> Node:
        assert node.parent is not None, "a minted revision has a parent"
        return self.tree[node.parent]

    def _write(
        self, node: Node, body: Body | None, now: float, content: bytes | None = None
    ) -> None:
        before = self._written.get(node.rev) or self._known.get(node.rev)
        if before is not None and body is None:
            self._written[node.rev] = replace(self._with_body(before), node=node)
            return
        sealed = digest = None
        if body is not None:
            content = canonical_json(body) if content is None else content
            sealed, digest = self._key.seal_with_digest(self.document_id, node.rev, content)
            self._bodies[node.rev] = body
        self._written[node.rev] = RevisionRow(self.document_id, node, sealed, digest, now)

    def _with_body(self, row: RevisionRow) -> RevisionRow:
        """A row about to be written again, with the sealed body that it was read without."""
        if row.body is not None or not row.node.stored:
            return row
        wanted = (self.document_id, row.node.rev)
        return replace(row, body=self._reading.bodies(self._database_id, [wanted]).get(wanted))


def raw_json(value: object) -> str:
    """Any parsed JSON as text again, lone surrogates included: what is kept, not understood."""
    return json.dumps(value, ensure_ascii=True)
