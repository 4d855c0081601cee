"""What a name means where it stands: the nearest rows that have it, else the document."""

from __future__ import annotations

import pytest

from schemas.paths import meant

QUESTIONS = {
    ("place",),
    ("days",),
    ("family",),
    ("family", "place"),
    ("family", "days"),
    ("family", "visits"),
    ("family", "visits", "place"),
}


@pytest.mark.parametrize(
    ("name", "rows", "path"),
    [
        ("place", ("family", "visits"), ("family", "visits", "place")),
        ("days", ("family", "visits"), ("family", "days")),
        ("place", ("family",), ("family", "place")),
        ("place", (), ("place",)),
        ("family.place", ("family", "visits"), ("family", "place")),
        ("days.from", ("family", "visits"), ("family", "days", "from")),
        ("visits.place", ("family",), ("family", "visits", "place")),
        ("nothing", ("family", "visits"), ("nothing",)),
    ],
)
def test_the_first_step_of_a_name_is_looked_for_from_the_inside_out(
    name: str, rows: tuple[str, ...], path: tuple[str, ...]
) -> None:
    assert meant(name, rows, QUESTIONS) == path
