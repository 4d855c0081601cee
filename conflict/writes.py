"""Which units a revision wrote: what differs from what its author started from."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from conflict.revision import Rev
from conflict.row_ids import moved
from conflict.units import EXISTENCE, Unit, UnitValues
from conflict.value import MISSING, Missing, Value, equal, instant

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
        instants: the fields, and cells of fields, that hold date-times.
        may_be_deleted: whether some revision of the merge is a tombstone.
    """

    mine: UnitValues | None
    start: UnitValues | None
    every_unit: Set[Unit]
    settles: Mapping[Unit, frozenset[Rev]]
    instants: Set[tuple[str, str | None]]
    may_be_deleted: bool


def writes(edit: Writes) -> dict[Unit, Write]:
    """The units that a revision wrote or settles.

    - A revision with nothing above it wrote every unit: where two histories share no beginning,
      each difference between them is left to a person. (What a set or a list of rows lacks was not
      taken out of it.)
    - A row that is gone was taken away as a whole: its cells were not written. A row of which a
      cell was written is one that its author wants to keep.
    - Whoever gives a row what another row said, and the other something else, may have exchanged
      what the two rows are about: they wrote all of both, so that nobody's edit is silently given
      to somebody else.
    - A tombstone wrote nothing but the document's existence; all others are for keeping it.
    """
    if edit.mine is None:
        return {EXISTENCE: (MISSING, True, True)}
    found: dict[Unit, Write] = {}
    for unit in _candidates(edit):
        write = _write(edit, unit)
        if write[2] or unit in edit.settles:
            found[unit] = write
    for name, row in _exchanged(found):
        cells = (one for one in edit.every_unit if (one.name, one.row) == (name, row) and one.cell)
        found.update({unit: (*_write(edit, unit)[:2], True) for unit in cells})
    for unit in [unit for unit, (_, _, changes) in found.items() if changes and unit.cell]:
        row_itself = Unit(unit.part, unit.name, unit.row)
        found[row_itself] = (*_write(edit, row_itself)[:2], True)
    if edit.may_be_deleted:
        found[EXISTENCE] = (True, True, True)
    return found


def _write(edit: Writes, unit: Unit) -> Write:
    assert edit.mine is not None, "a tombstone has no units"
    value = edit.mine.get(unit, MISSING)
    before = MISSING if edit.start is None else edit.start.get(unit, MISSING)
    return value, before, _changes(edit, unit, value, before)


def _exchanged(found: Mapping[Unit, Write]) -> set[tuple[str, str]]:
    """The rows, by field and id, between which a text or choice has moved."""
    moved: set[tuple[str, str]] = set()
    changed = [
        (unit, value, before)
        for unit, (value, before, changes) in found.items()
        if changes and unit.cell is not None and unit.element is None
        if isinstance(value, str) and isinstance(before, str)
    ]
    had: dict[tuple[str, str | None, str], set[str]] = {}
    for unit, _, before in changed:
        had.setdefault((unit.name, unit.cell, before), set()).add(unit.row or "")
    for unit, value, _ in changed:
        others = had.get((unit.name, unit.cell, value), set()) - {unit.row or ""}
        moved |= {(unit.name, row) for row in others and {unit.row or "", *others}}
    return moved


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
    if (unit.name, unit.cell) in edit.instants:
        return not equal(instant(value), instant(before))
    return not equal(value, before)
