"""A list of people, as CSV or XLSX: read, and added to the directory all together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from schemas.xlsform.grids import Cell, UnreadableWorkbook, grids_of
from sync_server.service.csv_rows import UnusableCsv, csv_rows
from sync_server.service.directory_changes import (
    InvalidAccount,
    Rights,
    as_read,
    by_reading,
    carried_out,
    check_is_nobody_else,
    check_rights,
    fan_out,
    note,
    usable_name,
    usable_rights,
)
from sync_server.service.kanaf import Kanaf
from sync_server.storage import directory
from sync_server.storage.rows import UserRow
from sync_server.storage.store import Connection

Result = TypeVar("Result")

COLUMNS = ("name", "role", "agency", "group", "area")
"""The headings; group and area may be left out, the others stand in every row. Of several groups,
with `|` between them, the first is the one in which a person begins records.
"""
_OPTIONAL = ("group", "area")
MOST_PEOPLE = 5_000
_MOST_BYTES = 5_000_000


class UnusableRoster(ValueError):
    """A file is no list of people; the message says what it should be."""


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
class Line:
    """A row of the list.

    Attributes:
        number: in the file, the headings counted.
        cells: by heading.
        faults: what could not be read of it.
    """

    number: int
    cells: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


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
    named = [(one or "").lower() for one in headings]
    _check_headings(named)
    filled = [(number, row) for number, row in rows if any(cell is None or cell for cell in row)]
    if len(filled) > MOST_PEOPLE:
        raise UnusableRoster(f"there are more than {MOST_PEOPLE} people in it")
    return [_line(number, named, row) for number, row in filled]


def _line(number: int, headings: Sequence[str], row: Sequence[str | None]) -> Line:
    faults: list[Fault] = []
    cells: dict[str, str] = {}
    for heading, cell in zip_longest(headings, row, fillvalue=""):
        if cell is None:
            faults.append(Fault(number, heading or "", "a formula: put its value there"))
        elif cell and not heading:
            faults.append(Fault(number, "", f"{cell!r} stands under no heading"))
        elif heading:
            cells[heading] = cell
    return Line(number, cells, tuple(faults))


def import_people(kanaf: Kanaf, lines: Sequence[Line], *, dry_run: bool) -> Imported:
    """Adds those who are not there yet; all of them, or nobody where anything is wrong.

    Args:
        dry_run: whether nobody is added in any case.
    """

    def carry_out(connection: Connection) -> Imported:
        people = _People(connection, {one.name: one for one in directory.users(connection)})
        faults = tuple(fault for line in lines for fault in (*line.faults, *people.faults(line)))
        if faults:
            return Imported(faults=faults)
        if people.new and not dry_run:
            _add(kanaf, connection, people.new)
        return Imported(tuple(people.new), tuple(people.known))

    return carried_out(kanaf, carry_out)


def _add(kanaf: Kanaf, connection: Connection, people: Mapping[str, Rights]) -> None:
    for name, rights in people.items():
        directory.add_user(connection, name=name, active=True, password_hash=None, **rights)
        note(kanaf, connection, "user added", name)
    fan_out(connection)


class _People:
    """Those of a list, while it is gone through."""

    def __init__(self, connection: Connection, users: Mapping[str, UserRow]) -> None:
        self.new: dict[str, Rights] = {}
        self.known: list[str] = []
        self._connection = connection
        self._users = users
        self._names = by_reading(users)
        self._first: dict[str, int] = {}

    def faults(self, line: Line) -> list[Fault]:
        """What is wrong with a row; else its person is one of the new or the known."""
        given, wrong = _rights(line.cells), list[Fault]()

        def tried(column: str, check: Callable[[], Result]) -> Result | None:
            try:
                return check()
            except InvalidAccount as invalid:
                wrong.append(Fault(line.number, column, str(invalid)))
                return None

        def checked(rights: Rights) -> Rights:
            usable = usable_rights(rights)
            check_rights(self._connection, usable)
            return usable

        tried("role", lambda: checked(Rights(role=given["role"])))
        tried("agency", lambda: checked(Rights(agency=given["agency"])))
        groups = tried("group", lambda: checked(Rights(groups=given["groups"])))
        tried("area", lambda: checked(Rights(area=given["area"])))
        rights: Rights = {**given, **(groups or {})}
        name = tried("name", lambda: self._name(line, rights))
        if name is not None and name in self._users:
            self.known.append(name)
        elif name is not None:
            self.new[name] = rights
        return wrong

    def _name(self, line: Line, rights: Rights) -> str:
        """The name of a row's person.

        Raises:
            InvalidAccount: it is unusable, stands there already, or is that of somebody else.
        """
        name = usable_name(line.cells["name"], "a name")
        if name in self._first:
            raise InvalidAccount(f"{name} stands in row {self._first[name]} already")
        self._first[name] = line.number
        check_is_nobody_else(name, self._names)
        self._names[as_read(name)] = name
        user = self._users.get(name)
        if user is not None and (_differs(user, rights) or not user.active):
            raise InvalidAccount(_there_already(user))
        return name


def _differs(user: UserRow, rights: Rights) -> bool:
    return (user.role, user.agency, user.groups, user.area) != (
        rights["role"],
        rights["agency"],
        rights["groups"],
        rights["area"],
    )


def _there_already(user: UserRow) -> str:
    if not user.active:
        return f"{user.name} is there already, and shut out; see kanaf user let-in {user.name}"
    where = f"group {', '.join(user.groups)}" if user.groups else "no group"
    return (
        f"{user.name} is there already, as a {user.role} of {user.agency} in {where}; "
        f"for other rights: kanaf user change {user.name}"
    )


def _rights(cells: Mapping[str, str]) -> Rights:
    groups = (one.strip() for one in cells.get("group", "").split("|"))
    return Rights(
        role=cells.get("role", ""),
        agency=cells.get("agency", ""),
        groups=tuple(one for one in groups if one),
        area=cells.get("area") or None,
    )


def place_of(line: Line) -> tuple[str, tuple[str, ...]]:
    """The agency and the groups of a row's person."""
    rights = _rights(line.cells)
    return rights["agency"], rights["groups"]


