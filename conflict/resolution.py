"""What a document shows once its heads are merged, and what has to be minted for it.

Invariant: after the revisions named by a resolution are added, exactly one live leaf stands, unless
the resolution waits for something that has not arrived; adding them again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from conflict.canonical import Json
from conflict.graph import AuthoredGraph, authored_graph
from conflict.merge import Bodies, merge_body, merged
from conflict.minting import closing_rev, merge_rev, tip, touch_rev
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree
from conflict.units import Rules


@dataclass(frozen=True)
class Minted:
    """A revision that the service adds to a document.

    Attributes:
        body: of a merge its own; None for a tombstone; a touch has the body of `node.parent`.
    """

    node: Node
    body: dict[str, Json] | None = None


@dataclass(frozen=True)
class Resolution:
    """The outcome for one document.

    Attributes:
        leaf: the live leaf that stands; None while waiting.
        minted: revisions to add, parents first; those that the tree has already are left out.
        open_units: how many units wait for a person.
        waits_for: revisions (or, with different form revisions, heads) without which nothing may be
            merged; the live leaves stand side by side until then.
    """

    leaf: Rev | None
    minted: tuple[Minted, ...] = ()
    open_units: int = 0
    waits_for: frozenset[Rev] = frozenset()


def resolution(
    key: bytes, document_id: str, tree: RevisionTree, bodies: Bodies, rules: Rules
) -> Resolution:
    """Merges the heads of a document.

    Args:
        key: the programme key, by which all servers of a programme mint the same ids.
        bodies: those of `needed_bodies(tree)`, as far as they have arrived.
        rules: of the form revision that the heads were filled in.
    """
    graph = authored_graph(tree)
    unknown = {rev for rev in graph.heads if not tree[rev].stored}
    unknown |= graph.awaited | (graph.skeleton - bodies.keys())
    waits_for = unknown | _unlike_forms(graph, bodies)
    if waits_for:
        return Resolution(None, waits_for=frozenset(waits_for))
    minted, open_units = _standing_body(key, document_id, graph, bodies, rules)
    standing = minted.node.rev if minted else graph.heads[0]
    revived = _revived(key, document_id, tree, standing)
    leaf = revived.node.rev if revived else _shown(tree, standing)
    additions = [one for one in (minted, revived) if one and not _is_stored(tree, one.node.rev)]
    closed = _closings(key, document_id, tree, leaf, {one.node.parent for one in additions})
    return Resolution(leaf, (*additions, *closed), open_units)


def needed_bodies(tree: RevisionTree) -> frozenset[Rev]:
    """The revisions whose bodies a merge depends on; empty where nothing is to merge."""
    graph = authored_graph(tree)
    return frozenset(rev for rev in graph.skeleton if _is_stored(tree, rev))


def _standing_body(
    key: bytes, document_id: str, graph: AuthoredGraph, bodies: Bodies, rules: Rules
) -> tuple[Minted | None, int]:
    """The merge that stands for the heads and how many units are open; None for one head."""
    if not graph.skeleton:
        return None, 0
    merge = merged(graph, bodies, rules)
    if len(graph.heads) == 1 and not merge.open:
        return None, 0
    body = merge_body(merge, graph.heads, bodies)
    parent = max(graph.heads)
    rev = merge_rev(key, document_id, parent, body)
    return Minted(Node(rev, parent, kind=Kind.MERGE, of=graph.heads), body), len(merge.open)


def _unlike_forms(graph: AuthoredGraph, bodies: Bodies) -> frozenset[Rev]:
    """The heads, where they were filled in different revisions of the form."""
    filled_in = {bodies[rev].get("form_rev") for rev in graph.skeleton if rev in bodies}
    return frozenset(graph.heads) if len(filled_in) > 1 else frozenset()


def _is_stored(tree: RevisionTree, rev: Rev) -> bool:
    """Whether a revision is here with its body; another server's tombstone may name it before."""
    node = tree.get(rev)
    return node is not None and node.stored


def _shown(tree: RevisionTree, standing: Rev) -> Rev:
    return tip(tree, standing).rev if standing in tree else standing


def _revived(key: bytes, document_id: str, tree: RevisionTree, standing: Rev) -> Minted | None:
    """A touch above the standing revision, where that has been closed before it came to stand."""
    if standing not in tree:
        return None
    shown = tip(tree, standing).rev
    if not any(tree[child].kind is Kind.CLOSING for child in tree.children(shown)):
        return None
    return Minted(Node(touch_rev(key, document_id, shown), shown, kind=Kind.TOUCH))


def _closings(
    key: bytes, document_id: str, tree: RevisionTree, leaf: Rev, extended: set[Rev | None]
) -> list[Minted]:
    """Tombstones for the live leaves that neither stand nor get a child."""
    return [
        Minted(
            Node(closing_rev(key, document_id, live.rev), live.rev, deleted=True, kind=Kind.CLOSING)
        )
        for live in tree.live_leaves()
        if live.rev != leaf and live.rev not in extended
    ]
