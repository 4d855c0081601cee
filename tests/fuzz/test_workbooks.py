"""Workbooks that make no sense: cells by chance, and files damaged in every way.

Whatever is read: a form, or a reason with sheet, row and column. Nothing that stands in a cell goes
away in silence. `make fuzz` tries many more of them.
"""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from schemas import Form, form_to_json
from schemas.xlsform.grids import UnreadableWorkbook
from schemas.xlsform.notes import Note
from schemas.xlsform.reading import read_form
from schemas.xlsform.writing import written
from tests.schemas.test_xlsform_writing import CHOICES, SURVEY
from tests.schemas.workbooks import SETTINGS, saved, xlsx

EXAMPLES = int(os.environ.get("KANAF_FUZZ_EXAMPLES", "400"))
HEADINGS: dict[str, list[str | None]] = {
    "survey": [
        *("type", "name", "label::English (en)", "label", "label::العربية (ar)", "hint"),
        *("relevant", "required", "constraint", "calculation", "default", "choice_filter", None),
        *("appearance", "repeat_count", "bind::relevant", "media::image", "merge", "couple"),
        *("kind", "min", "sensitivity", "share", "trigger", "parameters", "read_only", "disabled"),
        "x y",
    ],
    "choices": ["list_name", "name", "label::English (en)", "label", "list name", "state", None],
    "settings": ["form_title", "form_id", "default_language", "cardinality", "code", "version"],
}
SOUND: dict[str, list[dict[str, Any]]] = {
    "survey": SURVEY,
    "choices": CHOICES,
    "settings": SETTINGS,
}
CELLS: list[Any] = [
    *("text", "integer", "select_one a", "select_multiple a or_other", "begin group", "end group"),
    *("begin repeat", "end repeat", "calculate", "note", "range", "geopoint", "date", "start"),
    *("a", "b", "c", "1a", "a b", "${a}", "${b} > 5", ". < 3", "selected(${a}, 'b')", "today()"),
    *("count(${c})", "a = ${b}", "yes", "no", "true()", "((", "'", "json:{}", "json:[", "highest"),
    *("en", "English (en)", "Klingon", "k5", "كنف", "‘a’", "\xa0", "=1+1", "#REF!", " "),
    *(1, 0, -2.5, 1e300, True, None, None, None),
]
QUIET_CODES = ("disabled", "comment", "of_the_envelope", "second_settings", "no_name")
"""Of notes that are about a whole row."""


def workbook_by_chance(chance: random.Random) -> Workbook:
    """A workbook of words by chance, or a sound one with a few cells and rows changed."""
    book = Workbook()
    book.remove(book.active)
    for name, headings in HEADINGS.items():
        if chance.random() < 0.03:
            continue
        sheet = book.create_sheet(name)
        if chance.random() < 0.1:
            chosen = list(dict.fromkeys([*headings[:3], *chance.choices(headings, k=8)]))
            sheet.append(chosen)
            for _ in range(chance.randint(0, 8)):
                sheet.append([chance.choice(CELLS) for _ in chosen])
            continue
        kept = chance.choice([1, 1, 0.98])
        rows = [dict(row) for row in SOUND[name] if chance.random() < kept]
        changed = chance.choice([0, 0, 1, 2, 4])
        for _ in range(changed if rows else 0):
            chance.choice(rows)[chance.choice(headings) or "notes"] = chance.choice(CELLS)
        columns = list(dict.fromkeys(heading for row in rows for heading in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(heading) for heading in columns])
    if not book.worksheets:
        book.create_sheet("survey")
    return book


def read(content: bytes, name: str) -> tuple[Form | None, tuple[Note, ...]] | None:
    """What is read; None where the file is said to be no workbook."""
    try:
        form, notes = read_form(content, name).form("k30", 1)
    except UnreadableWorkbook:
        return None
    refused = [note for note in notes if note.outcome == "refused"]
    assert (form is None) == bool(refused)
    assert all(note.place.sheet and note.code for note in notes)
    return form, notes


def test_whatever_stands_in_cells_is_a_form_or_refused(figure: Callable[[str], None]) -> None:
    seed = 20261126
    chance = random.Random(seed)
    forms = accepted = accepted_and_read = 0
    for _ in range(EXAMPLES):
        content = saved(workbook_by_chance(chance))
        found = read(content, "x.xlsx")
        form = found[0] if found else None
        forms += form is not None
        if form is not None:
            again = read(written(form, ".xlsx"), "x.xlsx")
            assert again is not None
            assert again[0] == form
        try:
            convert(content, file_type=".xlsx")
        except (PyXFormError, AttributeError, KeyError, TypeError, IndexError, ValueError):
            continue
        accepted += 1
        accepted_and_read += found is not None
    figure(
        f"workbooks by chance: {EXAMPLES} tried, {forms} forms, {accepted} taken by pyxform and"
        f" {accepted - accepted_and_read} of these not read here, seed {seed}"
    )
    assert accepted_and_read == accepted


