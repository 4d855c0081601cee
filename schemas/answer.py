"""What counts as an answer, one marshmallow field for each way of answering.

Nothing is converted: "3" is no integer, 1 is no yes. An error message is the code of the problem
and never holds the value. Every check costs at most one pass over the value; none descends into
nested JSON, but for the rows of a list and their cells.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields

from schemas.expressions.values import GREATEST

LONGEST_LIST = 1_000
"""Entries of a list answer, rows as well; each one can be a unit of merging."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)

_CODES: dict[str, Any] = {"required": "required", "null": "required"}


class Answer(fields.Field[Any]):
    """An answer that may be left out unless it is required; null is the same as left out."""

    def __init__(self, *, required: bool) -> None:
        super().__init__(required=required, allow_none=not required, error_messages=_CODES)

    @property
    def finds_fault(self) -> Callable[[object], object]:
        """What is false of a value that is right; of null nothing is said."""
        return self._fault

    def _deserialize(self, value: object, *_: Any, **__: Any) -> object:
        """The value itself.

        Raises:
            ValidationError: it is no such answer; the messages are the problems' codes.
        """
        if fault := self._fault(value):
            raise ValidationError(fault)
        return value

    def _fault(self, value: object) -> str | dict[Any, Any] | None:
        """What is wrong with a value that isn't null: a code, or those of its entries by index, or
        of its members by name.

        Those of a row are by cell below its index.
        """
        raise NotImplementedError


class Text(Answer):
    """A string of at most `limit` code points; a required one is not blank."""

    def __init__(self, *, required: bool, limit: int) -> None:
        super().__init__(required=required)
        self.limit = limit

    def _fault(self, value: object) -> str | None:
        if not isinstance(value, str):
            return "wrong_type"
        if len(value) > self.limit:
            return "too_long"
        if self.required and (not value or value.isspace()):
            return "required"
        return None if _is_unicode(value) else "bad_text"


class Pattern(Text):
    """A string of at most `limit` code points that matches a pattern as a whole, else `code`."""

    def __init__(self, pattern: re.Pattern[str], code: str, *, required: bool, limit: int) -> None:
        super().__init__(required=required, limit=limit)
        self.pattern = pattern
        self.code = code

    def _fault(self, value: object) -> str | None:
        wrong = super()._fault(value)
        if wrong is None and not self.pattern.fullmatch(str(value)):
            return self.code
        return wrong


class Number(Answer):
    """A finite number between `least` and `greatest`, both included, and never beyond 2**53 - 1."""

    accepts: tuple[type, ...] = (int, float)

    def __init__(
        self, *, required: bool, least: float | None = None, greatest: float | None = None
    ) -> None:
        super().__init__(required=required)
        self.least = -GREATEST if least is None else least
        self.greatest = GREATEST if greatest is None else greatest

    def _fault(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "wrong_type"
        if not -GREATEST <= value <= GREATEST:
            return "out_of_range"
        if not isinstance(value, self.accepts):
            return "wrong_type"
        return None if self.least <= value <= self.greatest else "out_of_range"


class Integer(Number):
    """A number written without fraction and exponent: 3.0 is none."""

    accepts = (int,)


class Date(Answer):
    """A day of the Gregorian calendar as YYYY-MM-DD."""

    def _fault(self, value: object) -> str | None:
        return _fault_of_time(value, _DATE, date.fromisoformat)


class DateTime(Answer):
    """A moment as RFC 3339 writes it, seconds optional; without an offset it is no moment."""

    def _fault(self, value: object) -> str | None:
        return _fault_of_time(value, _DATETIME, datetime.fromisoformat)


class DateRange(Answer):
    """A first and a last day, `{"from": …, "to": …}`, the last not before the first."""

    def _fault(self, value: object) -> str | dict[str, Any] | None:
        if not isinstance(value, dict) or value.keys() - {"from", "to"}:
            return "wrong_type"
        faults = {end: self._fault_of(value.get(end)) for end in ("from", "to")}
        if not any(faults.values()) and value["to"] < value["from"]:
            faults["to"] = "out_of_range"
        return {end: [fault] for end, fault in faults.items() if fault} or None

    def _fault_of(self, day: object) -> str | None:
        return "required" if day is None else _fault_of_time(day, _DATE, date.fromisoformat)


class Tally(Answer):
    """How many of each of some kinds, by code; a required one counts at least one kind."""

    def __init__(self, codes: Collection[str], *, required: bool) -> None:
        super().__init__(required=required)
        self.codes = frozenset(codes)

    def _fault(self, value: object) -> str | dict[str, Any] | None:
        if not isinstance(value, dict):
            return "wrong_type"
        if value.keys() - self.codes:
            return "not_an_option"
        if self.required and not value:
            return "required"
        faults = {code: _fault_of_count(count) for code, count in value.items()}
        return {code: [fault] for code, fault in faults.items() if fault} or None


class Scalar(Text):
    """What a calculation comes to: a text of at most `limit` code points, a number, a boolean."""

    def _fault(self, value: object) -> str | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, (int, float)):
            return None if -GREATEST <= value <= GREATEST else "out_of_range"
        return super()._fault(value)


class YesNo(Answer):
    """true or false."""

    def _fault(self, value: object) -> str | None:
        return None if isinstance(value, bool) else "wrong_type"


class Choice(Answer):
    """The code of one option."""

    def __init__(self, codes: Collection[str], *, required: bool) -> None:
        super().__init__(required=required)
        self.codes = frozenset(codes)

    def _fault(self, value: object) -> str | None:
        if not isinstance(value, str):
            return "wrong_type"
        return None if value in self.codes else "not_an_option"


class Entries(Answer):
    """A list; a required one is not empty. Problems of entries have their index as path."""

    def _fault(self, value: object) -> str | dict[int, Any] | None:
        if not isinstance(value, list):
            return "wrong_type"
        if len(value) > LONGEST_LIST:
            return "too_long"
        if self.required and not value:
            return "required"
        return self._faults_of_entries(value) or None

    def _faults_of_entries(self, value: list[object]) -> dict[int, Any]:
        """The codes of what is wrong with each entry, by its index."""
        raise NotImplementedError


class Choices(Entries):
    """A list of strings, all `allowed` (else `code`), none twice."""

    def __init__(self, allowed: Callable[[str], object], code: str, *, required: bool) -> None:
        super().__init__(required=required)
        self.allowed = allowed
        self.code = code

    def _faults_of_entries(self, value: list[object]) -> dict[int, Any]:
        faults: dict[int, list[str]] = {}
        seen: set[str] = set()
        for index, entry in enumerate(value):
            if not isinstance(entry, str):
                faults[index] = ["wrong_type"]
            elif entry in seen:
                faults[index] = ["duplicate"]
            elif not self.allowed(entry):
                faults[index] = [self.code]
            else:
                seen.add(entry)
        return faults


def _fault_of_count(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "wrong_type"
    return None if 0 <= value <= GREATEST else "out_of_range"


def _is_unicode(text: str) -> bool:
    """Whether the text can be stored as UTF-8: a lone surrogate can't."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fault_of_time(
    value: object, written: re.Pattern[str], parse: Callable[[str], object]
) -> str | None:
    if not isinstance(value, str):
        return "wrong_type"
    if not written.fullmatch(value):
        return "bad_date"
    try:
        parse(value)
    except ValueError:
        return "bad_date"
    return None
