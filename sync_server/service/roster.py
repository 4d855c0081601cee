"""A list of people, as CSV or XLSX: read, and added to the directory all together or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from schemas.xlsform.grids import Cell, UnreadableWorkbook, grids_of
from sync_server.service.directory_changes import (
    InvalidAccount,
    Rights,
    carried_out,
    check_agency,
    check_name,
    check_rights,
    fan_out,
    note,
)
from sync_server.service.kanaf import Kanaf
from sync_server.storage import directory
from sync_server.storage.rows import UserRow
from sync_server.storage.store import Connection

COLUMNS = ("name", "role", "agency", "group")
"""The headings; a group may be left out, the others stand in every row."""
MOST_PEOPLE = 5_000
_MOST_BYTES = 5_000_000
_DELIMITERS = ",;\t"
"""Spreadsheets write CSV by the language of the machine: with commas, semicolons or tabs."""


class UnusableRoster(ValueError):
    """A file is no list of people; the message says what it should be."""


@dataclass(frozen=True)
class Line:
    """A row of the list: its number in the file, the headings counted, and its cells by heading."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell.

    Attributes:
        column: a heading; empty for the whole row.
        message: what to do.
    """

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Imported:
    """What became of a list.

    Attributes:
        added: the names of those who are new, in the order of the list.
        known: the names of those who were there already, with the same rights.
        faults: what is wrong; where there is anything, nobody was added.
    """

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_roster(content: bytes, kind: str) -> list[Line]:
    """The rows of a list, empty ones left out.

    Args:
        kind: what the file's name ends with, `.csv` or `.xlsx`.

    Raises:
        UnusableRoster: it is no such file, lacks a heading, or has one that nothing is known of.
    """
    if len(content) > _MOST_BYTES:
        raise UnusableRoster("the file is larger than 5 MB")
    if kind == ".csv":
        rows = _rows_of_csv(content)
    elif kind == ".xlsx":
        rows = _rows_of_xlsx(content)
    else:
        raise UnusableRoster("name it .csv or .xlsx")
    _, headings = next(rows, (0, []))
    named = [one.strip().lower() for one in headings]
    _check_headings(named)
    filled = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    if len(filled) > MOST_PEOPLE:
        raise UnusableRoster(f"there are more than {MOST_PEOPLE} people in it")
    return [
        Line(number, dict(zip(named, (cell.strip() for cell in row), strict=False)))
        for number, row in filled
    ]


def import_people(kanaf: Kanaf, lines: Sequence[Line], *, dry_run: bool) -> Imported:
    """Adds those who are not there yet; all of them, or nobody where anything is wrong.

    Args:
        dry_run: whether nobody is added in any case.
    """

    def carry_out(connection: Connection) -> Imported:
        users = {one.name: one for one in directory.users(connection)}
        faults = tuple(_faults(connection, lines, users))
        if faults:
            return Imported(faults=faults)
        new = [line for line in lines if line.cells["name"] not in users]
        if new and not dry_run:
            _add(kanaf, connection, new)
        known = (line.cells["name"] for line in lines if line.cells["name"] in users)
        return Imported(tuple(line.cells["name"] for line in new), tuple(known))

    return carried_out(kanaf, carry_out)


def _add(kanaf: Kanaf, connection: Connection, lines: Sequence[Line]) -> None:
    for line in lines:
        name = line.cells["name"]
        directory.add_user(
            connection, name=name, active=True, password_hash=None, **_rights(line.cells)
        )
        note(kanaf, connection, "user added", name)
    fan_out(connection)


def _faults(
    connection: Connection, lines: Sequence[Line], users: Mapping[str, UserRow]
) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for line in lines:
        rights, name = _rights(line.cells), line.cells.get("name", "")
        checks: dict[str, Callable[[], None]] = {
            "name": lambda: check_name(name, "a name"),  # noqa: B023 - called at once
            "role": lambda: check_rights(Rights(role=rights["role"])),  # noqa: B023
            "agency": lambda: check_agency(connection, rights),  # noqa: B023
        }
        for column, check in checks.items():
            try:
                check()
            except InvalidAccount as wrong:
                yield Fault(line.number, column, str(wrong))
        if name in first:
            yield Fault(line.number, "name", f"{name} stands in row {first[name]} already")
        elif name in users and _differs(users[name], rights):
            yield Fault(line.number, "name", _there_already(users[name]))
        first.setdefault(name, line.number)


def _differs(user: UserRow, rights: Rights) -> bool:
    return (user.role, user.agency, user.group) != (
        rights["role"],
        rights["agency"],
        rights["group"],
    )


def _there_already(user: UserRow) -> str:
    where = f"group {user.group}" if user.group else "no group"
    return (
        f"{user.name} is there already, as a {user.role} of {user.agency} in {where}; "
        f"for other rights: kanaf user change {user.name}"
    )


def _rights(cells: Mapping[str, str]) -> Rights:
    return Rights(
        role=cells.get("role", ""), agency=cells.get("agency", ""), group=cells.get("group") or None
    )


def _check_headings(headings: Sequence[str]) -> None:
    told = ", ".join(COLUMNS)
    missing = [one for one in COLUMNS if one not in headings and one != "group"]
    if missing:
        raise UnusableRoster(f"the first row lacks {', '.join(missing)}; its headings are {told}")
    unknown = [one for one in headings if one and one not in COLUMNS]
    if unknown:
        raise UnusableRoster(f"nothing is known of {', '.join(unknown)}; the headings are {told}")
    if len({*filter(None, headings)}) < len([*filter(None, headings)]):
        raise UnusableRoster("a heading stands there twice")


def _rows_of_csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableRoster("save it as CSV in UTF-8") from None
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        yield from enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), start=1)
    except csv.Error:
        raise UnusableRoster("it is no CSV") from None


def _rows_of_xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        sheets = [cells for cells in grids_of(content, ".xlsx").values() if cells]
    except UnreadableWorkbook:
        raise UnusableRoster("the workbook is too large") from None
    except Exception:  # noqa: BLE001 - of a damaged file the library raises whatever it meets
        raise UnusableRoster("the file is damaged, or no workbook") from None
    if len(sheets) != 1:
        raise UnusableRoster("the workbook has one sheet with people, and no other that is filled")
    rows: dict[int, list[Cell]] = {}
    for cell in sheets[0]:
        rows.setdefault(cell.row, []).append(cell)
    for number, cells in sorted(rows.items()):
        told = {cell.column: _text(cell) for cell in cells}
        yield number, [told.get(column, "") for column in range(1, max(told) + 1)]


def _text(cell: Cell) -> str:
    """What stands in a cell; a formula's result is not known here."""
    if cell.is_formula:
        return ""
    value = cell.value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
