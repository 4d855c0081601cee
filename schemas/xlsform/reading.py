"""A workbook as a form: what was taken, what was changed, what was left out, what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import Any

from schemas.definition import FORM_CODE, Field, Form
from schemas.definition_json import InvalidDefinition, form_from_json
from schemas.languages import missing_translations
from schemas.validation import problems
from schemas.xlsform.cells import IN_JSON, Cells
from schemas.xlsform.choices import choices_of
from schemas.xlsform.columns import NEEDED, TRANSLATED, Column, Row, columns_of, misspelled
from schemas.xlsform.fields import Fields
from schemas.xlsform.languages import Texts, texts_of
from schemas.xlsform.notes import Note, Outcome, Place
from schemas.xlsform.survey import every, questions_of, tree_of, with_results
from schemas.xlsform.workbook import Workbook, read_workbook

MOST_OPTIONS = 50_000
"""Of all questions; a list counts for each question that chooses from it."""
_READ = ("survey", "choices", "settings")
_STEP = re.compile(r"(?:fields|sections|options)\[[0-9]+\]")
_COLUMNS = {"options": "type", "code": "name", "fields": "type"}
_SETTINGS = {"title": "form_title", "name": "form_id", "code": "code", "cardinality": "cardinality"}
"""The column of a member of a definition where it is called otherwise."""


@dataclass(frozen=True)
class ReadForm:
    """What a workbook says.

    Attributes:
        name: what its designers call it, the `form_id`; that of the file where they say nothing.
        code: of the form; None where it is to be given when it is published.
        definition: as `form_to_json` has it, without code and revision.
        rows: where its parts stand, by their paths.
    """

    name: str
    code: str | None
    definition: Mapping[str, Any]
    rows: Mapping[str, Row]
    notes: tuple[Note, ...]

    def form(self, code: str, revision: int) -> tuple[Form | None, tuple[Note, ...]]:
        """The form, None if something is refused; and all notes, in the order of the workbook."""
        notes = list(self.notes)
        form: Form | None = None
        if sum(map(_options, self.definition["fields"])) > MOST_OPTIONS:
            return None, (*notes, Note(Place("choices"), "refused", "too_many_options"))
        try:
            form = form_from_json({**self.definition, "code": code, "revision": revision})
        except InvalidDefinition as invalid:
            told = {note.place for note in notes if note.outcome == "refused"}
            found = [self._note(one.path, "refused", one.code) for one in invalid.problems]
            notes += [note for note in found if note.place not in told]
        if form is not None:
            notes += [
                replace(self._note(path, "missing", "not_translated"), about=language)
                for path, language in missing_translations(form)
            ]
            notes += [
                Note(self.rows[path].place("default"), "refused", "bad_default")
                for path in _bad_defaults(form)
                if not self.rows[path].seen("default").startswith(IN_JSON)
            ]
        is_refused = any(note.outcome == "refused" for note in notes)
        return None if is_refused else form, tuple(sorted(notes, key=_order))

    def path_of(self, place: Place) -> str:
        """The path in the definition of what stands in a row; empty of the whole."""
        found = (
            path
            for path, row in self.rows.items()
            if (row.sheet, row.line.number) == (place.sheet, place.row)
        )
        return max(found, key=len, default="")

    def _note(self, whole: str, outcome: Outcome, code: str) -> Note:
        """What is told of a path of the definition, where it stands in the workbook."""
        path = whole
        while path and path not in self.rows:
            path = path[: max(path.rfind("."), 0)]
        rest = whole.removeprefix(path).lstrip(".")
        row = self.rows.get(path)
        if path == "" and rest.partition("[")[0].partition(".")[0] not in _SETTINGS:
            return Note(Place("survey"), outcome, code)
        if row is None:
            return Note(Place("settings", None, rest), outcome, code, rest)
        member, _, part = rest.partition(".")
        known = _COLUMNS if path else _SETTINGS
        column = known.get(member, re.sub(r"\[.*", "", member))
        if column in TRANSLATED:  # and not the heading of another language, that stands there
            return Note(Place(row.sheet, row.line.number, column), outcome, code, part)
        return Note(row.place(column), outcome, code, part)


def _options(field: Mapping[str, Any]) -> int:
    within = sum(map(_options, field.get("fields", ())))
    return len(field.get("options", ())) + within


def is_bad_default(asked: Field) -> bool:
    """Whether the default of a field is a value, but no answer to it."""
    if asked.default is None or isinstance(asked.default, dict):
        return False
    bare = replace(asked, relevant=None, constraint=None, choice_filter=None, section=None)
    given = [asked.default] if asked.type == "select_many" else asked.default
    alone = Form("k1", 1, {"en": ""}, "one", False, (bare,))
    return problems(alone, {asked.name: given}, draft=True) != ()


def _bad_defaults(within: Form | Field, path: str = "") -> Iterator[str]:
    for index, one in enumerate(within.fields):
        place = f"{path}fields[{index}]"
        if is_bad_default(one):
            yield place
        yield from _bad_defaults(one, f"{place}.")


def read_form(content: bytes, file_name: str) -> ReadForm:
    """The form that a workbook defines.

    Raises:
        UnreadableWorkbook: the file is none.
    """
    path = PurePath(file_name)
    book = read_workbook(content, path.suffix.lower())
    columns = {sheet: columns_of(sheet, book.headings.get(sheet, ())) for sheet in _READ}
    rows = {
        sheet: [Row(sheet, line, columns[sheet]) for line in book.lines.get(sheet, ())]
        for sheet in _READ
    }
    settings = rows["settings"][0] if rows["settings"] else None
    notes = [*book.notes, *_other_sheets(book), *_doubles(book, columns), *_slips(book, columns)]
    texts = texts_of(
        columns,
        settings.take("default_language") if settings else "",
        (settings.take("right_to_left") if settings else "").split(),
    )
    lists, told = choices_of(rows["choices"], texts)
    notes += told
    nodes = tree_of(rows["survey"], lists, notes)
    used = {node.asked.choices for node in every(nodes)}
    notes += [
        Note(listed.rows[0].place(), "left_out", "unused_list", name)
        for name, listed in lists.items()
        if name not in used
    ]
    cells = Cells(notes)
    fields = Fields(texts, lists, with_results(nodes, questions_of(nodes)), cells)
    definition = _of_settings(settings, texts, cells, path.stem) | fields.within(nodes)
    notes += texts.notes
    notes += [note for row in (*rows["survey"], *rows["choices"]) for note in row.untaken()]
    notes += settings.untaken() if settings else ()
    notes += [Note(row.place(), "left_out", "second_settings") for row in rows["settings"][1:]]
    if settings:
        fields.rows[""] = settings
    name, code = definition["name"], settings.take("code") if settings else ""
    if name == code:  # so a form is written that has no name
        del definition["name"]
    if code and not FORM_CODE.fullmatch(code) and settings:
        cells.refuse(settings, "code", "bad_form_code")
    return ReadForm(name, code or None, definition, fields.rows, tuple(notes))


def _of_settings(settings: Row | None, texts: Texts, cells: Cells, stem: str) -> dict[str, Any]:
    languages = [asdict(language) for language in texts.languages]
    name = (settings.take("form_id") if settings else "") or stem
    title = texts.of(settings, "form_title") if settings else {}
    if texts.languages[0].code not in title:
        title = {texts.languages[0].code: name} | title
        cells.notes.append(Note(Place("settings"), "changed", "titled", name))
    cardinality = settings.take("cardinality") if settings else ""
    if not cardinality:
        cells.notes.append(Note(Place("settings"), "changed", "one_document"))
    if settings:
        settings.take("code")
    return {
        "name": name,
        "title": title,
        "languages": languages,
        "cardinality": cardinality or "one",
        "system": (cells.yes_no(settings, "system") if settings else None) or False,
        "consent": (cells.yes_no(settings, "consent") if settings else None) or False,
        "survivors": (cells.yes_no(settings, "survivors") if settings else None) or False,
        "machine": texts.machine(settings) if settings else None,
    }


def _other_sheets(book: Workbook) -> Iterator[Note]:
    """The sheets of XLSForm that mean nothing here."""
    for sheet, lines in book.lines.items():
        if sheet not in _READ and lines:
            yield Note(Place(sheet), "left_out", "unknown_sheet")


def _slips(book: Workbook, columns: Mapping[str, Mapping[str, Column]]) -> Iterator[Note]:
    """Headings with a slip of the pen, and those without which a sheet cannot be read."""
    for sheet, known in columns.items():
        names = {one.name for one in known.values()}
        slips = {heading: misspelled(sheet, one, names) for heading, one in known.items()}
        for heading, meant in slips.items():
            if meant:
                yield Note(Place(sheet, 1, heading), "refused", "misspelled_heading", meant)
        needed = NEEDED.get(sheet, ()) if book.lines.get(sheet) else ()
        for name in needed:
            if name not in names | {*slips.values()}:
                yield Note(Place(sheet, 1), "refused", "missing_heading", name)


def _doubles(book: Workbook, columns: Mapping[str, Mapping[str, Any]]) -> Iterator[Note]:
    """Headings of one sheet that mean the same column."""
    for sheet, known in columns.items():
        seen: set[Any] = set()
        for heading, column in known.items():
            if column in seen:
                yield Note(Place(sheet, 1, heading), "refused", "duplicate_heading", heading)
            seen.add(column)


def _order(note: Note) -> tuple[int, int, str]:
    sheets = ("settings", "survey", "choices")
    place = note.place
    at = sheets.index(place.sheet) if place.sheet in sheets else len(sheets)
    return at, place.row or 0, place.column
