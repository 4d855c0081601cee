"""A run of the growing countries as a table of text, and as one of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.growing.growth import Rounds
from bench.growing.reader import MEASURES
from bench.measuring import medians

_FIGURES = {
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "cpu_us": "CPU, µs",
    "database_us": "CPU of PostgreSQL, µs",
    "feed_ms": "ms",
    "feed_cpu_us": "CPU, µs",
    "idle_ms": "nothing new, ms",
    "idle_cpu_us": "nothing new, CPU, µs",
}
_TITLES = {one.name: one.title for one in MEASURES} | {
    "filtered": "`_changes` from the start, `_selector`"
}
Row = list[str]


def columns(cases: Sequence[int]) -> Row:
    """The heads of a table's columns."""
    _, *larger = cases
    return ["", "", "", *(f"{one:,}" for one in cases), *(f"× {one:,}" for one in larger)]


def rows(measured: Mapping[str, Rounds]) -> Iterator[Row]:
    """A row for each figure of each server: by size, and how many times as much as of the smallest.

    Args:
        measured: the rounds by server.
    """
    for server, rounds in measured.items():
        for name, by_cases in rounds.items():
            found = [medians(each) for each in by_cases.values()]
            for figure in found[0]:
                values = [one[figure] for one in found]
                ratios = [f"{one / values[0]:.2f}" for one in values[1:]]
                title = [server, _TITLES[name], _FIGURES[figure]]
                yield [*title, *map(_text, values), *ratios]


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
