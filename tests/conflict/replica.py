"""A replica in memory: what a server does with an arriving revision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conflict.minting import pushed_path
from conflict.resolution import Resolution, resolution
from conflict.revision import Rev
from conflict.tree import Kind, RevisionTree, plain_path
from conflict.units import Rule

KEY = b"the programme key of the tests"
DOCUMENT = "3f6c1f9e-6a53-4a5e-8f0e-0d7b8c1f2a3b:k21"
RULES = {"needs": Rule.UNION}

Body = dict[str, Any]


class Replica:
    """One document on one server."""

    def __init__(self) -> None:
        self.tree = RevisionTree()
        self.bodies: dict[Rev, Body] = {}
        self.resolution = Resolution(None)

    def receive(self, path: Sequence[Rev], body: Body) -> None:
        """Stores a revision with its history and lets the document come to its resolution."""
        self.tree.insert(pushed_path(KEY, DOCUMENT, path, body))
        self.bodies.setdefault(path[0], body)
        self.resolve()

    def resolve(self) -> None:
        """Adds the revisions that the heads call for."""
        self.resolution = resolution(KEY, DOCUMENT, self.tree, self.bodies, RULES)
        for minted in self.resolution.minted:
            node = minted.node
            assert node.parent is not None
            self.tree.insert((node, *plain_path(self.tree.path(node.parent))))
            if node.kind is Kind.MERGE:
                assert minted.body is not None
                self.bodies[node.rev] = minted.body
            elif node.kind is Kind.TOUCH:
                self.bodies[node.rev] = self.bodies[node.parent]
            else:
                self.bodies[node.rev] = {"_deleted": True}

    @property
    def shown(self) -> tuple[Rev, Body]:
        """The one live leaf and its body."""
        (leaf,) = self.tree.live_leaves()
        assert leaf.rev == self.resolution.leaf
        return leaf.rev, self.bodies[leaf.rev]
