"""Figures about cases, for those who see no case: small ones tell of a child, and are left out.

Who knows a village may know whose the only case of it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_server.service.kanaf import Kanaf
from sync_server.storage.rows import DatabaseRow

LEAST = 10
"""A count below it is not told."""


def case_figures(kanaf: Kanaf, database: DatabaseRow) -> dict[str, dict[str, int | None]]:
    """How many cases there are, `by_agency` and `by_area` (first level below the country), by code;
    None in the place of what is not told. There is no sum, from which it could be had.
    """
    with kanaf.store.read() as reading:
        by_agency = reading.records_by_agency(database.id)
        by_area: dict[str, int] = {}
        for area, count in reading.records_by_area(database.id).items():
            by_area[area[:4]] = by_area.get(area[:4], 0) + count
    return {"by_agency": told(by_agency), "by_area": told(by_area)}


def told(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts as they may be told: the small ones are not, and never one alone, which a sum that is
    known otherwise would give away.
    """
    rising = sorted(counts, key=lambda name: (counts[name], name))
    small = sum(counts[name] < LEAST for name in rising)
    hidden = set(rising[: max(small, 2)] if small else ())
    return {name: None if name in hidden else counts[name] for name in sorted(counts)}
