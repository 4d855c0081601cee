"""What earlier merges had told those who edited them.

A merge that was edited upon says in its body what it left to a person. That is what its editors
saw, so it counts for what they meant. And where it was made by other rules than today's (another
policy, another revision of the form), it also says what had been decided: nobody's decision is
taken back because a rule has changed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from conflict.canonical import Json
from conflict.graph import AuthoredGraph
from conflict.revision import Rev, maybe_rev
from conflict.rules import Body
from conflict.units import EXISTENCE, Unit
from conflict.value import MISSING, Value
from conflict.writers import Verdict

_FIELD = re.compile(r"data\.(\w+)")


@dataclass(frozen=True)
class PastMerge:
    """A merge that somebody edited.

    Attributes:
        covered: the authored revisions that it stands for, with all that they had seen.
        left: what its body says in `merge`.
        is_outdated: whether it was made by other rules than today's.
    """

    rev: Rev
    covered: frozenset[Rev]
    left: Mapping[str, Json]
    is_outdated: bool

    def asks(self, unit: Unit, fields: Collection[str], *, or_tells: bool) -> bool:
        """Whether it left a unit to a person, or (`or_tells`) wanted one to be told of it.

        Args:
            fields: those that the unit is about, such as `data.age`. The units of an outdated merge
                may be called otherwise.
        """
        asked = self._asked if or_tells else self._open
        if str(unit) in asked:
            return True
        return self.is_outdated and any({*fields} & _about(*one) for one in asked.items())

    def verdict(
        self, unit: Unit, fields: Collection[str], every_field: Set[str], value: Value
    ) -> Verdict | None:
        """What it had come to about a unit, of which it shows `value`.

        None where that cannot be said: it left something that may be of this unit, and was called
        otherwise, to a person.

        Args:
            fields: those that the unit is about.
            every_field: those that any unit of today is about.
        """
        if str(unit) in self._asked:
            revs = (maybe_rev(one.get("rev")) for one in self._asked[str(unit)])
            return Verdict(self.rev, value, frozenset(rev for rev in revs if rev is not None))
        about = [_about(*one) for one in self._asked.items()]
        if any({*fields} & names or not names <= every_field for names in about):
            return None
        return Verdict(self.rev, value)

    @cached_property
    def _open(self) -> dict[str, list[dict[str, Json]]]:
        return _listed(self.left.get("open"))

    @cached_property
    def _asked(self) -> dict[str, list[dict[str, Json]]]:
        return {**self._open, **_listed(self.left.get("told"))}


@dataclass(frozen=True)
class History:
    """Who had seen what.

    Attributes:
        seen: of every author's revision the authored revisions that they had seen, and the merges
            that they or those had edited; of every merge that was edited those that it stands for.
        last: of every author's revision the last merge that they had seen.
        outdated: merges that were made by other rules than today's, with the units they show.
        fields: those that any unit is about.
    """

    seen: Mapping[Rev, frozenset[Rev]]
    last: Mapping[Rev, PastMerge]
    outdated: Mapping[Rev, tuple[PastMerge, Mapping[Unit, Value]]]
    fields: Set[str] = frozenset()

    @classmethod
    def of(
        cls,
        graph: AuthoredGraph,
        bodies: Mapping[Rev, Body],
        parts: Mapping[Rev, Mapping[Unit, Value]],
        authors: Sequence[Rev],
        outdated: Collection[Rev],
        fields: Set[str],
    ) -> History:
        """The history of a graph."""
        seen = {rev: graph.ancestors(rev) for rev in authors}
        past = _past_merges(graph, bodies, seen, outdated)
        last = {rev: past[merge] for rev in authors if (merge := graph.last_merge(rev)) is not None}
        if not outdated:
            return cls(seen, last, {})
        verdicts = {rev: (past[rev], parts[rev]) for rev in outdated}
        covered = {rev: merge.covered for rev, (merge, _) in verdicts.items()}
        merges = _merges_seen(graph, {**seen, **covered})
        known = {
            rev: revs | (merges[rev] & {*outdated} - {rev})
            for rev, revs in {**seen, **covered}.items()
        }
        for rev in outdated:  # who covers more knew what the other had come to
            known[rev] |= {other for other in outdated if covered[other] < covered[rev]}
        return cls(known, last, verdicts, fields)

    def verdicts(self, unit: Unit, fields: Collection[str]) -> list[Verdict]:
        """What merges by other rules had come to about a unit."""
        found = (
            merge.verdict(unit, fields, self.fields, _shown(unit, shown))
            for merge, shown in self.outdated.values()
        )
        return [one for one in found if one is not None]


def _shown(unit: Unit, shown: Mapping[Unit, Value]) -> Value:
    """What a merge shows of a unit; that it is there says that its document was to stay."""
    return True if unit == EXISTENCE else shown.get(unit, MISSING)


def _past_merges(
    graph: AuthoredGraph,
    bodies: Mapping[Rev, Body],
    seen: Mapping[Rev, frozenset[Rev]],
    outdated: Collection[Rev],
) -> dict[Rev, PastMerge]:
    """The merges that were edited, by revision.

    Args:
        bodies: at least theirs, which their ids have proved.
        seen: of each of their members, all authored revisions that its author had seen.
        outdated: those that were made by other rules than today's.
    """
    found: dict[Rev, PastMerge] = {}
    for rev in graph.edited_merges:
        members = graph.tree[rev].of
        covered = frozenset(members).union(*(seen[one] for one in members))
        found[rev] = PastMerge(rev, covered, bodies[rev]["merge"], rev in outdated)
    return found


def _merges_seen(
    graph: AuthoredGraph, seen: Mapping[Rev, frozenset[Rev]]
) -> dict[Rev, frozenset[Rev]]:
    """Of each authored revision the merges that its author, or somebody before them, had edited.

    Args:
        seen: of each of them, all authored revisions that its author had seen.
    """
    on = {rev: graph.edited_merge(rev) for rev in {*seen}.union(*seen.values())}
    return {
        rev: frozenset(merge for one in (rev, *before) if (merge := on[one]) is not None)
        for rev, before in seen.items()
    }


def _listed(units: Json) -> dict[str, list[dict[str, Json]]]:
    """Units with their candidates, as a merge lists them."""
    if not isinstance(units, dict):
        return {}
    return {
        unit: [one for one in candidates if isinstance(one, dict)]
        for unit, candidates in units.items()
        if isinstance(candidates, list)
    }


def _about(unit: str, candidates: Iterable[Mapping[str, Json]]) -> set[str]:
    """The fields that a unit is about, by its name; of coupled ones those that were answered."""
    if unit.startswith("group."):
        values = (one.get("value") for one in candidates)
        return {f"data.{name}" for value in values if isinstance(value, dict) for name in value}
    field = _FIELD.match(unit)
    return {field[0] if field else unit}
