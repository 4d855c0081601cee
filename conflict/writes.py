"""Which units a revision wrote: what differs from what its author started from."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from conflict.revision import Rev
from conflict.row_ids import moved
from conflict.units import EXISTENCE, Unit, UnitValues
from conflict.value import MISSING, Missing, Value, equal, instant


class Write(NamedTuple):
    """What a revision did to a unit.

    Attributes:
        before: the unit's value in what the author started from.
        changes: whether the two differ, or the unit is written all the same.
        mixes: whether it may not be about what the unit was about: its author gave a row to
            somebody else. Then nobody's edit apart from it may be combined with it.
    """

    value: Value
    before: Value
    changes: bool
    mixes: bool = False


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
        mixed: field and id of the rows that may be about somebody else now.
    """

    mine: UnitValues | None
    start: UnitValues | None
    every_unit: Set[Unit]
    settles: Mapping[Unit, frozenset[Rev]]
    instants: Set[tuple[str, str | None]]
    may_be_deleted: bool
    mixed: Set[tuple[str, str]] = frozenset()


def writes(edit: Writes) -> dict[Unit, Write]:
    """The units that a revision wrote or settles.

    - A revision with nothing above it wrote every unit: where two histories share no beginning,
      each difference between them is left to a person. (What a set or a list of rows lacks was not
      taken out of it.)
    - A row that is gone was taken away as a whole: its cells were not written. A row of which a
      cell was written is one that its author wants to keep.
    - Whoever mixed rows up wrote all of them, so that nobody's edit is silently given to somebody
      else.
    - A tombstone wrote nothing but the document's existence; all others are for keeping it.
    """
    if edit.mine is None:
        return {EXISTENCE: Write(MISSING, True, changes=True)}
    found: dict[Unit, Write] = {}
    for unit in _candidates(edit):
        write = _write(edit, unit)
        if write.changes or unit in edit.settles:
            found[unit] = write
    changed = {(unit.name, unit.row) for unit, one in found.items() if one.changes and unit.cell}
    for unit in edit.every_unit if edit.mixed else ():
        if unit.cell and (unit.name, unit.row) in edit.mixed:
            found[unit] = _write(edit, unit)._replace(changes=True, mixes=True)
    for name, row in changed | edit.mixed:
        row_itself = Unit("data", name, row)
        found[row_itself] = _write(edit, row_itself)._replace(changes=True)
    if edit.may_be_deleted:
        found[EXISTENCE] = Write(True, True, changes=True)
    return found


def _write(edit: Writes, unit: Unit) -> Write:
    assert edit.mine is not None, "a tombstone has no units"
    value = edit.mine.get(unit, MISSING)
    before = MISSING if edit.start is None else edit.start.get(unit, MISSING)
    return Write(value, before, _changes(edit, unit, value, before))


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
