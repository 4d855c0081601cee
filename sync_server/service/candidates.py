"""What an answer may come to: the one that is shown, and those that wait for a person.

Who shares by an answer reads all of them, and takes the more protective one. A `merge` in a body
here is one that a server made, never a copy that somebody carried on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conflict.value import MISSING, Value, equal
from sync_server.service.vault import Body

Waiting = Sequence[Mapping[str, Any]]
"""The candidates of an open unit, as a merge lists them."""


def units_for_people(merge: Mapping[str, Any]) -> dict[str, Waiting]:
    """What a merge leaves to a person or wants one to be told of, with the candidates."""
    return {**merge["open"], **merge.get("told", {})}


def candidates(body: Body, field: str) -> list[Value]:
    """Every value that a field may come to, the one shown first; a missing one is null.

    MISSING stands for what cannot be told while a part of the field, such as an element, is open.
    """
    found: list[Value] = [body.get("data", {}).get(field)]
    for unit, waiting in open_units_of(body, field).items():
        found += _values(unit, waiting, field)
    return found


def is_certain(body: Body, field: str) -> bool:
    """Whether a field can come to nothing but what is shown."""
    shown, *others = candidates(body, field)
    return all(equal(shown, other) for other in others)


def is_complete(body: Body) -> bool:
    """Whether a document is complete, and nobody says that it is a draft."""
    states = (one.get("value") for one in _open(body).get("state", ()))
    return all(state == "complete" for state in (body.get("state"), *states))


def open_units_of(body: Body, field: str) -> dict[str, Waiting]:
    """The open units that a field is, is a part of, or has as its parts."""
    return {
        unit: waiting
        for unit, waiting in _open(body).items()
        if unit == f"data.{field}"
        or unit.startswith((f"data.{field}[", f"data.{field}."))
        or (unit.startswith("group.") and any(field in group for group in _groups(waiting)))
    }


def _values(unit: str, waiting: Waiting, field: str) -> Iterator[Value]:
    if unit == f"data.{field}":
        yield from (one.get("value") for one in waiting)
    elif unit.startswith("group."):
        yield from (group.get(field) for group in _groups(waiting))
    else:
        yield MISSING


def _groups(waiting: Waiting) -> list[Mapping[str, Any]]:
    values = (one.get("value") for one in waiting)
    return [value if isinstance(value, dict) else {} for value in values]


def _open(body: Body) -> Mapping[str, Waiting]:
    units: Mapping[str, Waiting] = body.get("merge", {}).get("open", {})
    return units
