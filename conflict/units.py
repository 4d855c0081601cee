"""Units: the parts of a document that are merged each on its own.

A unit is a field of the answers, one element of a field merged as a set, the document's state, or
an attachment by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from conflict.canonical import Json, canonical_json


class Rule(StrEnum):
    """How the value of a unit follows from the values that were written."""

    CHANGED = "changed"  # one distinct value is taken, more are a conflict
    UNION = "union"  # an element is present unless all who wrote it removed it


Rules = Mapping[str, Rule]
"""The rule of each field of a form; a field without one is merged as CHANGED."""


class Missing:
    """The value of a unit that a body does not have; not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
Value = Json | Missing


class Unit(NamedTuple):
    """A unit's name: `data.risk_level`, `data.needs[shelter]`, `state`, `_attachments.<name>`."""

    part: str
    name: str = ""
    element: str | None = None

    def __str__(self) -> str:
        name = f"{self.part}.{self.name}" if self.name else self.part
        return name if self.element is None else f"{name}[{self.element}]"


@dataclass(frozen=True)
class Units:
    """A body taken apart: the value of every unit it has."""

    values: Mapping[Unit, Json]

    def __getitem__(self, unit: Unit) -> Value:
        return self.values.get(unit, MISSING)

    def writes(self, unit: Unit, base: Units) -> bool:
        """Whether the unit's value here differs from that in `base`."""
        return not equal(self[unit], base[unit])


NOTHING: Final = Units({})


def equal(one: Value, other: Value) -> bool:
    """Whether two values of a unit are the same by value; missing equals missing only."""
    return fingerprint(one) == fingerprint(other)


def fingerprint(value: Value) -> bytes:
    """A byte string that is equal for equal values; missing has one of its own."""
    return b"" if isinstance(value, Missing) else canonical_json(value)


def units(body: Mapping[str, Json], rules: Rules) -> Units:
    """The units of a body.

    Args:
        body: a document without `_id` and `_rev`: `state`, `data`, `_attachments` are read.
    """
    values: dict[Unit, Json] = {}
    if "state" in body:
        values[Unit("state")] = body["state"]
    for name, value in body.get("data", {}).items():
        if rules.get(name) is Rule.UNION:
            values.update(_elements(name, value))
        else:
            values[Unit("data", name)] = value
    for name, attachment in body.get("_attachments", {}).items():
        values[Unit("_attachments", name)] = attachment
    return Units(values)


def body_of(values: Mapping[Unit, Value]) -> dict[str, Json]:
    """The parts of a body that its units make up; the elements of a set come in canonical order."""
    body: dict[str, Json] = {"data": {}}
    for unit, value in sorted(values.items(), key=lambda item: str(item[0])):
        if isinstance(value, Missing):
            continue
        if unit.part == "state":
            body["state"] = value
        elif unit.element is None:
            body.setdefault(unit.part, {})[unit.name] = value
        elif unit.element == "":
            body["data"].setdefault(unit.name, [])
        else:
            body["data"].setdefault(unit.name, []).append(value)
    return body


def rule_of(unit: Unit, rules: Rules) -> Rule:
    """The rule by which a unit is merged."""
    if unit.element is not None:
        return Rule.UNION
    return rules.get(unit.name, Rule.CHANGED) if unit.part == "data" else Rule.CHANGED


def _elements(name: str, value: Json) -> dict[Unit, Json]:
    """The units of a set: one an element, and one (with an empty element) for the list itself."""
    if value is None:
        return {}
    items = value if isinstance(value, list) else [value]
    elements = {Unit("data", name, _element(item)): item for item in items}
    return {Unit("data", name, ""): [], **elements}


def _element(item: Json) -> str:
    return item if isinstance(item, str) and item else canonical_json(item).decode()
