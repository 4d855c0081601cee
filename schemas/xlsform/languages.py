"""The languages of a workbook: which headings name one, and which is the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schemas.definition import LANGUAGES, Language
from schemas.xlsform.columns import TRANSLATED, Column, Row, language_of
from schemas.xlsform.notes import Note, Place

OTHER = {"en": "Other", "ar": "غير ذلك", "so": "Wax kale", "fr": "Autre"}
SPECIFY = {
    "en": "Please specify",
    "ar": "يرجى التحديد",
    "so": "Fadlan sheeg",
    "fr": "Veuillez préciser",
}
"""What `or_other` adds."""


MACHINE, REVIEWED = STATUS = ("machine", "reviewed")
"""What stands in the column `status::language`."""
_REFERENCE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True)
class Texts:
    """The texts of a workbook by language.

    Attributes:
        languages: the first is that of headings which name none.
        codes: by what the headings say.
        notes: what is to be told of the headings.
    """

    languages: tuple[Language, ...]
    codes: Mapping[str, str]
    notes: list[Note] = field(default_factory=list)

    def of(self, row: Row, column: str) -> dict[str, str]:
        """The text of a column in each language."""
        found: dict[str, str] = {}
        for language, text in row.texts(column):
            code = self.codes.get(language)
            if code is None or code in found:
                continue  # told of the heading
            found[code] = text
            if _REFERENCE.search(text):
                self.notes.append(Note(row.place(column), "changed", "reference_in_text"))
        return found

    def machine(self, row: Row) -> list[str] | None:
        """The languages in which the texts of a row were translated and not read; None of none."""
        found: list[str] = []
        for language, told in row.texts("status"):
            code = self.codes.get(language)
            if told.lower() not in STATUS:
                self.notes.append(Note(row.place("status"), "refused", "not_a_status", told))
            elif told.lower() == MACHINE and code is not None:
                found.append(code)
        return [one.code for one in self.languages if one.code in found] or None

    def known(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Texts of our own in the languages of the workbook; English where it has no other."""
        found = {one.code: texts[one.code] for one in self.languages if one.code in texts}
        return {self.languages[0].code: texts["en"]} | found


def texts_of(
    sheets: Mapping[str, Mapping[str, Column]], default: str, right_to_left: Iterable[str]
) -> Texts:
    """The languages of the headings of some sheets.

    Args:
        default: what the settings call the language of headings that name none.
        right_to_left: the codes of languages that are written so beside those known to be.
    """
    notes: list[Note] = []
    headings = [
        (sheet, heading, column)
        for sheet, columns in sheets.items()
        for heading, column in columns.items()
        if column.name in TRANSLATED
    ]
    found: dict[str, Language] = {}
    codes: dict[str, str] = {}
    first = language_of(default) if default else None
    if default and first is None:
        notes.append(Note(Place("settings"), "refused", "unknown_language_name", default))
    if first is not None:
        found[first.code] = first
    for sheet, heading, column in headings:
        if not column.language:
            continue
        language = language_of(column.language)
        if language is None:
            place = Place(sheet, 1, heading)
            notes.append(Note(place, "refused", "unknown_language_name", column.language))
            continue
        found.setdefault(language.code, language)
        codes[column.language] = language.code
    bare = next((one for one in headings if not one[2].language), None)
    if first is None and bare is not None and _stands_beside_others(headings):
        if LANGUAGES[0].code in found:
            notes.append(Note(Place(bare[0], 1, bare[1]), "refused", "no_default_language"))
        found = {LANGUAGES[0].code: LANGUAGES[0]} | found
    if not found:
        found = {LANGUAGES[0].code: LANGUAGES[0]}
    codes[""] = next(iter(found))
    if bare is not None and first is None:
        told = found[codes[""]].name
        notes.append(Note(Place(bare[0], 1, bare[1]), "changed", "taken_for_language", told))
    turned = {*right_to_left}
    languages = tuple(
        replace(one, direction="rtl") if one.code in turned else one for one in found.values()
    )
    return Texts(languages, codes, [*notes, *_doubles(headings, codes)])


def _stands_beside_others(headings: Iterable[tuple[str, str, Column]]) -> bool:
    """Whether a column names no language and the same column another: then it is not in that."""
    listed = [(sheet, column.name, bool(column.language)) for sheet, _, column in headings]
    return any((sheet, name, not named) in listed for sheet, name, named in listed)


def _doubles(
    headings: Iterable[tuple[str, str, Column]], codes: Mapping[str, str]
) -> Iterable[Note]:
    """Headings of one sheet that mean the same column in the same language."""
    seen: set[tuple[str, str, str]] = set()
    for sheet, heading, column in headings:
        code = codes.get(column.language)
        if code is not None:
            if (sheet, column.name, code) in seen:
                yield Note(Place(sheet, 1, heading), "refused", "duplicate_heading", heading)
            seen.add((sheet, column.name, code))
