"""A replica in memory: what a server does with an arriving revision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conflict import rules
from conflict.graph import authored_graph
from conflict.minting import pushed_path
from conflict.resolution import Resolution, resolution
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from conflict.tree import Kind, RevisionTree, plain_path

KEY = b"the programme key of the tests"
Body = dict[str, Any]
DOCUMENT = "3f6c1f9e-6a53-4a5e-8f0e-0d7b8c1f2a3b:k21"
RULES = {
    "needs": FieldRule(Rule.UNION),
    "risk": FieldRule(Rule.HIGHEST, order=("low", "medium", "high"), couple="safety"),
    "placement": FieldRule(couple="safety"),
    "story": FieldRule(Rule.TEXT),
    "log": FieldRule(Rule.APPEND),
    "diagnosis": FieldRule(Rule.ASK, protected=True),
    "guardian": FieldRule(protected=True),
    "country": FieldRule(Rule.FIXED),
    "seen_at": FieldRule(is_instant=True),
    "family": FieldRule(
        Rule.ROWS, cells={"skills": FieldRule(Rule.UNION), "remarks": FieldRule(Rule.TEXT)}
    ),
}


def upgraded(body: rules.Body, revision: int) -> rules.Body:
    """The second revision of the form calls the age `years`."""
    data = dict(body["data"])
    if "age" in data and body["form_rev"] < revision:
        data["years"] = data.pop("age")
    return {**body, "data": data, "form_rev": revision}


def broken_rules(body: rules.Body) -> list[set[str]]:
    """A complete form needs a guardian."""
    is_broken = body.get("state") == "complete" and not body["data"].get("guardian")
    return [{"state", "data.guardian"}] if is_broken else []


FORM = FormRules({1: RULES, 2: RULES}, upgraded, broken_rules)


class Replica:
    """One document on one server."""

    def __init__(self, form: FormRules = FORM) -> None:
        self.form = form
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
        self.resolution = resolution(
            KEY, DOCUMENT, authored_graph(self.tree), self.bodies, self.form
        )
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
    def shown(self) -> tuple[Rev, Body] | None:
        """The one live leaf and its body; None where all have deleted the document."""
        live = self.tree.live_leaves()
        if self.resolution.leaf is None:
            assert not live
            return None
        (leaf,) = live
        assert leaf.rev == self.resolution.leaf
        return leaf.rev, self.bodies[leaf.rev]
