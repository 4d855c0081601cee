"""The revision tree of one document, as CouchDB keeps it.

Every revision names its parent; replicas exchange paths and insert them in any order. The tree
alone says which leaf all replicas show (the winner), without anybody being asked. What Kanaf adds
is the `Kind` of a revision: written by a person, or minted by the service.

A tree costs what is put into it, not what it holds: leaves are kept in order, and a path is walked
only as far as it tells something new.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conflict.revision import Rev


class Kind(StrEnum):
    """Who made a revision, and what for.

    The first letter of a minted revision's digest tells its kind (`conflict.minting`), so a server
    that has not yet received a merge's body knows that it has to wait for one.
    """

    AUTHORED = "authored"  # written by a person, or by a client of an open database
    MERGE = "merge"  # the canonical revision of several heads, or of open units
    CLOSING = "closing"  # the tombstone of a leaf that a merge stands for
    TOUCH = "touch"  # the same body once more, above a leaf that was closed or hidden
    REFUSAL = "refusal"  # the tombstone of an edit that was not accepted, and is nobody's word
    STUB = "stub"  # a deletion shown to one user whose access ended
    NOTICE = "notice"  # what is derived from an open unit of another document


@dataclass(frozen=True, slots=True)
class Node:
    """One revision in a tree.

    Attributes:
        stored: whether the body is known here; the interior of a pushed path is known by id only.
        of: the authored heads that a MERGE stands for, ascending; empty for every other kind, and
            for a merge whose body has not arrived.
    """

    rev: Rev
    parent: Rev | None = None
    deleted: bool = False
    kind: Kind = Kind.AUTHORED
    stored: bool = True
    of: tuple[Rev, ...] = ()


class RevisionTree:
    """A document's revisions by id.

    A forest where ancestors are unknown or a document was created twice. A revision is what its
    whole id says: the same digest in another generation is another revision.
    """

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self._nodes: dict[Rev, Node] = {node.rev: node for node in nodes}
        self._children: dict[Rev, list[Rev]] = {}
        for node in self._nodes.values():
            if node.parent is not None:
                self._children.setdefault(node.parent, []).append(node.rev)
        # The leaves, the winner last.
        self._leaves = sorted(
            _place(node) for rev, node in self._nodes.items() if rev not in self._children
        )
        # Some ancestor of a revision, as far up as was once walked from it.
        self._shortcuts: dict[Rev, Rev] = {}

    @classmethod
    def of_leaves(cls, leaves: Iterable[Node]) -> RevisionTree:
        """A tree of which nothing but the leaves is known, as `stem(1)` leaves it."""
        return cls(_below(leaf, None) for leaf in leaves)

    def __contains__(self, rev: object) -> bool:
        return rev in self._nodes

    def __getitem__(self, rev: Rev) -> Node:
        return self._nodes[rev]

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, rev: Rev) -> Node | None:
        """The revision's node, or None where the id is unknown."""
        return self._nodes.get(rev)

    def children(self, rev: Rev) -> Sequence[Rev]:
        """The revisions whose parent is `rev`, in the order of their arrival."""
        return self._children.get(rev, ())

    def insert(self, path: Sequence[Node]) -> tuple[Node, ...]:
        """Adds a revision with its ancestors; any order and repetition give the same tree.

        The first parent that is told of a revision stays. Only a forger tells another one, since
        ids are digests of what they stand on; such a path is followed no further.

        Args:
            path: the revision first, then its ancestors, newest first, one generation a step;
                parents follow from the order. Ancestors come without bodies (`stored=False`); of
                one that is known already nothing is taken but its own ancestors.

        Returns:
            The nodes that are new or know more than before, ancestors first.

        Source: CouchDB, couch_key_tree.erl, merge/2.
        """
        changed: list[Node] = []
        position = 0
        while position < len(path):
            known = self._nodes.get(path[position].rev)
            arriving = path[position] if position == 0 or known is None else known
            above = path[position + 1].rev if position + 1 < len(path) else None
            node = _joined(known, arriving, above)
            if node is not known:
                changed.append(node)
            if known is None or known.parent is None:
                position += 1
                continue
            root = self._root(known.rev)
            position += known.rev.generation - root.generation
            if position >= len(path) or path[position].rev != root:
                break
        for node in changed:
            self._put(node)
        return tuple(reversed(changed))

    def stem(self, limit: int) -> tuple[Rev, ...]:
        """Forgets the ancestors that no leaf has among its newest.

        A leaf counts as the first of its own; what stands above a forgotten revision becomes a
        root. All leaves stay, so the winner does too. A path that is inserted again brings back
        what was forgotten.

        Args:
            limit: how many revisions a leaf keeps, itself included; at least 1.

        Returns:
            The forgotten revisions.

        Raises:
            ValueError: the limit is below 1.

        Source: CouchDB, couch_key_tree.erl, stem/2.
        """
        if limit < 1:
            raise ValueError("a leaf keeps itself at least")
        left: dict[Rev, int] = {rev: limit for _, rev in self._leaves}
        forgotten: list[Rev] = []
        for rev in sorted(self._nodes, reverse=True):  # children before their parents
            if left[rev] == 0:
                forgotten.append(rev)
            parent = self._nodes[rev].parent
            if parent is not None:
                left[parent] = max(left.get(parent, 0), left[rev] - 1)
        self._forget(forgotten)
        return tuple(forgotten)

    def purge(self, revs: Collection[Rev]) -> tuple[Rev, ...]:
        """Forgets leaves, and the ancestors that no other leaf has.

        Args:
            revs: those that are no leaves stay as they are.

        Returns:
            The forgotten revisions.

        Source: CouchDB, couch_key_tree.erl, remove_leafs/2.
        """
        kept: set[Rev] = set()
        for leaf in self.leaves():
            above = None if leaf.rev in revs else leaf.rev
            while above is not None and above not in kept:
                kept.add(above)
                above = self._nodes[above].parent
        forgotten = tuple(rev for rev in self._nodes if rev not in kept)
        self._leaves = [place for place in self._leaves if place[1] in kept]
        self._forget(forgotten)
        return forgotten

    def path(self, rev: Rev) -> tuple[Rev, ...]:
        """`rev` and its known ancestors, newest first.

        Raises:
            KeyError: the revision is unknown.
        """
        path = [rev]
        parent = self._nodes[rev].parent
        while parent is not None:
            path.append(parent)
            parent = self._nodes[parent].parent
        return tuple(path)

    def leaves(self) -> tuple[Node, ...]:
        """The revisions without children, the winner first, then as CouchDB orders conflicts."""
        return tuple(self._nodes[rev] for _, rev in reversed(self._leaves))

    def live_leaves(self) -> tuple[Node, ...]:
        """The leaves that are not deleted, the winner first."""
        return tuple(node for node in self.leaves() if not node.deleted)

    def winner(self) -> Node:
        """The leaf that all replicas pick without asking each other.

        A live leaf beats a tombstone; then the higher generation, then the greater digest.

        Raises:
            ValueError: the tree is empty.

        Source: CouchDB, couch_doc.erl, to_doc_info_path/1.
        """
        if not self._leaves:
            raise ValueError("an empty tree has no winner")
        return self._nodes[self._leaves[-1][1]]

    def conflicts(self) -> tuple[Node, ...]:
        """The live leaves beside the winner, in CouchDB's order: as they would win.

        Source: CouchDB, couch_db.erl, doc_meta_info/3.
        """
        return tuple(node for node in self.leaves()[1:] if not node.deleted)

    def deleted_conflicts(self) -> tuple[Node, ...]:
        """The tombstones beside the winner, in CouchDB's order: as they would win.

        Source: CouchDB, couch_db.erl, doc_meta_info/3.
        """
        return tuple(node for node in self.leaves()[1:] if node.deleted)

    def _put(self, node: Node) -> None:
        """Takes a node in; its children are in already."""
        known = self._nodes.get(node.rev)
        self._nodes[node.rev] = node
        if node.rev not in self._children:
            if known is not None:
                self._take_leaf(known)
            insort(self._leaves, _place(node))
        if node.parent is not None and (known is None or known.parent is None):
            parent = self._nodes.get(node.parent)
            if parent is not None and parent.rev not in self._children:
                self._take_leaf(parent)
            self._children.setdefault(node.parent, []).append(node.rev)

    def _take_leaf(self, node: Node) -> None:
        del self._leaves[bisect_left(self._leaves, _place(node))]

    def _root(self, rev: Rev) -> Rev:
        """The oldest known ancestor of a known revision; as good as at once when asked again."""
        walked = []
        while True:
            above = self._shortcuts.get(rev) or self._nodes[rev].parent
            if above is None:
                break
            walked.append(rev)
            rev = above
        self._shortcuts.update((one, rev) for one in walked)
        return rev

    def _forget(self, revs: Iterable[Rev]) -> None:
        """Removes revisions; leaves are taken out of their order before."""
        for rev in revs:
            del self._nodes[rev]
            for child in self._children.pop(rev, ()):
                if child in self._nodes:
                    self._nodes[child] = _below(self._nodes[child], None)
        self._children = {
            rev: kept
            for rev, children in self._children.items()
            if (kept := [child for child in children if child in self._nodes])
        }
        self._shortcuts.clear()


def plain_path(revs: Sequence[Rev], *, deleted: bool = False) -> tuple[Node, ...]:
    """The path of an authored revision: its body is known, those of its ancestors are not."""
    interior = (Node(rev, stored=False) for rev in revs[1:])
    return (Node(revs[0], deleted=deleted), *interior)


def _place(node: Node) -> tuple[bool, Rev]:
    """What leaves are ordered by."""
    return not node.deleted, node.rev


def _joined(known: Node | None, arriving: Node, parent: Rev | None) -> Node:
    """What is known of a revision when an arriving path is added to what was known before."""
    if known is None:
        return _below(arriving, parent)
    kept = known.parent if known.parent is not None else parent
    return _below(arriving if arriving.stored and not known.stored else known, kept)


def _below(node: Node, parent: Rev | None) -> Node:
    """The node as a child of `parent`; written out, since `dataclasses.replace` is slow here."""
    if node.parent == parent:
        return node
    return Node(node.rev, parent, node.deleted, node.kind, node.stored, node.of)
