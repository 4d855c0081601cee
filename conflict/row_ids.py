"""Rows of a repeat group, matched by their ids, whatever a client made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from conflict.canonical import Json, canonical_json

ID = "id"
"""The cell that names a row: a random text that the tablet gives it once and never changes."""


def rows_by_id(rows: Iterable[Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """Rows by id, in their order; no row is lost.

    The second row of an id, as a tablet that copies rows may make it, is named `<id>#2`. A row
    without an id is named by its content: whoever changes it takes one away and adds another.
    """
    found: dict[str, Mapping[str, Json]] = {}
    for row in rows:
        row_id = given = _id(row)
        number = 1
        while row_id in found:
            number += 1
            row_id = f"{given}#{number}"
        found[row_id] = row
    return found


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
    return "?" + hashlib.sha256(canonical_json(dict(row))).hexdigest()[:32]
