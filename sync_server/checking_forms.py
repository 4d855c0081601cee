"""What `kanaf forms` says of definitions and workbooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from schemas import Form, InvalidDefinition, Problem, form_from_json, missing_translations
from schemas.xlsform.notes import Note
from schemas.xlsform.reading import read_form
from schemas.xlsform.workbook import UnreadableWorkbook
from sync_server.messages import has_sentence, sentence

_STEP = re.compile(r"([^.\[\]]+)(?:\[([0-9]+)\])?")
_OTHERWISE = {
    "not_allowed": "A key or a merge rule that this type of field has no use for. Remove it."
}
"""Of codes that say something else about a request."""


_WHAT_BECAME = {"changed": "changed", "left_out": "left out", "refused": "refused"}
_NO_CODE = "k999999"
"""In the place of the code that a form gets when it is published."""


def lines_about(content: bytes, name: str = "") -> tuple[list[str], bool]:
    """What there is to say of a form, a line for each thing, and whether it can be used.

    Texts that are not translated are told, and keep nothing from being used.

    Args:
        content: JSON, or a workbook where the name ends as that of one.
        name: of the file.
    """
    if PurePath(name).suffix.lower() not in ("", ".json"):
        return _lines_about_workbook(content, name)
    try:
        form = form_from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        if not isinstance(error, InvalidDefinition):
            return ["this is not JSON"], False
        ordered = sorted(error.problems, key=_place)
        return [_line(one.path, one.code) for one in ordered], False
    return [
        *_untranslated(form),
        _can_be_used(form, f"{form.code}, revision {form.revision}"),
    ], True


def _lines_about_workbook(content: bytes, name: str) -> tuple[list[str], bool]:
    try:
        read = read_form(content, name)
    except UnreadableWorkbook as unreadable:
        return [sentence(f"xlsform.{unreadable.code}", "en")], False
    form, notes = read.form(read.code or _NO_CODE, 1)
    lines = [*report(notes)]
    if form is None:
        return [*lines, "nothing was taken: mend what is refused"], False
    return [*lines, *_untranslated(form), _can_be_used(form, read.name)], True


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


def _untranslated(form: Form) -> list[str]:
    return [f"{path}: not in {language}" for path, language in missing_translations(form)]


def _can_be_used(form: Form, name: str) -> str:
    fields = "one field" if len(form.fields) == 1 else f"{len(form.fields)} fields"
    return f"{name}: {fields}, can be used"


def _place(problem: Problem) -> list[tuple[str, int]]:
    """Where a problem is: the second field before the tenth."""
    return [(name, int(index or 0)) for name, index in _STEP.findall(problem.path)]


def _line(path: str, code: str) -> str:
    said = _OTHERWISE.get(code) or sentence(code, "en")
    return f"{path or 'the whole'}: {code}. {said}"
