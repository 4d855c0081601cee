"""Rows of a repeat group, matched by their ids, whatever a client made of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from conflict.canonical import Json, canonical_json

ID = "id"
"""The cell that names a row: a random text that the tablet gives it once and never changes."""


Row = Mapping[str, Json]


def rows_by_id(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by id, in their order; no row is lost.

    Of several rows of one id, as a tablet that copies rows makes them, the first keeps it. The
    others, and rows without an id, are named by their content, for two tablets may copy one row for
    two people. They have that name in their cell `id`, so that what a merge writes is read by the
    next merge as the same rows. Names depend on nothing but these rows: were they to depend on what
    stood before or elsewhere, one row would have two names in two merges.
    """
    ids = [_id(row) for row in rows]
    taken = Counter({*ids})
    found: dict[str, Row] = {}
    for given, row in zip(ids, rows, strict=True):
        row_id = _free(_named_by_content(row), taken) if given in found else given
        found[row_id] = {**row, ID: row_id}
    return found


def repeated_ids(rows: Sequence[Row]) -> set[str]:
    """The ids that several rows have."""
    return {row_id for row_id, times in Counter(map(_id, rows)).items() if times > 1}


def _free(named: str, taken: Counter[str]) -> str:
    """A name that no row has, for one made of content, which may be asked for many times."""
    while True:
        taken[named] += 1
        numbered = named if taken[named] == 1 else f"{named}-{taken[named]}"
        if numbered == named or numbered not in taken:
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


def _id(row: Row) -> str:
    given = row.get(ID)
    return given if isinstance(given, str) and given else _named_by_content(row)


def _named_by_content(row: Row) -> str:
    return "x" + hashlib.sha256(canonical_json(dict(row))).hexdigest()[:32]
