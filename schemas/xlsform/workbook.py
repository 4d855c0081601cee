"""Workbooks: bytes as sheets of texts, read by pyxform, with what its reader passes over.

pyxform ends a sheet after 60 empty rows, and drops cells without a heading and formulas without a
stored value. A form that lost a question in silence would lose answers, so what it did not read is
looked for in the file itself and told.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlrd
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from pyxform.xls2json_backends import DefinitionData, get_xlsform

from schemas.xlsform.notes import Note, Place

KINDS = (".xlsx", ".xlsm", ".xls", ".md")
MOST_BYTES, MOST_UNPACKED, MOST_ROWS = 5_000_000, 50_000_000, 20_000
_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
"""Those that pyxform reads; it calls them so in lower case."""


class UnreadableWorkbook(ValueError):
    """A file that is no workbook of an XLSForm.

    Attributes:
        code: `bad_workbook`, `too_large`, `too_long` (rows), `unknown_file_type`, `no_survey`,
            `duplicate_sheet` (two whose names differ in capitals only).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
        kind: one of `KINDS`, what the file's name ends with.

    Raises:
        UnreadableWorkbook: it is none, or too large.
    """
    if kind not in KINDS:
        raise UnreadableWorkbook("unknown_file_type")
    if len(content) > MOST_BYTES or (
        kind in (".xlsx", ".xlsm") and _unpacked(content) > MOST_UNPACKED
    ):
        raise UnreadableWorkbook("too_large")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of what it leaves out of a damaged file
        return _read(content, kind)


def _read(content: bytes, kind: str) -> Workbook:
    try:
        there = {} if kind == ".md" else _grids(content, kind)
    except UnreadableWorkbook:
        raise
    except Exception:  # noqa: BLE001  # of a damaged file these libraries raise whatever they meet
        raise UnreadableWorkbook("bad_workbook") from None
    if notes := tuple(_faults_of_headings(there)):
        return Workbook({}, {}, notes)
    try:
        read = get_xlsform(content, kind)
    except Exception:  # noqa: BLE001  # as above
        raise UnreadableWorkbook("bad_workbook") from None
    headings = {name: _headings(read, name) for name in _SHEETS}
    lines = {name: tuple(_lines(read, name)) for name in _SHEETS}
    if not headings["survey"]:
        raise UnreadableWorkbook("no_survey")
    if max(map(len, lines.values())) > MOST_ROWS:
        raise UnreadableWorkbook("too_long")
    others = [name for name in read.sheet_names or () if name.lower() not in _SHEETS]
    if len(read.sheet_names or ()) == 1:  # then it is the survey, whatever it is called
        there = {"survey": cells for cells in there.values()}  # noqa: B035  # it is one
        others = []
    return Workbook(
        headings,
        lines,
        (
            *(Note(Place(name), "left_out", "unknown_sheet") for name in others),
            *_passed_over(there, headings, lines),
        ),
    )


def _unpacked(content: bytes) -> int:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError):
        raise UnreadableWorkbook("bad_workbook") from None


def _headings(read: DefinitionData, name: str) -> tuple[str, ...]:
    listed: Any = getattr(read, f"{name}_header") or [{}]
    return tuple(one for one in listed[0] if one and one != "None")


def _lines(read: DefinitionData, name: str) -> Iterator[Line]:
    rows: Any = getattr(read, name) or ()
    for number, row in enumerate(rows, start=2):
        cells = {heading: text for heading, text in row.items() if text}
        if cells:
            yield Line(number, cells)


@dataclass(frozen=True)
class _Cell:
    row: int
    column: int
    value: Any
    is_formula: bool


_Grids = dict[str, list[_Cell]]


def _grids(content: bytes, kind: str) -> _Grids:
    """What stands in the cells of a file, by the names of its sheets in lower case."""
    if kind == ".xls":
        with xlrd.open_workbook(file_contents=content) as book:
            return _by_name((sheet.name, list(_cells_of_xls(sheet))) for sheet in book.sheets())
    book = load_workbook(BytesIO(content), read_only=True)
    try:
        return _by_name((sheet.title, list(_cells_of_xlsx(sheet))) for sheet in book.worksheets)
    finally:
        book.close()


def _by_name(sheets: Iterable[tuple[str, list[_Cell]]]) -> _Grids:
    """Raises:
    UnreadableWorkbook: two have the same name, of which pyxform would read one.
    """
    grids: _Grids = {}
    for name, cells in sheets:
        if name.lower() in grids:
            raise UnreadableWorkbook("duplicate_sheet")
        grids[name.lower()] = cells
    return grids


def _cells_of_xls(sheet: Any) -> Iterator[_Cell]:
    for at in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(at), start=1):
            if not _is_blank(cell.value):
                yield _Cell(at + 1, column, cell.value, False)


def _cells_of_xlsx(sheet: Any) -> Iterator[_Cell]:
    sheet.reset_dimensions()  # what a file says of its size need not be so
    for row in sheet.iter_rows():
        for cell in row:
            if not _is_blank(cell.value):
                yield _Cell(cell.row, cell.column, cell.value, cell.data_type == "f")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _faults_of_headings(there: _Grids) -> Iterator[Note]:
    """Headings at which pyxform's reader ends: those that are no texts, and equal ones."""
    for sheet, cells in there.items():
        seen: set[str] = set()
        for cell in cells:
            if cell.row == 1 and (sheet in _SHEETS or len(there) == 1):
                place = Place(sheet, 1, get_column_letter(cell.column))
                if not isinstance(cell.value, str) or cell.is_formula:
                    yield Note(place, "refused", "bad_heading")
                elif cell.value in seen:
                    yield Note(place, "refused", "duplicate_heading", cell.value)
                else:
                    seen.add(cell.value)


def _passed_over(
    there: _Grids, headings: Mapping[str, tuple[str, ...]], lines: Mapping[str, tuple[Line, ...]]
) -> Iterator[Note]:
    """The cells of the file that are in none of the lines."""
    for sheet, cells in there.items():
        if sheet not in headings:
            continue
        read = {line.number: line.cells for line in lines[sheet]}
        named = {cell.column: cell.value for cell in cells if cell.row == 1}
        last = max(read, default=1)
        for cell in cells:
            heading = _known(named.get(cell.column), headings[sheet])
            column = heading or get_column_letter(cell.column)
            place = Place(sheet, cell.row, column)
            if cell.row == 1:
                if heading is None:
                    yield Note(place, "refused", "heading_not_read")
            elif heading is None and cell.column not in named:
                yield Note(place, "left_out", "no_heading")
            elif cell.row > last:
                yield Note(place, "refused", "row_not_read")
            elif heading not in read.get(cell.row, {}):
                yield Note(
                    place,
                    "refused",
                    "formula_without_value" if cell.is_formula else "cell_not_read",
                )


def _known(heading: Any, headings: tuple[str, ...]) -> str | None:
    """A heading as pyxform has it, which makes one blank of several."""
    if not isinstance(heading, str):
        return None
    cleaned = " ".join(part for part in heading.split(" ") if part)
    return cleaned if cleaned in headings else None