def _check_headings(headings: Sequence[str]) -> None:
    told = ", ".join(COLUMNS)
    missing = [one for one in COLUMNS if one not in headings and one not in _OPTIONAL]
    if missing:
        raise UnusableRoster(f"the first row lacks {', '.join(missing)}; its headings are {told}")
    unknown = [one for one in headings if one and one not in COLUMNS]
    if unknown:
        raise UnusableRoster(f"nothing is known of {', '.join(unknown)}; the headings are {told}")
    if len({*filter(None, headings)}) < len([*filter(None, headings)]):
        raise UnusableRoster("a heading stands there twice")


def _rows_of_csv(content: bytes) -> Iterator[tuple[int, Sequence[str | None]]]:
    try:
        yield from csv_rows(content)
    except UnusableCsv as unusable:
        raise UnusableRoster(str(unusable)) from None


def _rows_of_xlsx(content: bytes) -> Iterator[tuple[int, Sequence[str | None]]]:
    try:
        sheets = [cells for cells in grids_of(content, ".xlsx").values() if cells]
    except UnreadableWorkbook as unreadable:
        is_doubled = unreadable.code == "duplicate_sheet"
        told = "has two sheets of one name" if is_doubled else "is too large"
        raise UnusableRoster(f"the workbook {told}") from None
    except Exception:  # noqa: BLE001 - of a damaged file the library raises whatever it meets
        raise UnusableRoster("the file is damaged, or no workbook") from None
    if len(sheets) != 1:
        raise UnusableRoster("the workbook has one sheet with people, and no other that is filled")
    rows: dict[int, list[Cell]] = {}
    for cell in sheets[0]:
        rows.setdefault(cell.row, []).append(cell)
    for number, cells in sorted(rows.items()):
        texts = {cell.column: _text(cell) for cell in cells}
        yield number, [texts.get(column, "") for column in range(1, max(texts) + 1)]


def _text(cell: Cell) -> str | None:
    """What stands in a cell; None for a formula, whose result is not known here."""
    if cell.is_formula:
        return None
    value = cell.value
    number = isinstance(value, float) and value.is_integer()
    return str(int(value) if number else value).strip()
