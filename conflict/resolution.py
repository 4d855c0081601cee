"""What a document shows once its heads are merged, and what has to be minted for it.

Invariant: after the revisions named by a resolution are added, exactly one live leaf stands, unless
the resolution waits for something that has not arrived; adding them again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conflict import minting
from conflict.canonical import Json
from conflict.graph import AuthoredGraph
from conflict.merge import Bodies, Merged, merge_body, merged
from conflict.minting import Version, closing_rev, merge_rev, merge_version, tip, touch_rev
from conflict.revision import Rev
from conflict.rules import Body, FormRules
from conflict.tree import Kind, Node, RevisionTree


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
        leaf: the live leaf that stands; None while waiting, and for a document that all have
            deleted.
        minted: revisions to add, parents first; those that the tree has already are left out.
        merge: what the heads come to; None where nothing is to merge, where a newer server's merge
            stands, and while waiting.
        waits_for: revisions (or, where the form revision is unknown here, heads) without which
            nothing may be merged; the live leaves stand side by side until then.
    """

    leaf: Rev | None
    minted: tuple[Minted, ...] = ()
    merge: Merged | None = None
    waits_for: frozenset[Rev] = frozenset()


def resolution(
    key: bytes, document_id: str, graph: AuthoredGraph, bodies: Bodies, form: FormRules
) -> Resolution:
    """Merges the heads of a document.

    Args:
        key: the programme key, by which all servers of a programme mint the same ids.
        bodies: those of `needed_bodies(graph)`, as far as they have arrived.
    """
    tree = graph.tree
    unknown = {rev for rev in graph.heads if not tree[rev].stored}
    unknown |= graph.awaited | (graph.skeleton - bodies.keys()) | _merged_elsewhere(tree)
    if unknown:
        return Resolution(None, waits_for=frozenset(unknown))
    merge = merge_of(graph, bodies, form)
    version = Version(minting.RULES_VERSION, form.policy)
    others = [node.rev for node in tree if _is_merge_of(node, graph.heads)]
    is_outdated = any(merge_version(other) < version for other in others)
    minted = _canonical(key, document_id, graph, merge, version, must=is_outdated)
    better = _better_merge(others, minted, version, is_known=merge is not None)
    if merge is None and graph.skeleton and not better:
        return Resolution(None, waits_for=frozenset(graph.heads))
    if better:
        merge = minted = None
    standing = better or (minted.node.rev if minted else _winning_head(graph))
    revived = _revived(key, document_id, tree, standing)
    leaf = revived.node.rev if revived else _shown(tree, standing)
    additions = [one for one in (minted, revived) if one and not _is_stored(tree, one.node.rev)]
    closed = _closings(key, document_id, tree, leaf, {one.node.parent for one in additions})
    is_deleted = minted is None and leaf in tree and tree[leaf].deleted
    return Resolution(None if is_deleted else leaf, (*additions, *closed), merge)


def needed_bodies(graph: AuthoredGraph) -> frozenset[Rev]:
    """The revisions whose bodies a merge depends on; empty where nothing is to merge."""
    return frozenset(rev for rev in graph.skeleton if _is_stored(graph.tree, rev))


def merge_of(graph: AuthoredGraph, bodies: Bodies, form: FormRules) -> Merged | None:
    """What the heads come to, all bodies read as of their highest form revision.

    None where there is nothing to merge, or that revision is not known here.

    Args:
        bodies: at least those of `graph.skeleton`.
    """
    if not graph.skeleton:
        return None
    read = {rev: bodies[rev] for rev in graph.skeleton}
    highest = max(map(_form_revision, read.values()))
    if highest not in {0, *form.revisions}:
        return None
    upgraded = {
        rev: form.upgrade(body, highest) if _form_revision(body) else body
        for rev, body in read.items()
    }
    version = Version(minting.RULES_VERSION, form.policy)
    outdated = [
        merge
        for merge in graph.edited_merges
        if merge_version(merge) != version or _form_revision(bodies[merge]) != highest
    ]
    return merged(graph, upgraded, form, highest, outdated)


def _form_revision(body: Body) -> int:
    """The form revision that a body was filled in; 0 for a tombstone, which has none."""
    revision = body.get("form_rev")
    return revision if isinstance(revision, int) else 0


def _merged_elsewhere(tree: RevisionTree) -> frozenset[Rev]:
    """Heads that another server has merged and that have not arrived here.

    Its merge knows more than this server does: closing it would take back what is to stand once
    those heads are here.
    """
    live = (node for node in tree.live_leaves() if node.kind is Kind.MERGE)
    return frozenset(rev for node in live for rev in node.of if rev not in tree)


def _is_merge_of(node: Node, heads: tuple[Rev, ...]) -> bool:
    return node.kind is Kind.MERGE and node.stored and node.of == heads


def _better_merge(
    others: Sequence[Rev], mine: Minted | None, version: Version, *, is_known: bool
) -> Rev | None:
    """Another server's merge of these heads that is to stand instead of ours.

    It was made by newer rules or a newer policy; or by the same and is the greater one, as it
    happens where two servers have different forms under one revision: both have to stop somewhere.

    Args:
        others: all merges of these heads.
        mine: None where a head stands for itself, or (unless `is_known`) it cannot be known.
    """
    best = max(others, key=lambda rev: (merge_version(rev), rev), default=None)
    if best is None or merge_version(best) < version:
        return None
    if merge_version(best) > version:
        return best
    return best if is_known and (mine is None or best > mine.node.rev) else None


def _winning_head(graph: AuthoredGraph) -> Rev:
    return max(graph.heads, key=lambda rev: (not graph.tree[rev].deleted, rev))


def _canonical(
    key: bytes,
    document_id: str,
    graph: AuthoredGraph,
    merge: Merged | None,
    version: Version,
    *,
    must: bool,
) -> Minted | None:
    """The revision that stands for the heads; None where one of them stands for itself.

    A settlement gets one too: what it decided must not depend on whether its body is known to
    every server once somebody has edited it (ADR 0008).

    Args:
        must: whether there has to be one, because the servers that have made another by older rules
            would not let a head stand.
    """
    if merge is None or merge.deleted:
        return None
    is_quiet = not merge.open and not merge.told and not merge.settled_by(graph.heads)
    if is_quiet and merge.is_as_written and not must:
        return None
    body = merge_body(merge, graph.heads, version)
    parent = _winning_head(graph)
    rev = merge_rev(key, document_id, parent, body)
    return Minted(Node(rev, parent, kind=Kind.MERGE, of=graph.heads), body)


def _is_stored(tree: RevisionTree, rev: Rev) -> bool:
    """Whether a revision is here with its body; another server's tombstone may name it before."""
    node = tree.get(rev)
    return node is not None and node.stored


def _shown(tree: RevisionTree, standing: Rev) -> Rev:
    return tip(tree, standing).rev if standing in tree else standing


def _revived(key: bytes, document_id: str, tree: RevisionTree, standing: Rev) -> Minted | None:
    """A touch above the standing revision, where it is no leaf: it was closed before it came to
    stand, or a merge of it and of what turned out to be its ancestor stood on it.
    """
    if standing not in tree:
        return None
    shown = tip(tree, standing).rev
    if not tree.children(shown):
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
