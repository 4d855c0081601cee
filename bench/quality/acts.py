"""Acts: what one person means by one change. Parts are named by identity, never by place or value.

A sentence, line or row has an identity of its own that the document need not show: that is how the
truth knows that a sentence was moved, and not one removed and another written.
"""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str, ...]
"""A field, such as ("age",); a cell, ("family", "r1", "age"); a row; an option of a set."""
Value = str | int | float | bool | None
Cells = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class SetValue:
    """A field or cell is given a value."""

    path: Path
    value: Value


@dataclass(frozen=True)
class SetTogether:
    """Fields that mean something only together are given values."""

    group: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Choose:
    """An option of a set is ticked or unticked."""

    path: Path
    option: str
    chosen: bool


@dataclass(frozen=True)
class Reword:
    """A sentence or line says the same thing in other words, or is corrected."""

    path: Path
    sentence: str
    words: str


@dataclass(frozen=True)
class Strike:
    """A sentence or line is taken out."""

    path: Path
    sentence: str


@dataclass(frozen=True)
class Write:
    """A sentence or line is put in behind another; at the beginning where `behind` is empty."""

    path: Path
    sentence: str
    words: str
    behind: str


@dataclass(frozen=True)
class Move:
    """A sentence is put behind another; at the beginning where `behind` is empty."""

    path: Path
    sentence: str
    behind: str


@dataclass(frozen=True)
class AddRow:
    """A row is added at the end."""

    path: Path
    cells: Cells


@dataclass(frozen=True)
class RemoveRow:
    """A row is taken out."""

    path: Path


@dataclass(frozen=True)
class Arrange:
    """The rows of a list are put into an order."""

    path: Path
    order: tuple[str, ...]


@dataclass(frozen=True)
class CopyRow:
    """A row is copied by a client that copies its id, too, and the copy is changed.

    Attributes:
        cells: the whole copy, as it was changed.
        above: whether the copy stands above the row it was made of, not below.
    """

    path: Path
    cells: Cells
    above: bool = False


@dataclass(frozen=True)
class SwapNames:
    """Two people's names were mixed up: each is typed into the other's row, all else stays."""

    path: Path
    other: str
    names: tuple[str, str]


Act = (
    SetValue
    | SetTogether
    | Choose
    | Reword
    | Strike
    | Write
    | Move
    | AddRow
    | RemoveRow
    | Arrange
    | CopyRow
    | SwapNames
)
SentenceAct = Reword | Strike | Write | Move


@dataclass(frozen=True)
class Edit:
    """What one person changed between opening the form and saving it.

    Attributes:
        number: edits are numbered as they were made.
        seen: the numbers of all edits whose effect stood on the tablet, own ones included.
    """

    number: int
    author: str
    seen: frozenset[int]
    acts: tuple[Act, ...]


def apart(one: Edit, other: Edit) -> bool:
    """Whether neither author had seen the other's edit."""
    return (
        one.number != other.number and one.number not in other.seen and other.number not in one.seen
    )
