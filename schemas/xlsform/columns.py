"""The columns of XLSForm's sheets, by the names that they have had over the years."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from schemas.definition import LANGUAGE_CODE, LANGUAGES, Language
from schemas.xlsform.notes import Note, Place
from schemas.xlsform.workbook import Line

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "survey": (
        *("type", "name", "label", "hint", "required", "relevant", "constraint", "calculation"),
        *("constraint_message", "required_message", "choice_filter", "default", "disabled"),
        *("appearance", "parameters", "read_only", "repeat_count", "trigger", "guidance_hint"),
        *("kind", "merge", "couple", "protected", "sensitivity", "share", "min", "max"),
        *("status", "renamed_from", "image", "audio", "video", "media", "bind", "body", "control"),
    ),
    "settings": (
        *("form_title", "form_id", "default_language", "version", "instance_name", "style"),
        *(
            "code",
            "cardinality",
            "system",
            "consent",
            "survivors",
            "right_to_left",
            "status",
            "public_key",
        ),
        *("submission_url", "auto_send", "auto_delete", "namespaces", "sms_keyword", "prefix"),
    ),
    "choices": ("list_name", "name", "label", "replaces", "status"),
}
"""What columns are called; other columns of choices are attributes."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "survey": ("type", "name"),
    "choices": ("list_name", "name"),
}
"""The columns without which nothing in a sheet can be read."""
_ALIKE = 0.79
"""As `lable` and `label` are."""
_LONGER = 3
"""A heading that is longer by so much is another one, as `relevant_old`."""

TRANSLATED = ("label", "hint", "constraint_message", "form_title", "status")
"""The columns that may stand once for each language, as `label::Somali (so)`."""

_ALIASES = {
    "caption": "label",
    "title": "form_title",
    "set_form_title": "form_title",
    "id_string": "form_id",
    "set_form_id": "form_id",
    "relevance": "relevant",
    "calculate": "calculation",
    "command": "type",
    "tag": "name",
    "value": "name",
    "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "readonly": "read_only",
    "count": "repeat_count",
    "jr:count": "repeat_count",
}
_OF_CHOICES = {"caption": "label", "list name": "list_name", "value": "name"}
_BOUND = ("relevant", "required", "constraint", "calculation", "constraint_message", "read_only")
_PREFIXES = {"bind": _BOUND, "body": ("appearance",), "control": ("appearance", "repeat_count")}
"""`bind::relevant` is `relevant`: pyxform sorts columns by where XForms has them."""

_RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_NAMED = re.compile(r"(.*\S)\s*\(\s*([A-Za-z0-9-]+)\s*\)")
_ENGLISH_NAMES = {"english": "en", "arabic": "ar", "somali": "so", "french": "fr"}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that is understood.

    Attributes:
        name: in small letters, by the name of today.
        language: what stands behind it, such as `Somali (so)`; empty where nothing does.
    """

    name: str
    language: str = ""


def columns_of(sheet: str, headings: Iterable[str]) -> dict[str, Column]:
    """The columns of a sheet, by heading. Where one has two colons, one alone parts nothing."""
    listed = list(headings)
    parted_by = "::" if any("::" in one for one in listed) else ":"
    aliases = _OF_CHOICES if sheet == "choices" else _ALIASES
    return {heading: _column(heading, parted_by, aliases) for heading in listed}


def _column(heading: str, parted_by: str, aliases: Mapping[str, str]) -> Column:
    first, *rest = (part.strip() for part in heading.replace("jr:", "jr\0").split(parted_by))
    rest = [part.replace("jr\0", "jr:") for part in rest]
    name = _name(first.replace("jr\0", "jr:"), aliases)
    if rest and _name(rest[0], aliases) in _PREFIXES.get(name, ()):
        name, *rest = _name(rest[0], aliases), *rest[1:]
    if not rest:
        return Column(name)
    return Column(name, rest[0]) if name in TRANSLATED and len(rest) == 1 else Column(heading)


def _name(told: str, aliases: Mapping[str, str]) -> str:
    told = " ".join(told.split()).lower()
    told = aliases.get(told, "_".join(told.split()))
    return aliases.get(told, told)


def language_of(told: str) -> Language | None:
    """The language that a heading names, as `Somali (so)`, `so` or `Somali`; None if none."""
    named = _NAMED.fullmatch(told)
    code = named[2] if named else _code(told)
    if not LANGUAGE_CODE.fullmatch(code):
        return None
    known = {one.code: one.name for one in LANGUAGES}
    name = named[1] if named else known.get(code, told)
    return Language(code, name, "rtl" if is_right_to_left(code) else "ltr")


def _code(told: str) -> str:
    own_names = {one.name.lower(): one.code for one in LANGUAGES}
    return (_ENGLISH_NAMES | own_names).get(told.lower(), told)


def is_right_to_left(code: str) -> bool:
    """Whether a language is written from right to left, by its code alone."""
    language, *parts = code.split("-")
    return (
        "Arab" in parts or "Hebr" in parts or (language in _RIGHT_TO_LEFT and "Latn" not in parts)
    )


def misspelled(sheet: str, column: Column, beside: Collection[str] = ()) -> str | None:
    """What a column is almost called, where it is none that is known.

    A rule under a heading with a slip of the pen would be lost.

    Args:
        beside: the other columns of the sheet. In choices, where a column may be called anything,
            one is a slip only where the column that it is almost called is missing.
    """
    known, name = _KNOWN.get(sheet, ()), column.name.partition(":")[0].strip()
    if name in known:
        return None
    alike = get_close_matches(name, known, n=1, cutoff=_ALIKE)
    meant = next((one for one in alike if abs(len(one) - len(name)) < _LONGER), None)
    return None if sheet == "choices" and meant in beside else meant


@dataclass
class Row:
    """A row while it is read. What is taken from it is remembered, the rest can be told of."""

    sheet: str
    line: Line
    columns: Mapping[str, Column]
    _taken: set[str] = field(default_factory=set)

    def place(self, column: str = "") -> Place:
        """Where a column of it stands, by the heading that it has there."""
        headings = (one for one, known in self._given() if known.name == column)
        return Place(self.sheet, self.line.number, next(headings, column))

    def take(self, column: str) -> str:
        """What stands in a column; empty where nothing does."""
        for heading, known in self._given():
            if known == Column(column):
                self._taken.add(heading)
                return self.line.cells[heading]
        return ""

    def seen(self, column: str) -> str:
        """What stands in a column, which is not taken by that."""
        return next((self.line.cells[key] for key, one in self._given() if one.name == column), "")

    def texts(self, column: str) -> Iterator[tuple[str, str]]:
        """The language and the text of each cell of a column that is translated."""
        for heading, known in self._given():
            if known.name == column:
                self._taken.add(heading)
                yield known.language, self.line.cells[heading]

    def rest(self) -> Iterator[tuple[str, str]]:
        """The headings and texts of what nobody took; it counts as taken then."""
        for heading in self.line.cells:
            if heading not in self._taken:
                self._taken.add(heading)
                yield heading, self.line.cells[heading]

    def untaken(self) -> Iterator[Note]:
        """What nobody took."""
        for heading, known in self._given():
            if heading not in self._taken:
                place = Place(self.sheet, self.line.number, heading)
                yield Note(place, "left_out", "column_not_used", known.name)

    def _given(self) -> Iterator[tuple[str, Column]]:
        return ((one, self.columns[one]) for one in self.line.cells)
