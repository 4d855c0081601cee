"""Workbooks for tests, made of rows by heading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from schemas import Form
from schemas.xlsform.notes import Note
from schemas.xlsform.reading import read_form

CODE, REVISION = "k30", 1
Sheet = Iterable[Mapping[str, Any]]

SETTINGS = [{"form_title::English (en)": "Form", "form_id": "form", "cardinality": "one"}]


def question(kind: str, name: str, /, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "label::English (en)": name} | more


def end(what: str) -> dict[str, Any]:
    return {"type": f"end {what}"}


def option(listed: str, name: str, /, **more: Any) -> dict[str, Any]:
    return {"list_name": listed, "name": name, "label::English (en)": name} | more


def xlsx(**sheets: Sheet) -> bytes:
    """A workbook with a column for each heading that some row has."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        listed = list(rows)
        headings = list(dict.fromkeys(key for row in listed for key in row))
        sheet = book.create_sheet(name)
        sheet.append(headings)
        for row in listed:
            sheet.append([row.get(heading) for heading in headings])
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(content: bytes, name: str = "form.xlsx") -> tuple[Form | None, tuple[Note, ...]]:
    return read_form(content, name).form(CODE, REVISION)


def form_of(*survey: Mapping[str, Any], choices: Sheet = (), settings: Sheet = SETTINGS) -> Form:
    """The form of a workbook in which nothing is refused."""
    form, notes = read(_workbook(survey, choices, settings))
    assert form is not None, [note for note in notes if note.outcome == "refused"]
    return form


def told(
    *survey: Mapping[str, Any], choices: Sheet = (), settings: Sheet = SETTINGS
) -> list[tuple[str, int | None, str, str, str, str]]:
    """What is said of a workbook beside what was mapped."""
    _, notes = read(_workbook(survey, choices, settings))
    return [
        (one.place.sheet, one.place.row, one.place.column, one.outcome, one.code, one.about)
        for one in notes
        if one.outcome != "mapped"
    ]


def _workbook(survey: Sheet, choices: Sheet, settings: Sheet) -> bytes:
    return xlsx(survey=survey, choices=[{"list_name": ""}, *choices], settings=settings)
