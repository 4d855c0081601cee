"""The order of JSON values, of whatever type."""

from __future__ import annotations

from typing import Any

Json = Any  # None, bool, int, float, str, list or dict of the same

TYPES = ("null", "boolean", "number", "string", "array", "object")
"""The names of the types, in the order in which their values stand."""


def type_of(value: Json) -> str:
    """The name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):  # before numbers, of which Python takes it for one
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def compared(one: Json, other: Json) -> int:
    """Below, at or above 0 where `one` stands before, beside or after `other`.

    Types stand apart, in the order of `TYPES`; false before true; arrays by their first element
    that differs, then by length; objects likewise by their members, by name. Texts are compared by
    code point, as CouchDB does for ids only: for other texts it asks ICU, which is no part of this
    service, so `a` stands after `B` here and before it there.

    Source: CouchDB, documentation, Views Collation, Collation Specification; couch_ejson_compare.
    """
    name, other_name = type_of(one), type_of(other)
    if name != other_name:
        return TYPES.index(name) - TYPES.index(other_name)
    if name == "array":
        return _compared_in_turn(one, other)
    if name == "object":
        # Members have an order in CouchDB. JSON knows none, and bodies are kept without it.
        return _compared_in_turn(_members(one), _members(other))
    if name == "null":
        return 0
    return int(one > other) - int(one < other)


def is_equal(one: Json, other: Json) -> bool:
    """Whether two values stand at the same place: 1 and 1.0 do, 1 and true do not."""
    return compared(one, other) == 0


def _members(value: dict[str, Json]) -> list[Json]:
    return [[name, value[name]] for name in sorted(value)]


def _compared_in_turn(one: list[Json], other: list[Json]) -> int:
    for mine, theirs in zip(one, other, strict=False):
        order = compared(mine, theirs)
        if order:
            return order
    return len(one) - len(other)
