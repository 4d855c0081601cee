"""One byte string for one JSON value, whoever wrote it down.

JavaScript has one kind of number and no order of members: a body that went through a tablet comes
back as the same value in other bytes. Digests and comparisons are made over this form.
"""

from __future__ import annotations

import json
from typing import Any

Json = Any  # None, bool, int, float, str, list or dict of the same, as json.loads returns them


def canonical_json(value: Json) -> bytes:
    """The UTF-8 bytes of `value`: members sorted, no white space, whole numbers without a fraction.

    Raises:
        ValueError: the value holds NaN or an infinity.
        UnicodeEncodeError: the value holds a lone surrogate.
    """
    return json.dumps(
        _plain_numbers(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def same_value(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal by value: 1 and 1.0 are, 1 and true are not."""
    return canonical_json(one) == canonical_json(other)


def _plain_numbers(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return value
