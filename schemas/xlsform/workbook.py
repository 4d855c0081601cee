"""Workbooks: bytes as sheets of texts, read by pyxform, with what its reader passes over.

pyxform ends a sheet after 60 empty rows, and drops cells without a heading and formulas without a
stored value. A form that lost a question in silence would lose answers, so what it did not read is
looked for in the file itself and told.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pyxform.xls2json_backends import DefinitionData, get_xlsform

from schemas.xlsform.grids import MOST_BYTES, MOST_ROWS, Cell, Grids, UnreadableWorkbook, grids_of
from schemas.xlsform.markdown import Tables, tables_of
from schemas.xlsform.notes import Note, Place

ENDINGS = (".xlsx", ".xlsm", ".xls", ".md")
_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
"""Those that pyxform reads; it calls them so in lower case."""
_ALIKE = 0.8
"""As `setting` and `settings` are."""
_MOST_REMARKS = 1_000
"""So many cells without a heading are told one by one."""


@dataclass(frozen=True)
class Line:
    """A row of a sheet: its number, and by heading what stands in it, never an empty text."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Workbook:
    """What a workbook says.

    Attributes:
        headings: of each sheet that was read, in their order; empty ones left out.
        lines: of each sheet that was read, those without a cell left out.
        notes: what was not read.
    """

    headings: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, tuple[Line, ...]]
    notes: tuple[Note, ...]


def read_workbook(content: bytes, kind: str) -> Workbook:
    """A workbook as pyxform reads it.

    Args:
        kind: one of `ENDINGS`, what the file's name ends with.

    Raises:
        UnreadableWorkbook: it is none, or too large.
    """
    if kind not in ENDINGS:
        raise UnreadableWorkbook("unknown_file_type")
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook("too_large")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of what it leaves out of a damaged file
        return _of_markdown(content) if kind == ".md" else _of_cells(content, kind)


def _of_markdown(content: bytes) -> Workbook:
    tables = tables_of(content)
    read = _read(tables.text.encode(), ".md")
    return _workbook(read, tuple(tables.notes), tables)


def _of_cells(content: bytes, kind: str) -> Workbook:
    try:
        grids = grids_of(content, kind)
    except UnreadableWorkbook:
        raise
    except Exception:  # noqa: BLE001  # of a damaged file these libraries raise whatever they meet
        raise UnreadableWorkbook("bad_workbook") from None
    if len(grids) == 1:  # then it is the survey, whatever it is called
        grids = {"survey": cells for cells in grids.values()}  # noqa: B035  # it is one
    if notes := tuple(_faults_of_headings(grids)):
        return Workbook({}, {}, notes)
    book = _workbook(_read(content, kind), ())
    return Workbook(book.headings, book.lines, (*book.notes, *_passed_over(grids, book)))


def _read(content: bytes, kind: str) -> DefinitionData:
    try:
        return get_xlsform(content, kind)
    except Exception:  # noqa: BLE001  # as above
        raise UnreadableWorkbook("bad_workbook") from None


def _workbook(
    read: DefinitionData, notes: tuple[Note, ...], tables: Tables | None = None
) -> Workbook:
    headings = {name: _headings(read, name) for name in _SHEETS}
    lines = {name: tuple(_lines(read, name, tables)) for name in _SHEETS}
    if not headings["survey"]:
        raise UnreadableWorkbook("no_survey")
    if max(map(len, lines.values())) > MOST_ROWS:
        raise UnreadableWorkbook("too_long")
    sheets: Sequence[str] = read.sheet_names or ()
    others = [name for name in sheets if name.lower() not in _SHEETS and len(sheets) > 1]
    return Workbook(headings, lines, (*notes, *map(_of_other_sheet, others)))


def _of_other_sheet(name: str) -> Note:
    """What is told of a sheet that is not read: one with a slip of the pen was meant to be."""
    meant = get_close_matches(name.lower(), _SHEETS[:3], n=1, cutoff=_ALIKE)
    if meant:
        return Note(Place(name), "refused", "misspelled_sheet", meant[0])
    return Note(Place(name), "left_out", "unknown_sheet")


def _headings(read: DefinitionData, name: str) -> tuple[str, ...]:
    listed: Any = getattr(read, f"{name}_header") or [{}]
    return tuple(one for one in listed[0] if one)


def _lines(read: DefinitionData, name: str, tables: Tables | None) -> Iterator[Line]:
    rows: Any = getattr(read, name) or ()
    numbers = tables.lines.get(name, [])[1:] if tables else []
    for at, row in enumerate(rows):
        cells = {heading: text for heading, text in row.items() if heading and text}
        if cells:
            yield Line(numbers[at] if at < len(numbers) else at + 2, cells)


def _faults_of_headings(grids: Grids) -> Iterator[Note]:
    """Headings at which pyxform's reader ends, or of which it would read one of two: those that are
    no texts, and those that are equal but for blanks.
    """
    for sheet, cells in grids.items():
        seen: set[str] = set()
        for cell in cells:
            if cell.row > 1 or sheet not in _SHEETS:
                continue
            place = Place(sheet, 1, cell.letter)
            if not isinstance(cell.value, str) or cell.is_formula:
                yield Note(place, "refused", "bad_heading")
            elif _cleaned(cell.value) in seen:
                yield Note(place, "refused", "duplicate_heading", cell.value)
            else:
                seen.add(_cleaned(cell.value))


def _passed_over(grids: Grids, book: Workbook) -> Iterator[Note]:
    """What stands in the file and was not read."""
    for sheet, cells in grids.items():
        if sheet in book.headings:
            yield from _passed_over_of(sheet, cells, book)


def _passed_over_of(sheet: str, cells: Sequence[Cell], book: Workbook) -> Iterator[Note]:
    known = {_cleaned(heading): heading for heading in book.headings[sheet]}
    named = {cell.column: _cleaned(str(cell.value)) for cell in cells if cell.row == 1}
    read = {line.number: line.cells for line in book.lines[sheet]}
    last = max(read, default=1)
    remarks = (cell for cell in cells if cell.row > 1 and cell.column not in named)
    for cell in islice(remarks, _MOST_REMARKS):
        yield Note(Place(sheet, cell.row, cell.letter), "left_out", "no_heading")
    if next(remarks, None) is not None:
        yield Note(Place(sheet), "left_out", "more_without_heading")
    for cell in cells:
        if cell.column not in named:
            continue
        heading = known.get(named[cell.column])
        place = Place(sheet, cell.row, heading or cell.letter)
        if cell.row == 1:
            if heading is None:
                yield Note(place, "refused", "heading_not_read")
        elif cell.row > last:
            yield Note(place, "refused", "row_not_read")
        elif heading is not None and heading not in read.get(cell.row, {}):
            yield Note(
                place, "refused", "formula_without_value" if cell.is_formula else "cell_not_read"
            )


def _cleaned(heading: str) -> str:
    """A heading as pyxform has it, which makes one blank of several."""
    return " ".join(part for part in heading.strip().split(" ") if part)
