"""The right outcome of a history, from what people meant alone.

For every unit that somebody touched it is known whether the acts on it can be joined without
guessing, and to what; or whether they contradict each other, so that only a person may decide:
- two gave one thing different values apart,
- one removed what another changed,
- a field that always has to be asked about was touched by two,
- what each wrote is valid, and both together are not.
An act that somebody who had seen it has since changed knowingly counts no more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.quality import contradictions
from bench.quality.acts import Act, AddRow, CopyRow, Edit, RemoveRow, apart
from bench.quality.contradictions import Finding, Found
from bench.quality.document import Data
from bench.quality.form import breaks_a_rule
from bench.quality.sentences import Wordings
from bench.quality.strays import strays
from bench.quality.typing_in import put, typed
from bench.quality.units import Deed, Unit, UnitKind, deeds_by_unit

_STATUS = Unit(UnitKind.VALUE, ("status",))
_VISIT = Unit(UnitKind.VALUE, ("next_visit_on",))


@dataclass(frozen=True)
class Ruling:
    """What is right for one unit.

    Attributes:
        asks: whether a person has to decide; None where that and `right` are both good.
        right: whether a document shows what everybody meant.
        standing: the acts that nobody has since changed knowingly.
        touched: whether it was touched by an edit that was made apart from another.
        shared: whether two touched it apart from each other.
    """

    unit: Unit
    asks: bool | None
    right: Callable[[Data], bool]
    standing: tuple[Deed, ...]
    touched: bool
    shared: bool


@dataclass(frozen=True)
class Truth:
    """What is right for a document.

    Attributes:
        picture: one document that is right wherever nobody has to be asked.
        strays: the parts in which a document differs from the first one although nobody meant it.
    """

    rulings: Mapping[Unit, Ruling]
    picture: Data
    strays: Callable[[Data], list[Unit]]

    @property
    def open(self) -> set[Unit]:
        """The units that a person has to decide."""
        return {unit for unit, one in self.rulings.items() if one.asks}


def truth(base: Data, edits: Sequence[Edit], wordings: Wordings) -> Truth:
    """What is right for a document that began as `base`, after `edits` in the order of numbers."""
    by_unit = deeds_by_unit(edits)
    added = [act for edit in edits for act in edit.acts if isinstance(act, AddRow)]
    ground = typed(base, added, {})
    removed = [act for edit in edits for act in edit.acts if isinstance(act, RemoveRow)]
    left = typed(ground, removed, {})  # where a removed row stands is no question
    standing = {unit: _standing(unit, deeds, ground) for unit, deeds in by_unit.items()}
    places = {(deed.edit.number, deed.place) for deeds in standing.values() for deed in deeds}
    by_number = {edit.number: edit for edit in edits}
    acts = [by_number[number].acts[place] for number, place in sorted(places)]
    found = {
        unit: contradictions.FIND[unit.kind](
            Finding(unit.path, deeds, left if unit.kind is UnitKind.ORDER else ground, wordings)
        )
        for unit, deeds in standing.items()
    }
    picture = typed(base, sorted(acts, key=_rows_last), wordings)
    for one in found.values():
        for path, value in one.shown.items():
            put(picture, path, value)
    rulings = {
        unit: _ruling(unit, by_unit[unit], deeds, edits, found[unit])
        for unit, deeds in standing.items()
    }
    rulings = _without_cells_of_lost_rows(rulings)
    return Truth(
        _with_broken_rule(rulings, picture),
        picture,
        lambda data: strays(base, data, by_unit.keys(), edits),
    )


def _rows_last(act: Act) -> int:
    """A copy holds what its author saw, so other acts on the row come first; removals come last."""
    return 1 if isinstance(act, CopyRow) else 2 if isinstance(act, RemoveRow) else 0


def _standing(unit: Unit, deeds: Sequence[Deed], ground: Data) -> tuple[Deed, ...]:
    kept = _without_taken_back(unit, deeds, ground)
    return tuple(
        deed
        for deed in kept
        if not any(
            deed.edit.number in later.edit.seen
            and contradictions.replaces(unit.kind, later.act, deed.act)
            for later in kept
        )
    )


def _without_taken_back(unit: Unit, deeds: Sequence[Deed], ground: Data) -> list[Deed]:
    """Without what people changed and changed back, having seen nobody else's change of it.

    That a value is as it was before means nothing; the person took a mistake of their own back.
    """
    kept = list(deeds)
    for deed in deeds:
        before = [one for one in deeds if one.edit.number in deed.edit.seen]
        if (
            before
            and contradictions.is_as_before(unit, deed.act, ground)
            and all(one.edit.author == deed.edit.author for one in before)
        ):
            kept = [one for one in kept if one is not deed and one not in before]
    return kept


def _ruling(
    unit: Unit,
    deeds: Sequence[Deed],
    standing: tuple[Deed, ...],
    edits: Collection[Edit],
    found: Found,
) -> Ruling:
    touched = any(apart(deed.edit, edit) for deed in deeds for edit in edits)
    shared = any(apart(one.edit, other.edit) for one in deeds for other in deeds)
    return Ruling(unit, found.asks, found.right, standing, touched, shared)


def _without_cells_of_lost_rows(rulings: Mapping[Unit, Ruling]) -> dict[Unit, Ruling]:
    """A cell is no question of its own where its row is gone, or where that is the question."""
    lost = {
        unit.path
        for unit, one in rulings.items()
        if unit.kind is UnitKind.ROW
        and (one.asks or any(isinstance(deed.act, RemoveRow) for deed in one.standing))
    }
    return {
        unit: one
        for unit, one in rulings.items()
        if unit.kind is UnitKind.ROW or unit.path[:2] not in lost
    }


def _with_broken_rule(rulings: dict[Unit, Ruling], picture: Data) -> dict[Unit, Ruling]:
    """Where a visit was planned and the case closed apart from each other, a person decides."""
    both = [rulings[unit] for unit in (_STATUS, _VISIT) if unit in rulings]
    if len(both) < 2:
        return rulings
    status, visit = both
    planned = [deed for deed in visit.standing if getattr(deed.act, "value", None) is not None]
    closing = [deed for deed in status.standing if getattr(deed.act, "value", None) == "closed"]
    if not any(apart(one.edit, other.edit) for one in planned for other in closing):
        return rulings
    if visit.asks or status.asks:  # the other is part of that question, or follows from its answer
        other = status if visit.asks else visit
        return rulings | {other.unit: replace(other, asks=None if not other.asks else True)}
    if not breaks_a_rule(picture):
        return rulings
    return rulings | {one.unit: replace(one, asks=True) for one in both}
