"""Which units a revision wrote: what differs from what its author started from."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from conflict.revision import Rev
from conflict.row_ids import moved
from conflict.units import EXISTENCE, Unit, UnitValues
from conflict.value import MISSING, Missing, Value, equal

Write = tuple[Value, Value, bool]
"""A unit's value, its value in what the author started from, and whether the two differ."""


@dataclass(frozen=True)
class Writes:
    """An edit, as far as units go.

    Attributes:
        mine: the units of the revision; None for a tombstone.
        start: those of what its author started from; None where they started from nothing.
        every_unit: those of any revision of the merge.
        settles: the units that the revision says it settles.
        may_be_deleted: whether some revision of the merge is a tombstone.
    """

    mine: UnitValues | None
    start: UnitValues | None
    every_unit: Set[Unit]
    settles: Mapping[Unit, frozenset[Rev]]
    may_be_deleted: bool


def writes(edit: Writes) -> dict[Unit, Write]:
    """The units that a revision wrote or settles.

    - A revision with nothing above it wrote every unit: where two histories share no beginning,
      each difference between them is left to a person. (What a set or a list of rows lacks was not
      taken out of it.)
    - A row that is gone was taken away as a whole: its cells were not written. A row of which a
      cell was written is one that its author wants to keep.
    - A tombstone wrote nothing but the document's existence; all others are for keeping it.
    """
    if edit.mine is None:
        return {EXISTENCE: (MISSING, True, True)}
    found: dict[Unit, Write] = {}
    for unit in _candidates(edit):
        value = edit.mine.get(unit, MISSING)
        before = MISSING if edit.start is None else edit.start.get(unit, MISSING)
        changes = _changes(edit, unit, value, before)
        if changes or unit in edit.settles:
            found[unit] = (value, before, changes)
        if changes and unit.cell is not None:
            found[Unit(unit.part, unit.name, unit.row)] = (True, MISSING, True)
    if edit.may_be_deleted:
        found[EXISTENCE] = (True, True, True)
    return found


def _candidates(edit: Writes) -> Set[Unit]:
    if edit.start is None or edit.mine is None:
        return edit.every_unit
    return edit.mine.keys() | edit.start.keys() | (edit.settles.keys() - {EXISTENCE})


def _changes(edit: Writes, unit: Unit, value: Value, before: Value) -> bool:
    assert edit.mine is not None
    if unit.cell is not None and Unit(unit.part, unit.name, unit.row) not in edit.mine:
        return False
    if edit.start is None:
        is_part = unit.row is not None or unit.element is not None
        return not (is_part and isinstance(value, Missing))
    if unit.is_list and isinstance(value, list) and isinstance(before, list):
        return moved(before, value)
    return not equal(value, before)
