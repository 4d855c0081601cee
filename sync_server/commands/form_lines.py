"""What `kanaf forms` says of definitions and workbooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from schemas import (
    Form,
    InvalidDefinition,
    Problem,
    absent_options,
    form_from_json,
    form_to_json,
    machine_translations,
    missing_translations,
)
from schemas.xlsform.grids import UnreadableWorkbook
from schemas.xlsform.notes import Note
from schemas.xlsform.reading import read_form
from sync_server.messages import has_sentence, sentence

_STEP = re.compile(r"([^.\[\]]+)(?:\[([0-9]+)\])?")
_OTHERWISE = {
    "not_allowed": "A key or a merge rule that this type of field has no use for. Remove it."
}
"""Of codes that say something else about a request."""


_WHAT_BECAME = {
    "changed": "changed",
    "left_out": "left out",
    "missing": "missing",
    "refused": "refused",
}
NO_CODE = "k999999"
"""In the place of the code that a form gets when it is published."""


@dataclass(frozen=True)
class Found:
    """What a file says.

    Attributes:
        definition: as `form_to_json` has it, less code and revision; None where it cannot be used.
        code: of the form, where the file says one.
        lines: what there is to say of it, a line for each thing.
    """

    definition: Mapping[str, Any] | None
    code: str | None
    lines: list[str]


def lines_about(content: bytes, name: str = "") -> tuple[list[str], bool]:
    """What there is to say of a form, a line for each thing, and whether it can be used.

    Texts that are not translated are told, and keep nothing from being used.

    Args:
        content: JSON, or a workbook where the name ends as that of one.
        name: of the file.
    """
    found = definition_in(content, name)
    if found.definition is None:
        return found.lines, False
    form = form_from_json({"code": NO_CODE, "revision": 1, **found.definition})
    unread = machine_translations(form)
    if unread:
        told = ", ".join(f"{number} in {language}" for language, number in unread.items())
        found.lines.append(f"translated and read by nobody yet: {told}")
    fields = "one field" if len(form.fields) == 1 else f"{len(form.fields)} fields"
    called = found.code or form.name or ""
    return [*found.lines, f"{called}: {fields}, can be used"], True


def definition_in(content: bytes, name: str) -> Found:
    """The definition in a file, and what is wrong with it."""
    if PurePath(name).suffix.lower() not in ("", ".json"):
        return _in_workbook(content, name)
    try:
        form = form_from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        if not isinstance(error, InvalidDefinition):
            return Found(None, None, ["this is not JSON"])
        ordered = sorted(error.problems, key=_place)
        return Found(None, None, [_line(one.path, one.code) for one in ordered])
    missing = [f"{path}: not in {language}" for path, language in missing_translations(form)]
    return Found(form_to_json(form), form.code, [*_in_vain(form), *missing])


def _in_workbook(content: bytes, name: str) -> Found:
    try:
        read = read_form(content, name)
    except UnreadableWorkbook as unreadable:
        return Found(None, None, [sentence(f"xlsform.{unreadable.code}", "en")])
    form, notes = read.form(read.code or NO_CODE, 1)
    lines = [*report(notes)]
    if form is None:
        return Found(None, read.code, [*lines, "nothing was taken: mend what is refused"])
    return Found(read.definition, read.code, [*lines, *_in_vain(form)])


def _in_vain(form: Form) -> Iterator[str]:
    """The options that conditions ask for and that there are not: told, and nothing is refused."""
    for path, question, option in absent_options(form):
        yield f"{path}: look again: {question} has no option {option!r}"


def report(notes: Iterable[Note]) -> Iterator[str]:
    """What became of each part of a workbook, a line each."""
    for note in notes:
        if note.outcome == "mapped":
            yield f"{_where(note)}: {note.about}, {note.code}"
            continue
        told = f" {note.about!r}" if note.about else ""
        code = f"xlsform.{note.code}"
        said = sentence(code if has_sentence(code) else note.code, "en")
        yield f"{_where(note)}: {_WHAT_BECAME[note.outcome]}: {note.code}{told}. {said}"


def _where(note: Note) -> str:
    place = note.place
    row = "" if place.row is None else f", row {place.row}"
    return f"{place.sheet}{row}" + (f", {place.column}" if place.column else "")


def _place(problem: Problem) -> list[tuple[str, int]]:
    """Where a problem is: the second field before the tenth."""
    return [(name, int(index or 0)) for name, index in _STEP.findall(problem.path)]


def _line(path: str, code: str) -> str:
    said = _OTHERWISE.get(code) or sentence(code, "en")
    return f"{path or 'the whole'}: {code}. {said}"
