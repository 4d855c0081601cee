"""Figures about cases, for those who see no case: they tell of many children, and of none alone."""

from __future__ import annotations

from collections.abc import Mapping

from sync_server.service.kanaf import Kanaf
from sync_server.storage.rows import DatabaseRow

LEAST = 10
"""Counts are told in tens, rounded down: between figures of two days, or of agencies and of areas,
no single case can be made out.
"""


def case_figures(kanaf: Kanaf, database: DatabaseRow) -> dict[str, dict[str, int]]:
    """How many cases there are, `by_agency` and `by_area` (first level below the country), by code,
    in whole tens; where there are fewer, nothing is told.
    """
    with kanaf.store.read() as reading:
        by_agency = reading.records_by_agency(database.id)
        by_area: dict[str, int] = {}
        for area, count in reading.records_by_area(database.id).items():
            by_area[area[:4]] = by_area.get(area[:4], 0) + count
    return {"by_agency": told(by_agency), "by_area": told(by_area)}


def told(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts as they are told. That there is one at all would tell of the first case of an area."""
    return {name: counts[name] // LEAST * LEAST for name in sorted(counts) if counts[name] >= LEAST}
