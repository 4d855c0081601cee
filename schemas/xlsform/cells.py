"""What stands in single cells: yes or no, numbers, names, expressions, defaults."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from pyxform.utils import default_is_dynamic

from schemas.expressions import faults_of_expression
from schemas.xlsform.columns import Row
from schemas.xlsform.notes import Note
from schemas.xlsform.xpath import Standing, UntranslatableXPath, expression_of

IN_JSON = "json:"
"""Before an expression that has no XPath; XLSForm knows nothing like it."""

_YES_NO = {
    **dict.fromkeys(("yes", "true", "true()", "1"), True),
    **dict.fromkeys(("no", "false", "false()", "0"), False),
}
_YES_NO_WORDS = {"yes": True, "no": False, "true": True, "false": False}
"""What pyxform takes for a condition that always or never holds."""
_PARAMETER = re.compile(r"([A-Za-z_-]+)\s*=\s*([^\s;,]+)")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]00:00:00")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass
class Cells:
    """Reads cells, and notes what cannot be read."""

    notes: list[Note]

    def yes_no(self, row: Row, column: str) -> bool | None:
        """Yes or no; None where nothing stands."""
        told = row.take(column)
        if not told:
            return None
        value = _YES_NO.get(told.lower().replace(" ", ""))
        if value is None:
            is_condition = column == "required" and ("$" in told or "(" in told or "." in told)
            self.refuse(
                row, column, "conditional_required" if is_condition else "not_yes_or_no", told
            )
        return value

    def number(self, row: Row, column: str) -> int | float | None:
        """A number; None where none stands."""
        told = row.take(column)
        number = number_of(told)
        if told and number is None:
            self.refuse(row, column, "not_a_number", told)
        return number

    def expression(self, row: Row, column: str, standing: Standing, xpath: dict[str, str]) -> Any:
        """An expression; None where none stands. What was written in XPath is kept in `xpath`."""
        told = row.take(column)
        if not told:
            return None
        try:
            if told.startswith(IN_JSON):
                made = json.loads(told.removeprefix(IN_JSON))
                if faults := faults_of_expression(made):
                    raise UntranslatableXPath(faults[0])
            elif (made := _YES_NO_WORDS.get(told.lower())) is None:
                made = expression_of(told.translate(_QUOTES), standing)
                xpath[column] = told
        except UntranslatableXPath as wrong:
            self.refuse(row, column, wrong.code, wrong.about)
            return None
        except (ValueError, RecursionError):
            self.refuse(row, column, "not_an_expression")
            return None
        if made is None:  # which means that there is none
            xpath.pop(column, None)
            self.refuse(row, column, "not_an_expression")
        return made

    def default(self, row: Row, kind: str, standing: Standing, xpath: dict[str, str]) -> Any:
        """The default of a question: a value that stands there, or an expression."""
        told = row.seen("default")
        if told.startswith(IN_JSON) or _is_dynamic(kind, told):
            return self.expression(row, "default", standing, xpath)
        told = row.take("default")
        if not told:
            return None
        value = _default_of(kind, told)
        if value is None:
            self.refuse(row, "default", "bad_default", told)
        return value

    def refuse(self, row: Row, column: str, code: str, about: str = "") -> None:
        """Notes that a cell cannot be taken."""
        self.notes.append(Note(row.place(column), "refused", code, about[:100]))


def number_of(told: str) -> int | float | None:
    """The number that a text writes, whole if it has no fraction; None where it is none."""
    if not _NUMBER.fullmatch(told):
        return None
    number = float(told)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def default_in_cell(kind: str, value: Any) -> str:
    """The text that stands for a default; empty where none does."""
    told = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
    told = json.dumps(told) if isinstance(told, (int, float)) else told
    if not isinstance(told, str) or told != told.strip() or not told.isprintable():
        return ""
    if told.startswith(IN_JSON) or _is_dynamic(kind, told):
        return ""
    again = _default_of(kind, told)
    return told if json.dumps(again) == json.dumps(value) else ""


def range_of(row: Row) -> dict[str, int | float | None]:
    """The start, the end and the step of a range, as its parameters say or XLSForm takes them; None
    for what is no number.
    """
    told = _PARAMETER.findall(row.seen("parameters"))
    given = {"start": "1", "end": "10", "step": "1"} | {name.lower(): one for name, one in told}
    return {name: number_of(given[name]) for name in ("start", "end", "step")}


def _is_dynamic(kind: str, told: str) -> bool:
    """Whether a default is an expression, as pyxform sees it."""
    return bool(default_is_dynamic(told, "date" if kind in ("date", "datetime") else "text"))


def _default_of(kind: str, told: str) -> Any:
    """The value that a text stands for in a question of a type; None where it is none."""
    match kind:
        case "yes_no":
            return _YES_NO.get(told.lower())
        case "integer" | "decimal":
            return number_of(told)
        case "date":
            found = _MIDNIGHT.fullmatch(told)
            return found[1] if found else told
        case "note" | "calculated" | "rows" | "tally" | "date_range":
            return None
        case "select_many":
            return None if " " in told else told
    return told
