"""Tables in Markdown: the lines that pyxform would pass over, or read otherwise than they look."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from schemas.xlsform.grids import MOST_ROWS, UnreadableWorkbook
from schemas.xlsform.notes import Note, Place

_LONGEST_LINE, _MOST_HASHES = 10_000, 50
"""pyxform looks for a remark at every `#` of a line, to its end."""
_PIPE = re.compile(r"(?<!\\)\|")
_REMARK = re.compile(r"#[^|]*$")
_SEPARATOR = re.compile(r"[|\-: ]*-[|\-: ]*")


@dataclass
class Tables:
    """The tables of a text.

    Attributes:
        lines: of each sheet, in lower case, the numbers of its rows, the headings first.
        notes: what is wrong with it.
    """

    lines: dict[str, list[int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    _rows: dict[str, list[str]] = field(default_factory=dict)
    _sheet: str = ""
    _width: int = 0

    @property
    def text(self) -> str:
        """What pyxform is given: the tables that have headings, without anything between them."""
        tables = (f"| {name} |\n" + "".join(rows) for name, rows in self._rows.items() if rows)
        return "".join(tables)

    def add(self, number: int, line: str) -> None:
        """Takes a line of the text."""
        if not (line.startswith("|") and line.endswith("|") and len(line) > 1):
            self._refuse(number, "line_not_read")
        elif not _SEPARATOR.fullmatch(line):
            name, *cells = (one.strip() for one in _PIPE.split(line[1:-1]))
            if name:
                self._begin(number, name)
            if any(cells):
                self._add_row(number, cells)

    def _begin(self, number: int, name: str) -> None:
        self._sheet, self._width = name, 0
        if name.lower() in self.lines:
            self._refuse(number, "duplicate_sheet")
        self.lines[name.lower()] = []
        self._rows[name] = []

    def _add_row(self, number: int, cells: list[str]) -> None:
        if not self._sheet:
            self._refuse(number, "line_not_read")
            return
        listed = self.lines[self._sheet.lower()]
        if not listed:
            self._width = max(at for at, one in enumerate(cells, start=1) if one)
            headings = [one for one in cells if one]
            if len({*headings}) < len(headings):
                self._refuse(number, "duplicate_heading")
            if "" in cells[: self._width]:
                self._refuse(number, "bad_heading")
        elif any(cells[self._width :]):
            self._refuse(number, "no_heading_over_it")
        listed.append(number)
        self._rows[self._sheet].append("| | " + " | ".join(cells[: self._width]) + " |\n")

    def _refuse(self, number: int, code: str) -> None:
        self.notes.append(Note(Place(self._sheet or "survey", number), "refused", code))


def tables_of(content: bytes) -> Tables:
    """The tables of a file in Markdown.

    Raises:
        UnreadableWorkbook: it is no text in UTF-8, or too long.
    """
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise UnreadableWorkbook("bad_workbook") from None
    if len(lines) > 2 * MOST_ROWS:
        raise UnreadableWorkbook("too_long")
    found = Tables()
    for number, line in enumerate((one.strip() for one in lines), start=1):
        if len(line) > _LONGEST_LINE or line.count("#") > _MOST_HASHES:
            raise UnreadableWorkbook("too_large")
        told = "" if line.startswith("#") else _REMARK.sub("", line).strip()
        if told:
            found.add(number, told)
    return found
