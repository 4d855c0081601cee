"""Units: what a person would be asked about as one question. The generator's own, from its acts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Edit,
    Move,
    Path,
    RemoveRow,
    Reword,
    SetTogether,
    SetValue,
    Strike,
    SwapNames,
    Write,
)
from bench.quality.form import TOGETHER

ORDER = "order of rows"
"""As the second part of a path: the order of the rows of a list."""


class UnitKind(StrEnum):
    """What a unit is a part of."""

    VALUE = "value"
    TOGETHER = "together"
    OPTION = "option"
    TEXT = "text"
    ROW = "row"  # whether it is there
    ORDER = "order"
    COPY = "copy"  # a row and its copy with the same id
    TWINS = "twins"  # two rows whose names were exchanged


@dataclass(frozen=True, order=True)
class Unit:
    """A unit's name."""

    kind: UnitKind
    path: Path

    def __str__(self) -> str:
        return f"{self.kind} {'/'.join(self.path)}"

    def is_asked_about_by(self, question: Path) -> bool:
        """Whether a question about a part of the document is a question about this unit."""
        return any(_meet(path, question, self.kind) for path in self.covered())

    def covered(self) -> Iterable[Path]:
        """The paths of the parts that belong to it."""
        if self.kind is UnitKind.TOGETHER:
            return [(name,) for name in TOGETHER[self.path[0]]]
        if self.kind is UnitKind.TWINS:
            return [self.path[:2], (self.path[0], self.path[2])]
        return [self.path]


@dataclass(frozen=True)
class Deed:
    """An act with the edit that it was part of, and its place in it."""

    edit: Edit
    place: int

    @property
    def act(self) -> Act:
        """What was done."""
        return self.edit.acts[self.place]


def deeds_by_unit(edits: Collection[Edit]) -> dict[Unit, list[Deed]]:
    """All that was done, by unit, in the order in which it was done.

    What is done to a cell is also a reason to keep its row, if somebody removes that. All that is
    done to a row that was copied with its id, or whose name was exchanged, is one unit.
    """
    deeds = [Deed(edit, place) for edit in edits for place in range(len(edit.acts))]
    bundles = _bundles(deeds)
    found: dict[Unit, list[Deed]] = {}
    for deed in deeds:
        row = _row(deed.act)
        if row in bundles:
            found.setdefault(bundles[row], []).append(deed)
            continue
        found.setdefault(_unit(deed.act), []).append(deed)
        if row and not isinstance(deed.act, AddRow | RemoveRow):
            found.setdefault(Unit(UnitKind.ROW, row), []).append(deed)
    return {
        unit: done
        for unit, done in found.items()
        if unit.kind is not UnitKind.ROW
        or any(isinstance(deed.act, AddRow | RemoveRow) for deed in done)
    }


def _bundles(deeds: Iterable[Deed]) -> dict[Path, Unit]:
    bundles: dict[Path, Unit] = {}
    for deed in deeds:
        match deed.act:
            case CopyRow(path):
                bundles[path] = Unit(UnitKind.COPY, path)
            case SwapNames(path, other):
                unit = Unit(UnitKind.TWINS, (*path, other))
                bundles[path] = bundles[path[0], other] = unit
    return bundles


def _row(act: Act) -> Path:
    """The row that an act is about; empty where it is about none."""
    return () if isinstance(act, SetTogether) or len(act.path) < 2 else act.path[:2]


def _unit(act: Act) -> Unit:
    match act:
        case SetValue(path):
            return Unit(UnitKind.VALUE, path)
        case SetTogether(group):
            return Unit(UnitKind.TOGETHER, (group,))
        case Choose(path, option):
            return Unit(UnitKind.OPTION, (*path, option))
        case Reword(path) | Strike(path) | Write(path) | Move(path):
            return Unit(UnitKind.TEXT, path)
        case Arrange(path):
            return Unit(UnitKind.ORDER, (*path, ORDER))
        case AddRow(path) | RemoveRow(path) | CopyRow(path) | SwapNames(path):
            return Unit(UnitKind.ROW, path)


def _meet(path: Path, question: Path, kind: UnitKind) -> bool:
    if path[: len(question)] == question:
        return True
    return kind in (UnitKind.COPY, UnitKind.TWINS) and question[: len(path)] == path
