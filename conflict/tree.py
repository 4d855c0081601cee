"""The revision tree of one document, as CouchDB keeps it.

Every revision names its parent; replicas exchange paths and insert them in any order. The tree
alone says which leaf all replicas show (the winner), without anybody being asked. What Kanaf adds
is the `Kind` of a revision: written by a person, or minted by the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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

    A forest where ancestors are unknown or a document was created twice.
    """

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self._nodes: dict[Rev, Node] = {}
        self._children: dict[Rev, list[Rev]] = {}
        for node in nodes:
            self._put(node)

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

        Args:
            path: the revision first, then its ancestors, newest first, one generation a step;
                parents follow from the order.

        Returns:
            The nodes that are new or know more than before, ancestors first.

        Source: CouchDB, couch_key_tree.erl, merge/2.
        """
        changed: list[Node] = []
        parent: Rev | None = None
        for arriving in reversed(path):
            known = self._nodes.get(arriving.rev)
            node = _joined(known, arriving, parent)
            if node != known:
                self._put(node)
                changed.append(node)
            parent = node.rev
        return tuple(changed)

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
        return tuple(
            sorted(
                (node for rev, node in self._nodes.items() if rev not in self._children),
                key=lambda node: (not node.deleted, node.rev),
                reverse=True,
            )
        )

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
        if not self._nodes:
            raise ValueError("an empty tree has no winner")
        return self.leaves()[0]

    def _put(self, node: Node) -> None:
        known = self._nodes.get(node.rev)
        self._nodes[node.rev] = node
        if node.parent is not None and (known is None or known.parent is None):
            self._children.setdefault(node.parent, []).append(node.rev)


def plain_path(revs: Sequence[Rev], *, deleted: bool = False) -> tuple[Node, ...]:
    """The path of an authored revision: its body is known, those of its ancestors are not."""
    interior = tuple(Node(rev, stored=False) for rev in revs[1:])
    return (Node(revs[0], deleted=deleted), *interior)


def _joined(known: Node | None, arriving: Node, parent: Rev | None) -> Node:
    """What is known of a revision when an arriving path is added to what was known before."""
    if known is None:
        return replace(arriving, parent=parent)
    kept = known.parent if known.parent is not None else parent
    if arriving.stored and not known.stored:
        return replace(arriving, parent=kept)
    return known if known.parent == kept else replace(known, parent=kept)
