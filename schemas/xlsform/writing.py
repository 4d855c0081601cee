"""A form as an XLSForm workbook, of which `read_form` makes the same form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from schemas.definition import EXPRESSIONS, Field, Form, Label, Language, Option, Section
from schemas.definition_json import form_to_json
from schemas.languages import machine_translations
from schemas.sections import sections_around
from schemas.xlsform.cells import IN_JSON, default_in_cell
from schemas.xlsform.columns import is_right_to_left
from schemas.xlsform.grids import UnreadableWorkbook
from schemas.xlsform.languages import MACHINE, REVIEWED
from schemas.xlsform.reading import is_bad_default, read_form
from schemas.xlsform.types import APPEARANCES, KINDS, WRITTEN

_YES_NO = (
    Option("yes", {"en": "Yes", "ar": "نعم", "so": "Haa", "fr": "Oui"}),
    Option("no", {"en": "No", "ar": "لا", "so": "Maya", "fr": "Non"}),
)


class NotWritable(ValueError):
    """A form that no workbook of that kind can hold.

    Attributes:
        paths: of what would come back otherwise, such as `fields[2].label.en`; none where the whole
            is too large.
    """

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(", ".join(paths))
        self.paths = paths


Rows = list[dict[str, str]]


def written(form: Form, kind: str) -> bytes:
    """A form as a workbook.

    Args:
        kind: `.xlsx` or `.md`.

    Raises:
        NotWritable: what would be read from it is not this form; a text that begins with a blank is
            not kept by any spreadsheet, one of several lines by none in Markdown.
        ValueError: of another kind.
    """
    if kind not in (".xlsx", ".md"):
        raise ValueError(f"no forms are written as {kind}")
    if paths := tuple(_unholdable(form_to_json(form), kind)):
        raise NotWritable(paths)
    sheets = _Writing(form).sheets()
    content = _xlsx(sheets) if kind == ".xlsx" else _markdown(sheets)
    try:
        read = read_form(content, f"form{kind}")
    except UnreadableWorkbook:  # it is too large
        raise NotWritable(()) from None
    again, notes = read.form(form.code, form.revision)
    if again is None:
        refused = [note.place for note in notes if note.outcome == "refused"]
        raise NotWritable(tuple(dict.fromkeys(read.path_of(place) for place in refused)))
    if again != form:
        raise NotWritable(tuple(_unlike(form_to_json(form), form_to_json(again), "")))
    return content


def _unholdable(part: Any, kind: str, path: str = "") -> Iterator[str]:
    """The texts that no cell holds as they are; in Markdown one is a line."""
    if isinstance(part, str):
        lines = part.replace("\n", "") if kind == ".xlsx" else part
        if part != part.strip() or not lines.isprintable():
            yield path
    elif isinstance(part, list):
        for index, one in enumerate(part):
            yield from _unholdable(one, kind, f"{path}[{index}]")
    elif isinstance(part, dict):
        for key, one in part.items():
            if key not in EXPRESSIONS:  # in JSON a text has no such characters
                yield from _unholdable(one, kind, f"{path}.{key}".removeprefix("."))


@dataclass
class _Writing:
    form: Form
    lists: dict[str, tuple[str, tuple[Option, ...]]] = field(default_factory=dict)

    @cached_property
    def has_machine_texts(self) -> bool:
        """Whether any text of the form was translated and not read yet."""
        return bool(machine_translations(self.form))

    def sheets(self) -> Mapping[str, Rows]:
        """The rows of each sheet by heading; the first row has all headings."""
        survey: Rows = [dict.fromkeys(self._texts("label", {}), "")]
        survey += self._rows(self.form)
        choices = [
            row for name, options in self.lists.values() for row in self._choices(name, options)
        ]
        made = {"survey": survey, "choices": choices, "settings": [self._settings()]}
        return {name: rows for name, rows in made.items() if rows}

    def _settings(self) -> dict[str, str]:
        form = self.form
        turned = (
            one.code
            for one in form.languages
            if one.direction == "rtl" and not is_right_to_left(one.code)
        )
        return {
            "form_title": form.title[form.languages[0].code],
            **self._texts("form_title", form.title, form.languages[1:]),
            "form_id": form.name or form.code,
            "default_language": _named(form.languages[0]),
            "code": form.code,
            "cardinality": form.cardinality,
            "system": "yes" if form.system else "",
            "consent": "yes" if form.consent else "",
            "survivors": "yes" if form.survivors else "",
            **self._status(form),
            "right_to_left": " ".join(turned),
        }

    def _rows(self, within: Form | Field) -> Iterator[dict[str, str]]:
        open_sections: list[Section] = []
        for one in within.fields:
            around = sections_around(one, within.sections)
            while open_sections and open_sections[-1] not in around:
                yield {"type": "end group", "name": open_sections.pop().name}
            for section in around[len(open_sections) :]:
                open_sections.append(section)
                yield self._section(section)
            yield self._row(one)
            if one.type == "rows":
                yield from self._rows(one)
                yield {"type": "end repeat", "name": one.name}
        yield from ({"type": "end group", "name": one.name} for one in reversed(open_sections))

    def _section(self, section: Section) -> dict[str, str]:
        return {
            "type": "begin group",
            "name": section.name,
            **self._texts("label", section.label or {}),
            "relevant": _expression(section, "relevant"),
            **self._status(section),
        }

    def _row(self, asked: Field) -> dict[str, str]:
        base = _base_of(asked)
        options = _YES_NO if asked.type == "yes_no" else asked.options
        chosen = f" {self._list(asked, options)}" if options else ""
        is_ready = KINDS[base][0] == asked.type and not _is_yes_or_no(asked)
        rule = "" if asked.merge in ("changed", "rows") else asked.merge
        expressions = {key: _expression(asked, key) for key in EXPRESSIONS if key != "default"}
        return {
            "type": f"{WRITTEN[KINDS[base][0]]}{chosen}",
            "name": asked.name,
            **self._texts("label", asked.label),
            **self._texts("hint", asked.hint or {}),
            "required": "yes" if asked.required else "",
            **expressions,
            **self._texts("constraint_message", asked.constraint_message or {}),
            "default": _default(asked),
            "appearance": APPEARANCES.get(asked.type, ""),
            "kind": "" if is_ready else asked.type,
            "min": _number(asked.min),
            "max": _number(asked.max),
            "merge": rule,
            "couple": asked.couple or "",
            "sensitivity": asked.sensitivity,
            "share": "" if asked.share else "no",
            "protected": "yes" if asked.protected else "",
            "renamed_from": asked.renamed_from or "",
            **self._status(asked),
        }

    def _list(self, asked: Field, options: tuple[Option, ...]) -> str:
        """The name of a list of options: that of the first field that has it."""
        told = json.dumps(
            [[one.code, dict(one.label), dict(one.attributes), one.replaces] for one in options]
        )
        if told not in self.lists:
            taken = {name for name, _ in self.lists.values()}
            name = asked.name
            while name in taken:
                name += "_"
            self.lists[told] = name, options
        return self.lists[told][0]

    def _choices(self, name: str, options: Iterable[Option]) -> Iterator[dict[str, str]]:
        for one in options:
            yield {
                "list_name": name,
                "name": one.code,
                **self._texts("label", one.label),
                "replaces": " ".join(one.replaces),
                **self._status(one),
                **one.attributes,
            }

    def _status(self, part: Form | Section | Field | Option) -> dict[str, str]:
        """Which texts of a part a machine translated; nothing where none was in the whole form."""
        if not self.has_machine_texts:
            return {}
        return {
            f"status::{_named(one)}": MACHINE if one.code in part.machine else REVIEWED
            for one in self.form.languages
        }

    def _texts(
        self, column: str, texts: Label, languages: tuple[Language, ...] | None = None
    ) -> dict[str, str]:
        listed = self.form.languages if languages is None else languages
        return {f"{column}::{_named(one)}": texts.get(one.code, "") for one in listed}


def _base_of(asked: Field) -> str:
    return next(base for base, kinds in KINDS.items() if asked.type in kinds and base in WRITTEN)


def _is_yes_or_no(asked: Field) -> bool:
    """Whether it would be read as a yes/no unless the column `kind` says what it is."""
    return asked.type == "select_one" and sorted(one.code for one in asked.options) == ["no", "yes"]


def _named(language: Language) -> str:
    return f"{language.name} ({language.code})"


def _number(limit: float | None) -> str:
    return "" if limit is None else json.dumps(int(limit) if limit == int(limit) else limit)


def _expression(part: Field | Section, key: str) -> str:
    value = getattr(part, key)
    if value is None:
        return ""
    told = json.dumps(value, ensure_ascii=False)
    told = told if told.isprintable() else json.dumps(value)
    return part.xpath.get(key) or f"{IN_JSON}{told}"


def _default(asked: Field) -> str:
    plain = default_in_cell(asked.type, asked.default)
    if plain and "default" not in asked.xpath and not is_bad_default(asked):
        return plain
    return _expression(asked, "default")


def _headings(rows: Rows) -> list[str]:
    """Every heading of which some row has a text, and those of the first row, as a row has them."""
    needed = {*(rows[0] if rows else ()), *(key for row in rows for key in row if row[key])}
    ordered = dict.fromkeys(key for row in sorted(rows, key=len, reverse=True) for key in row)
    return [key for key in ordered if key in needed]


def _table(rows: Rows) -> Iterator[list[str]]:
    headings = _headings(rows)
    yield headings
    for row in rows:
        if any(row.values()):
            yield [row.get(heading, "") for heading in headings]


def _xlsx(sheets: Mapping[str, Rows]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for at, cells in enumerate(_table(rows), start=1):
            for column, text in enumerate(cells, start=1):
                if text:
                    cell = sheet.cell(at, column, text)
                    cell.data_type = "s"  # a label that begins with = is no formula
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _markdown(sheets: Mapping[str, Rows]) -> bytes:
    lines: list[str] = []
    for name, rows in sheets.items():
        lines.append(f"| {name} |")
        for cells in _table(rows):
            escaped = [cell.replace("|", "\\|") for cell in cells]
            lines.append("| | " + " | ".join(escaped) + " |")
    return "\n".join([*lines, ""]).encode()


def _unlike(one: Any, other: Any, path: str) -> Iterator[str]:
    """Where two forms are unlike, as JSON."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _unlike(one.get(key), other.get(key), f"{path}.{key}".removeprefix("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (here, there) in enumerate(zip(one, other, strict=True)):
            yield from _unlike(here, there, f"{path}[{index}]")
    elif one != other:
        yield path
