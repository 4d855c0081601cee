"""What stands in the cells of a file, to see what a reader passes over."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlrd
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

MOST_BYTES, MOST_UNPACKED, MOST_TEXTS = 5_000_000, 20_000_000, 5_000_000
"""Of a file; of all that is packed in it; of its texts, which `.xlsx` holds in one part."""
MOST_ROWS = 20_000
_MOST_LOOKS = 20_000_000
"""At cells, empty ones included: a file can say that its last row is the millionth."""
_LAST_ROW, _LAST_COLUMN, _BESIDE = 1_048_576, 16_384, 30
"""Of spreadsheets; and so many columns beside the last heading are looked at for remarks."""


class UnreadableWorkbook(ValueError):
    """A file that is no workbook of an XLSForm.

    Attributes:
        code: `bad_workbook`, `too_large`, `too_long` (rows), `unknown_file_type`, `no_survey`,
            `duplicate_sheet` (two whose names differ in capitals only).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in which something stands; row and column are counted from 1."""

    row: int
    column: int
    value: Any
    is_formula: bool

    @property
    def letter(self) -> str:
        """Its column as spreadsheets call it."""
        return get_column_letter(self.column) if self.column <= _LAST_COLUMN else str(self.column)


Grids = dict[str, list[Cell]]
"""The cells of sheets by the sheet's name in lower case."""


def grids_of(content: bytes, kind: str) -> Grids:
    """The cells of a file.

    Args:
        kind: `.xlsx`, `.xlsm` or `.xls`.

    Raises:
        UnreadableWorkbook: it is too large, or has two sheets of one name; of a damaged file the
            libraries raise whatever they meet.
    """
    if kind == ".xls":
        return _grids_of_xls(content)
    _check_size(content)
    book = load_workbook(BytesIO(content), read_only=True)
    try:
        return _by_name((sheet.title, list(_cells_of_xlsx(sheet))) for sheet in book.worksheets)
    finally:
        book.close()


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
    texts = (part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if sum(part.file_size for part in parts) > MOST_UNPACKED or sum(texts) > MOST_TEXTS:
        raise UnreadableWorkbook("too_large")


def _grids_of_xls(content: bytes) -> Grids:
    """Sheets are loaded one by one, and rows as long as they are: a cell in the last corner makes
    millions of empty ones for whoever wants a rectangle, as pyxform does.
    """
    with xlrd.open_workbook(file_contents=content, on_demand=True, ragged_rows=True) as book:
        found: list[tuple[str, list[Cell]]] = []
        looks = 0
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            looks += sheet.nrows * sheet.ncols
            if sheet.nrows > MOST_ROWS + 1 or looks > _MOST_LOOKS // 4:
                raise UnreadableWorkbook("too_long")
            found.append((name, list(_cells_of_xls(sheet))))
            book.unload_sheet(name)
        return _by_name(found)


def _cells_of_xls(sheet: Any) -> Iterator[Cell]:
    for at in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(at), start=1):
            if not _is_blank(cell.value):
                yield Cell(at + 1, column, cell.value, False)


def _cells_of_xlsx(sheet: Any) -> Iterator[Cell]:
    sheet.reset_dimensions()  # what a file says of its size need not be so
    widest = 0
    for row in sheet.iter_rows(max_row=1, max_col=_LAST_COLUMN):
        for cell in row:
            if not _is_blank(cell.value):
                widest = cell.column
                yield Cell(1, cell.column, cell.value, cell.data_type == "f")
    looks = rows = 0
    width = widest + _BESIDE
    for row in sheet.iter_rows(min_row=2, max_row=_LAST_ROW, max_col=width):
        looks += width
        filled = [cell for cell in row if not _is_blank(cell.value)]
        rows += bool(filled)
        if looks > _MOST_LOOKS or rows > MOST_ROWS:
            raise UnreadableWorkbook("too_long")
        for cell in filled:
            yield Cell(cell.row, cell.column, cell.value, cell.data_type == "f")


def _by_name(sheets: Iterable[tuple[str, list[Cell]]]) -> Grids:
    """The sheets by name in lower case.

    Raises:
        UnreadableWorkbook: two have the same name, of which pyxform would read one.
    """
    grids: Grids = {}
    for name, cells in sheets:
        if name.lower() in grids:
            raise UnreadableWorkbook("duplicate_sheet")
        grids[name.lower()] = cells
    return grids


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
