"""Merging: the value of every unit, from the set of those who wrote it.

The value of a unit is a function of W(u), the writers of u that no other writer of u has seen, and
of nothing else: not of pairs, not of the order of arrival, not of any tablet's clock. So every
server that holds the same heads finds the same body and the same open units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conflict.canonical import Json
from conflict.graph import AuthoredGraph
from conflict.revision import Rev
from conflict.tree import Kind
from conflict.units import (
    MISSING,
    NOTHING,
    Missing,
    Rule,
    Rules,
    Unit,
    Units,
    Value,
    body_of,
    fingerprint,
    rule_of,
    units,
)

Bodies = Mapping[Rev, Mapping[str, Json]]
"""Bodies by revision, without `_id` and `_rev`."""


@dataclass(frozen=True)
class Writer:
    """An authored revision that gave a unit a value.

    Attributes:
        settles: the writers that the revision decided between, where it settles the unit.
    """

    rev: Rev
    value: Value
    author: str | None
    settles: frozenset[Rev] | None


@dataclass(frozen=True)
class Merged:
    """What a set of heads comes to.

    Attributes:
        values: the value of every unit; an open unit has that of its writer with the greatest rev.
        open: of every unit left to a person, its writers, the greatest rev first.
    """

    values: Mapping[Unit, Value]
    open: Mapping[Unit, tuple[Writer, ...]]


def merged(graph: AuthoredGraph, bodies: Bodies, rules: Rules) -> Merged:
    """The merge of the graph's heads.

    Args:
        bodies: at least those of `graph.skeleton`.

    Raises:
        KeyError: a body of the skeleton is missing.
    """
    parts = {rev: units(bodies[rev], rules) for rev in graph.skeleton}
    authors = [rev for rev in sorted(graph.skeleton) if graph.tree[rev].kind is Kind.AUTHORED]
    seen = {rev: graph.ancestors(rev) for rev in authors}
    every_unit = {unit for part in parts.values() for unit in part.values}
    values: dict[Unit, Value] = {}
    left_open: dict[Unit, tuple[Writer, ...]] = {}
    writers = {unit: [] for unit in every_unit}  # type: dict[Unit, list[Writer]]
    for rev in authors:
        for unit, writer in _writes(graph, bodies, parts, rev, every_unit):
            writers[unit].append(writer)
    for unit in every_unit:
        standing = _standing(writers[unit], seen)
        values[unit] = _value(standing, rule_of(unit, rules))
        if _is_open(standing, rule_of(unit, rules)):
            left_open[unit] = tuple(sorted(standing, key=lambda writer: writer.rev, reverse=True))
    return Merged(values, left_open)


def merge_body(merge: Merged, heads: Sequence[Rev], bodies: Bodies) -> dict[str, Json]:
    """The body of the canonical revision; it holds no author and no time."""
    some_head = bodies[heads[0]]
    return {
        "form": some_head["form"],
        "form_rev": some_head["form_rev"],
        **body_of(merge.values),
        "merge": {
            "v": 1,
            "of": [str(rev) for rev in heads],
            "open": {
                str(unit): [_candidate(writer) for writer in writers]
                for unit, writers in merge.open.items()
            },
        },
    }


def _writes(
    graph: AuthoredGraph,
    bodies: Bodies,
    parts: Mapping[Rev, Units],
    rev: Rev,
    every_unit: set[Unit],
) -> list[tuple[Unit, Writer]]:
    """The units that a revision wrote: all that differ from what its author started from.

    A revision with nothing above it wrote every unit: where two histories share no ancestor, each
    difference between them is left to a person.
    """
    base = graph.base(rev)
    settled = _settled(graph, bodies, rev, base)
    mine, started_from = parts[rev], parts[base] if base else NOTHING
    author = bodies[rev].get("author")
    return [
        (unit, Writer(rev, mine[unit], author, settled.get(str(unit))))
        for unit in every_unit
        if base is None or str(unit) in settled or mine.writes(unit, started_from)
    ]


def _settled(
    graph: AuthoredGraph, bodies: Bodies, rev: Rev, base: Rev | None
) -> dict[str, frozenset[Rev]]:
    """What a revision settles: per unit those of the writers open in its base that it names.

    `settles` holds for an edit of the merge that showed the open units, so a copy of it that a
    client carries on into later edits means nothing.
    """
    if base is None or graph.tree[base].kind is not Kind.MERGE:
        return {}
    was_open = bodies[base]["merge"]["open"]
    settles = bodies[rev].get("settles")
    if not isinstance(settles, dict):
        return {}
    shown = {unit: {candidate["rev"] for candidate in was_open.get(unit, [])} for unit in settles}
    return {
        unit: frozenset(
            Rev.parse(named) for named in names if isinstance(named, str) and named in shown[unit]
        )
        for unit, names in settles.items()
        if isinstance(names, list) and shown[unit]
    }


def _standing(writers: Sequence[Writer], seen: Mapping[Rev, frozenset[Rev]]) -> list[Writer]:
    """W(u): the writers that no later writer has superseded.

    A settlement supersedes exactly the writers that it names; any other writer supersedes all that
    its author had seen.
    """
    superseded: set[Rev] = set()
    for writer in writers:
        superseded |= seen[writer.rev] if writer.settles is None else writer.settles
    return [writer for writer in writers if writer.rev not in superseded]


def _is_open(standing: Sequence[Writer], rule: Rule) -> bool:
    return rule is Rule.CHANGED and len({fingerprint(writer.value) for writer in standing}) > 1


def _value(standing: Sequence[Writer], rule: Rule) -> Value:
    if rule is Rule.UNION:
        present = [writer.value for writer in standing if not isinstance(writer.value, Missing)]
        return present[0] if present else MISSING
    return max(standing, key=lambda writer: writer.rev).value


def _candidate(writer: Writer) -> dict[str, Json]:
    candidate = {"rev": str(writer.rev), "author": writer.author}
    return candidate if isinstance(writer.value, Missing) else {**candidate, "value": writer.value}
