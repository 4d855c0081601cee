"""Values of units, and when two of them are the same.

Text is compared in Unicode's composed form (NFC), numbers and instants by value; null, missing and
empty are three different values, and so are 1 and true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from unicodedata import normalize

from conflict.canonical import Json


class Missing:
    """The value of a unit that a body does not have; not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
Value = Json | Missing


def equal(one: Value, other: Value) -> bool:
    """Whether two values are the same; missing equals missing only."""
    if one is other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return one == other or normalize("NFC", one) == normalize("NFC", other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return _is_number(one) and _is_number(other) and bool(one == other)


def differing(mappings: Iterable[Mapping[str, Json]]) -> set[str]:
    """The names of the members that are not the same in all, or not in all."""
    first, *others = [*mappings] or [{}]
    found: set[str] = set().union(*(first.keys() ^ other.keys() for other in others))
    for name in first.keys() - found:
        for other in others:
            if not equal(first[name], other[name]):
                found.add(name)
                break
    return found


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def instant(value: Value) -> Value:
    """A date-time as the same instant in UTC; any other value as it is.

    Source: RFC 3339, section 5.6; without an offset a date-time is no instant.
    """
    if not isinstance(value, str):
        return value
    try:
        read = datetime.fromisoformat(value)
        return value if read.tzinfo is None else read.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return value
