"""When two values mean the same to people, however they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from unicodedata import normalize

from bench.quality.form import GRAMS, Kind

MISSING = object()


def same(one: object, other: object, kind: Kind = Kind.PLAIN) -> bool:
    """Whether two answers of one field mean the same."""
    return _meant(one, kind) == _meant(other, kind)


def same_together(group: str, one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two answers of coupled fields mean the same: 12 kg is 12,000 g."""
    if group == "mass":
        return _grams(one) == _grams(other)
    return {name: _meant(value) for name, value in one.items()} == {
        name: _meant(value) for name, value in other.items()
    }


def _meant(value: object, kind: Kind = Kind.PLAIN) -> tuple[str, object]:
    if kind is Kind.INSTANT and isinstance(value, str):
        return "instant", datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, str):
        return "text", normalize("NFC", value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number", float(value)
    if isinstance(value, list):
        return "list", tuple(_meant(item) for item in value)
    return type(value).__name__, value


def _grams(values: Mapping[str, object]) -> float:
    weight, unit = values["weight"], values["weight_unit"]
    assert isinstance(weight, int | float)
    return float(weight) * GRAMS[str(unit)]