def test_nothing_that_stands_in_a_cell_goes_away_in_silence(figure: Callable[[str], None]) -> None:
    seed = 7
    chance = random.Random(seed)
    for _ in range(EXAMPLES):
        book = workbook_by_chance(chance)
        marks = plant(book, chance)
        found = read(saved(book), "x.xlsx")
        if found is None:
            continue
        form, notes = found
        silent = [mark for mark, place in marks.items() if not is_told(mark, place, form, notes)]
        assert silent == [], (silent, marks, notes)
    figure(f"cells of workbooks by chance: {EXAMPLES} workbooks, 0 lost, seed {seed}")


Where = tuple[str, int, str, str]
"""The sheet, the row, the letter of the column, its heading."""


def plant(book: Workbook, chance: random.Random) -> dict[str, Where]:
    """Puts texts that are nowhere else into cells of a workbook."""
    marks: dict[str, Where] = {}
    for sheet in book.worksheets:
        for row in range(2, sheet.max_row + 1):
            column = chance.randint(1, sheet.max_column)
            mark = f"mark{len(marks)}"
            cell = sheet.cell(row, column, mark)
            heading = str(sheet.cell(1, column).value or "")
            marks[mark] = (sheet.title, row, cell.column_letter, heading)
    return marks


def is_told(mark: str, where: Where, form: Form | None, notes: tuple[Note, ...]) -> bool:
    """Whether a text is in the form, or something is said of its cell or row or sheet."""
    sheet, row, letter, heading = where
    if form is not None and mark in str(form_to_json(form)):
        return True
    of_sheet = [note for note in notes if note.place.sheet == sheet]
    return form is None or any(
        (note.place.row == row and note.place.column in (letter, heading))
        or (note.place.row == row and note.code in QUIET_CODES)
        or note.code in ("unknown_sheet", "unused_list", "empty_group")
        for note in of_sheet
    )


def flipped(content: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, or the end cut off."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged[: chance.randrange(len(damaged))] if chance.random() < 0.2 else damaged)


def repacked(content: bytes, chance: random.Random) -> bytes:
    """A workbook in which one part within is damaged, or missing."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        chosen = chance.choice(before.namelist())
        for name in before.namelist():
            part = before.read(name)
            if name != chosen:
                after.writestr(name, part)
            elif chance.random() < 0.9:
                after.writestr(name, torn(part, chance))
    return made.getvalue()


def torn(part: bytes, chance: random.Random) -> bytes:
    """XML with something left out, doubled or put elsewhere."""
    start, end = sorted(chance.randrange(len(part) + 1) for _ in range(2))
    way = chance.randrange(4)
    if way == 0:
        return part[:start] + part[min(end, start + 30) :]
    if way == 1:
        return part[:end] + part[start:]
    if way == 2:
        return flipped(part, chance)
    words = [
        b"1048576",
        b"XFD1",
        b"&#0;",
        b"-1",
        b"e",
        b"s",
        b"\xff",
        b"rId9",
        b"<c/>",
        b"99999999",
    ]
    return part[:start] + chance.choice(words) + part[start:]


XLSX = xlsx(survey=SURVEY, choices=CHOICES, settings=SETTINGS)
XLS = Path(__file__).parents[1].joinpath("schemas", "form.xls").read_bytes()


@pytest.mark.parametrize(
    ("content", "name", "damage"),
    [
        (XLSX, "x.xlsx", flipped),
        (XLSX, "x.xlsx", repacked),
        (XLS, "x.xls", flipped),
    ],
    ids=["xlsx", "parts-of-xlsx", "xls"],
)
def test_a_damaged_file_is_read_or_refused(
    content: bytes,
    name: str,
    damage: Callable[[bytes, random.Random], bytes],
    figure: Callable[[str], None],
) -> None:
    seed = 20261126
    chance = random.Random(seed)
    read_all_the_same = sum(
        read(damage(content, chance), name) is not None for _ in range(EXAMPLES)
    )
    figure(
        f"{name}, {damage.__name__}: {EXAMPLES} tried, {read_all_the_same} read all the same,"
        f" 0 failed, seed {seed}"
    )
    assert read(content, name) is not None
