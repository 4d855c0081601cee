"""Values of expressions: what is empty, and how one kind is read as another.

They are those of answers: null, booleans, numbers, texts (dates among them) and lists. Every rule
here is one of `web/src/expressions/values.ts`, too.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

Value = Any
"""None, bool, int, float, str, a list of values, or a dict of them: a row, or named parts."""

GREATEST = 2**53 - 1
"""JavaScript's Number.MAX_SAFE_INTEGER; what is beyond it counts as not computed."""

_NUMERAL = re.compile(r"\s*-?[0-9]{1,15}(?:\.[0-9]{1,15})?\s*", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = date.min.toordinal() - _EPOCH, date.max.toordinal() - _EPOCH


def is_empty(value: Value) -> bool:
    """Whether nothing was answered: null, a text without characters, a list without entries, an
    answer without parts.
    """
    return value is None or (not value and isinstance(value, (str, list, dict)))


def truth(value: Value) -> bool:
    """A value as a condition: empty and 0 are false, all else but false is true.

    Source: XPath 1.0, 4.3, boolean().
    """
    if value is True or value is False:
        return value
    return not is_empty(value) and not _is_zero(value)


def number(value: Value) -> float | None:
    """A value as a number; None where it is none.

    A text counts as the number that it writes, because the codes of scales are texts. A date is the
    number of days since 1970-01-01, a time of day a fraction of its day, by the clock that it was
    read from, whatever that clock's offset; true is 1.

    Source: XForms as ODK reads it (getodk.github.io/xforms-spec, XPath functions, `number`).
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value) if _is_exact(value) else None
    if not isinstance(value, str):
        return None
    if _NUMERAL.fullmatch(value):
        return float(value)
    return _days(value)


def normal(value: float | None) -> Value:
    """A computed number as JSON has it: whole ones without a fraction, none beyond 2**53 - 1."""
    if value is None or not _is_exact(value):
        return None
    return int(value) if value.is_integer() else value


def text(value: Value) -> str:
    """A value as text: an empty one has no characters, codes of a list stand side by side.

    Numbers are written in full, without an exponent, as short as they are told from any other.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _written(float(value)) if _is_exact(value) else ""
    if isinstance(value, list):
        return " ".join(text(one) for one in value if not isinstance(one, dict))
    return value if isinstance(value, str) else ""


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same: both empty, equal as numbers where one of them is a number,
    else of one kind and equal. What has named parts equals nothing.
    """
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) or isinstance(other, (int, float)):
        first, second = number(one), number(other)
        return first is not None and first == second
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, str) and one == other


def day(value: Value) -> str | None:
    """A number of days since 1970-01-01, or what can be read as one, as a date; None where that is
    no day from the year 1 to 9999.
    """
    days = number(value)
    if days is None or not _FIRST_DAY <= math.floor(days) <= _LAST_DAY:
        return None
    return date.fromordinal(math.floor(days) + _EPOCH).isoformat()


def _is_zero(value: Value) -> bool:
    return isinstance(value, (int, float)) and value == 0


def _is_exact(value: float) -> bool:
    return -GREATEST <= value <= GREATEST  # which is false, too, of what is not a number


def _days(value: str) -> float | None:
    try:
        if _DATE.fullmatch(value):
            return float(date.fromisoformat(value).toordinal() - _EPOCH)
        if told := _DATETIME.fullmatch(value):
            clock = datetime.fromisoformat(told[1]).replace(tzinfo=UTC)
            since = clock - datetime(1970, 1, 1, tzinfo=UTC)
            return since.days + (since.seconds * 1_000_000 + since.microseconds) / 86_400_000_000
    except ValueError:
        return None
    return None


def _written(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    digits, _, exponent = repr(value).partition("e")
    if not exponent:
        return digits
    sign, mantissa = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    places = "0" * (-int(exponent) - 1)  # greater numbers with a fraction have no exponent
    return f"{sign}0.{places}{mantissa.replace('.', '')}"
