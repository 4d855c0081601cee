"""Rows of a repeat group, matched by their ids, whatever a client made of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from conflict.canonical import Json, canonical_json
from conflict.value import equal

ID = "id"
"""The cell that names a row: a random text that the tablet gives it once and never changes."""


NONE: Mapping[str, Any] = MappingProxyType({})


def rows_by_id(
    rows: Sequence[Mapping[str, Json]], known: Mapping[str, Sequence[Mapping[str, Json]]] = NONE
) -> dict[str, Mapping[str, Json]]:
    """Rows by id, in their order; no row is lost.

    Of several rows of one id, as a tablet that copies rows makes them, the one that is most like a
    known row of that id keeps it. The others, and rows without an id, are named by their content,
    for two tablets may copy one row for two people: whoever changes such a row takes one away and
    adds another.

    Args:
        known: rows by id, as other revisions have them once.
    """
    ids = [_id(row) for row in rows]
    originals = _originals(ids, rows, known)
    taken = Counter({*ids})
    found: dict[str, Mapping[str, Json]] = {}
    for place, (given, row) in enumerate(zip(ids, rows, strict=True)):
        row_id = given
        if given in originals and place != originals[given]:
            row_id = _free(f"{given}#{_digest(row)}", taken)
        found[row_id] = row
    return found


def _originals(
    ids: Sequence[str],
    rows: Sequence[Mapping[str, Json]],
    known: Mapping[str, Sequence[Mapping[str, Json]]],
) -> dict[str, int]:
    """Of every id that several rows have, the place of the row that keeps it."""
    places: dict[str, list[int]] = {}
    for place, given in enumerate(ids):
        places.setdefault(given, []).append(place)
    return {
        given: max(
            several,
            key=lambda place: (
                max((_likeness(rows[place], one) for one in known.get(given, ())), default=0),
                -place,
            ),
        )
        for given, several in places.items()
        if len(several) > 1
    }


def _likeness(one: Mapping[str, Json], other: Mapping[str, Json]) -> int:
    return sum(cell in other and equal(value, other[cell]) for cell, value in one.items())


def _free(named: str, taken: Counter[str]) -> str:
    """A name that no row has, for one that may be asked for many times; it is taken then."""
    while True:
        taken[named] += 1
        numbered = named if taken[named] == 1 else f"{named}#{taken[named]}"
        if numbered == named or numbered not in taken:
            taken[numbered] += numbered != named
            return numbered


def moved(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether rows that both lists have stand in another order."""
    both = {*before} & {*after}
    return [row for row in before if row in both] != [row for row in after if row in both]


def arranged(spine: Sequence[str], lists: Sequence[Sequence[str]], present: set[str]) -> list[str]:
    """The rows that are present, in one order for the same arguments.

    Args:
        spine: the order that was decided; rows that it does not know are put where the first of
            `lists` that has them has them: behind the nearest row before them that stands.
    """
    order = [row for row in spine if row in present]
    for rows in lists:
        behind: dict[str | None, list[str]] = {}
        placed = {*order}
        nearest: str | None = None
        for row in rows:
            if row in placed:
                nearest = row
            elif row in present:
                behind.setdefault(nearest, []).append(row)
        order = [
            *behind.get(None, ()),
            *(one for row in order for one in (row, *behind.get(row, ()))),
        ]
    return order


def _id(row: Mapping[str, Json]) -> str:
    given = row.get(ID)
    if isinstance(given, str) and given:
        return given
    return "?" + _digest(row)


def _digest(row: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical_json(dict(row))).hexdigest()[:32]
