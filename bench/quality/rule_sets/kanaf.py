"""Kanaf: `conflict` as the service uses it, on one server; tablets are CouchDB clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bench.quality.acts import Path
from bench.quality.document import Data, row_at
from bench.quality.form import FORM, RISK, Field, Kind, breaks_a_rule
from bench.quality.outcome import Outcome, TypeIn
from bench.quality.units import ORDER
from conflict.canonical import canonical_json
from conflict.decision import Decision
from conflict.graph import authored_graph
from conflict.minting import authored_rev, pushed_path
from conflict.resolution import Resolution, resolution
from conflict.revision import Rev
from conflict.rules import Body, FieldRule, FormRules, Rule
from conflict.tree import Kind as Node
from conflict.tree import RevisionTree, plain_path
from conflict.units import Unit
from conflict.value import Missing

KEY = b"the programme key of the benchmark"
DOCUMENT = "3f6c1f9e-6a53-4a5e-8f0e-0d7b8c1f2a3b:k21"
_RULES = {
    Kind.PLAIN: FieldRule(),
    Kind.ASK: FieldRule(Rule.ASK, protected=True),
    Kind.INSTANT: FieldRule(is_instant=True),
    Kind.MULTI: FieldRule(Rule.UNION),
    Kind.TEXT: FieldRule(Rule.TEXT),
    Kind.LOG: FieldRule(Rule.APPEND),
}


def rule(one: Field) -> FieldRule:
    """The merge rule that a form's author gives a field of this kind."""
    if one.kind is Kind.ROWS:
        return FieldRule(Rule.ROWS, cells={cell.name: rule(cell) for cell in one.cells})
    if one.name == "risk_level":
        return FieldRule(Rule.HIGHEST, order=RISK, couple=one.together)
    return FieldRule(couple=one.together) if one.together else _RULES[one.kind]


def failures(body: Body) -> Collection[Collection[str]]:
    """The rule of the form that a body breaks."""
    return [{"data.status", "data.next_visit_on"}] if breaks_a_rule(body["data"]) else []


RULES = {one.name: rule(one) for one in FORM}
FORM_RULES = FormRules({1: RULES}, failures=failures)


@dataclass
class _Tablet:
    """A leaf with its body, and above it the revisions that no server has seen."""

    path: tuple[Rev, ...]
    body: dict[str, Any]
    unsent: list[Rev] = field(default_factory=list)


class Kanaf:
    """One document on one server."""

    def __init__(self, base: Data) -> None:
        self.tree = RevisionTree()
        self.bodies: dict[Rev, dict[str, Any]] = {}
        self.resolution = Resolution(None)
        self.tablets: dict[str, _Tablet] = {}
        self.salt = 0
        first = self._body({"form": "k21", "form_rev": 1, "state": "draft"}, "amina", base)
        rev = authored_rev(KEY, DOCUMENT, None, canonical_json(first))
        self._receive((rev,), first)
        self.start = _Tablet((rev,), first)

    def edit(self, who: str, type_in: TypeIn) -> None:
        """See RuleSet."""
        tablet = self._tablet(who)
        body = self._body(tablet.body, who, type_in(tablet.body["data"]))
        rev = authored_rev(KEY, DOCUMENT, tablet.path[0], canonical_json(body))
        tablet.path, tablet.body = (rev, *tablet.path), body
        tablet.unsent.append(rev)

    def push(self, who: str) -> None:
        """Sends the leaf with its path; what lies between is sent by id alone, as clients do."""
        tablet = self._tablet(who)
        if tablet.unsent:
            self._receive(tablet.path, tablet.body)
            tablet.unsent.clear()

    def pull(self, who: str) -> None:
        """See RuleSet."""
        leaf = self.resolution.leaf
        assert leaf is not None
        self.tablets[who] = _Tablet(tuple(self.tree.path(leaf)), deepcopy(self.bodies[leaf]))

    def outcome(self) -> Outcome:
        """See RuleSet."""
        leaf, merge = self.resolution.leaf, self.resolution.merge
        assert leaf is not None
        data = self.bodies[leaf]["data"]
        if merge is None:
            return Outcome(data)
        return Outcome(data, _documents(data, merge.open), _documents(data, merge.told))

    def _tablet(self, who: str) -> _Tablet:
        return self.tablets.setdefault(who, _Tablet(self.start.path, deepcopy(self.start.body)))

    def _body(self, before: Mapping[str, Any], author: str, data: Data) -> dict[str, Any]:
        """A body as a tablet saves it: what it does not know is carried on."""
        self.salt += 1
        return {**before, "author": author, "salt": f"{self.salt:032x}", "data": deepcopy(data)}

    def _receive(self, path: tuple[Rev, ...], body: dict[str, Any]) -> None:
        self.tree.insert(pushed_path(KEY, DOCUMENT, path, body))
        self.bodies.setdefault(path[0], body)
        self.resolution = resolution(
            KEY, DOCUMENT, authored_graph(self.tree), self.bodies, FORM_RULES
        )
        for minted in self.resolution.minted:
            node = minted.node
            assert node.parent is not None
            self.tree.insert((node, *plain_path(self.tree.path(node.parent))))
            if node.kind is Node.TOUCH:
                self.bodies[node.rev] = self.bodies[node.parent]
            else:
                self.bodies[node.rev] = minted.body or {"_deleted": True}


def _documents(data: Data, decisions: Mapping[Unit, Decision]) -> dict[Path, tuple[Data, ...]]:
    """By part, the documents in which each of the values stands that a person is shown."""
    return {
        _path(unit): tuple(_with(data, unit, writer.value) for writer in one.writers)
        for unit, one in decisions.items()
    }


def _path(unit: Unit) -> Path:
    """A unit's path as the histories name it."""
    if unit.part == "group":
        return ("risk_level",) if unit.name == "safety" else ("weight",)
    row = () if unit.row is None else (unit.row,)
    if unit.is_list and RULES[unit.name].rule is Rule.ROWS:
        return (unit.name, ORDER)
    parts = (unit.cell, unit.element)
    return (unit.name, *row, *(part for part in parts if part))


def _with(data: Data, unit: Unit, value: Any) -> Data:
    """A document in which a unit has a value."""
    after = deepcopy(data)
    if unit.part == "group":
        after.update(value)
    elif unit.is_list and RULES[unit.name].rule is Rule.ROWS:
        after[unit.name].sort(key=lambda row: value.index(row["id"]) if row["id"] in value else -1)
    elif unit.row is None:
        _put(after, unit.name, value)
    else:
        _put_in_row(after, unit, value)
    return after


def _put_in_row(after: Data, unit: Unit, value: Any) -> None:
    row = row_at(after, (unit.name, str(unit.row)))
    if unit.cell is None and isinstance(value, Missing):
        after[unit.name] = [one for one in after[unit.name] if one is not row]
    elif unit.cell is not None and row is not None:
        _put(row, unit.cell, value)


def _put(part: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, Missing):
        part.pop(name, None)
    else:
        part[name] = value
