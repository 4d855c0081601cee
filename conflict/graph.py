"""The authored graph: which edit saw which.

Its nodes are the revisions that people wrote. A machine merge is not a node: an edit made on a
merge saw all the heads that the merge stands for, so those are its parents. What else the service
mints (tombstones that close a leaf, touches, refusals, stubs) is looked through.

**The skeleton** is what a merge may depend on: heads, branch points, the merges that were edited
upon, and the members of those. CouchDB clients send the bodies of leaves only, so any other body
may be known on one server and not on another. A merge that nobody edited is no part of it either:
which merges exist along the way depends on the order of arrival (ADR 0004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from conflict.minting import maybe_merge
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree


@dataclass(frozen=True)
class AuthoredGraph:
    """The authored revisions of a tree.

    Attributes:
        parents: of every authored revision, the authored revisions that its author saw directly.
        awaited: revisions that an ancestor or a merge names and that have not arrived: merges
            without a body, members of a merge without a node. While any is awaited, parents are
            incomplete and nothing may be merged.
    """

    tree: RevisionTree
    parents: dict[Rev, tuple[Rev, ...]]
    awaited: frozenset[Rev]

    @cached_property
    def children(self) -> dict[Rev, set[Rev]]:
        """The authored revisions made directly on each authored revision."""
        children: dict[Rev, set[Rev]] = {rev: set() for rev in self.parents}
        for rev, parents in self.parents.items():
            for parent in parents:
                children[parent].add(rev)
        return children

    @cached_property
    def heads(self) -> tuple[Rev, ...]:
        """The authored revisions that no authored revision descends from, ascending."""
        return tuple(sorted(rev for rev, children in self.children.items() if not children))

    @cached_property
    def edited_merges(self) -> frozenset[Rev]:
        """The merges that an authored revision was made on."""
        return frozenset(merge for rev in self.parents if (merge := self.edited_merge(rev)))

    @cached_property
    def skeleton(self) -> frozenset[Rev]:
        """The revisions whose bodies decide a merge; empty where one head stands alone."""
        if len(self.heads) == 1 and not self._open_merge:
            return frozenset()
        members = {rev for merge in self.edited_merges for rev in self.tree[merge].of}
        branches = {rev for rev, children in self.children.items() if len(children) > 1}
        return frozenset({*self.heads, *branches, *self.edited_merges, *members})

    def base(self, rev: Rev) -> Rev | None:
        """The nearest skeleton revision above `rev`, whose body its author started from.

        None for a revision that has none: its author started from nothing.
        """
        parent = self.tree[rev].parent
        while parent is not None and parent not in self.skeleton:
            parent = self.tree[parent].parent
        return parent

    def edited_merge(self, rev: Rev) -> Rev | None:
        """The merge that an authored revision was made on; None where it was made on none."""
        saw = _seen(self.tree, self.tree[rev])
        return saw.rev if saw is not None and saw.kind is Kind.MERGE else None

    def last_merge(self, rev: Rev) -> Rev | None:
        """The nearest merge that the author of a revision, or somebody before them, had edited."""
        if not self.edited_merges:
            return None
        above = (node.rev for node in _ancestry(self.tree, self.tree[rev]))
        return next((one for one in above if one in self.edited_merges), None)

    def is_one_step(self, rev: Rev) -> bool:
        """Whether nobody else's edit lies between a revision and its base: what differs is its
        author's own word. The ids tell that, so every server knows it.
        """
        saw = _seen(self.tree, self.tree[rev])
        return rev.generation == 1 if saw is None else saw.rev == self.base(rev)

    def ancestors(self, rev: Rev) -> frozenset[Rev]:
        """Every authored revision that the author of `rev` had seen, without `rev`."""
        parents = self.parents[rev]
        if parents not in self._above:
            seen: set[Rev] = set()
            waiting = list(parents)
            while waiting:
                ancestor = waiting.pop()
                if ancestor not in seen:
                    seen.add(ancestor)
                    waiting.extend(self.parents[ancestor])
            self._above[parents] = frozenset(seen)
        return self._above[parents]

    @cached_property
    def _above(self) -> dict[tuple[Rev, ...], frozenset[Rev]]:
        """What was seen by who began where: edits made apart mostly began alike."""
        return {}

    @cached_property
    def _open_merge(self) -> bool:
        """Whether units may be open although one head stands alone: it descends from a merge."""
        return bool(self.edited_merges)


def authored_graph(tree: RevisionTree) -> AuthoredGraph:
    """The authored graph of a tree; bodies are not needed for it."""
    parents: dict[Rev, tuple[Rev, ...]] = {}
    awaited: set[Rev] = set()
    refused = _refused(tree)
    for node in tree:
        if not _is_authored(node) or node.rev in refused:
            continue
        saw = _seen(tree, node)
        if saw is None:
            parents[node.rev] = ()
        elif saw.kind is Kind.MERGE:
            awaited.update(rev for rev in saw.of if rev not in tree)
            parents[node.rev] = tuple(rev for rev in saw.of if rev in tree)
        elif not saw.stored and maybe_merge(saw.rev):
            awaited.add(saw.rev)
            parents[node.rev] = ()
        else:
            parents[node.rev] = (saw.rev,)
    return AuthoredGraph(tree, parents, frozenset(awaited))


def _refused(tree: RevisionTree) -> set[Rev]:
    """The revisions without a body that lead to nothing but edits that were not accepted.

    They are nobody's word. What somebody made on one of them later is an edit like any other, and
    it is an interior revision on its way then.
    """
    found: set[Rev] = set()
    waiting = [node.parent for node in tree if node.kind is Kind.REFUSAL]
    while waiting:
        rev = waiting.pop()
        node = tree.get(rev) if rev is not None else None
        if node is None or node.stored or not _is_authored(node) or node.rev in found:
            continue
        children = (tree[child] for child in tree.children(node.rev))
        if all(one.kind is Kind.REFUSAL or one.rev in found for one in children):
            found.add(node.rev)
            waiting.append(node.parent)
    return found


def _is_authored(node: Node) -> bool:
    return node.kind is Kind.AUTHORED and (node.stored or not maybe_merge(node.rev))


def _seen(tree: RevisionTree, node: Node) -> Node | None:
    """The nearest ancestor that is authored or a merge: what the author had before them."""
    for ancestor in _ancestry(tree, node):
        if ancestor.kind in (Kind.AUTHORED, Kind.MERGE):
            return ancestor
    return None


def _ancestry(tree: RevisionTree, node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = tree[node.parent]
        yield node
