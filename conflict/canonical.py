"""One byte string for one JSON value, whoever wrote it down.

JavaScript has one kind of number and no order of members: a body that went through a tablet comes
back as the same value in other bytes. Digests and comparisons are made over this form.
"""

from __future__ import annotations

import json
from typing import Any

Json = Any  # None, bool, int, float, str, list or dict of the same, as json.loads returns them

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical_json(value: Json) -> bytes:
    """The UTF-8 bytes of `value`: members sorted, no white space, whole numbers without a fraction.

    Raises:
        ValueError: the value holds NaN or an infinity.
        UnicodeEncodeError: the value holds a lone surrogate.
    """
    text = _ENCODER.encode(value)
    if _may_hold_whole_fraction(text):
        text = _ENCODER.encode(_plain_numbers(value))
    return text.encode()


def _may_hold_whole_fraction(text: str) -> bool:
    """Whether a whole number may be written as a fraction in it: Python writes 1.0 or 1e+16.

    A text may hold the same letters; then the copy without such numbers was made for nothing.
    """
    return ".0" in text or "e+" in text


def _plain_numbers(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    return value
