"""A run as tables of text, and as the table of docs/reference/speed.md."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measuring import is_busy, markdown_table, put_into_page, table
from bench.protocol.measures import MEASURES, TOLD_BY_JAVASCRIPT, Measure
from bench.protocol.running import Measured

_RATES = {"per_cpu": "{unit} a CPU second", "per_wall": "{unit} a second"}  # more is better
_COSTS = {
    "median_ms": "median, ms",
    "p99_ms": "p99, ms",
    "seconds": "seconds",
    "cpu_seconds": "CPU seconds",
    "kib": "KiB each",
}
_DATABASE = "database_us", "CPU of PostgreSQL itself, µs each"
_NONE = "-"
Row = list[object]


def print_report(measured: Measured) -> None:
    """The medians, what they cost others, and what the servers promise for it."""
    columns, rows = figures_table(measured)
    print(table(f"medians of {measured.sizes.rounds} rounds", columns, rows))
    title = "CPU of the load generator, share of the wall time"
    print(table(title, ["", *measured.durability], _client_shares(measured)))
    print("", *_remarks(measured), *_cautions(measured), sep="\n")


def write_markdown(path: Path, measured: Measured) -> None:
    """Puts the table between the marks `<!-- figures -->` and `<!-- end of figures -->` of a page.

    Raises:
        ValueError: the page has no such place.
    """
    columns, rows = figures_table(measured)
    cautions = [f"**{caution}**" for caution in _cautions(measured)]
    remarks = [f"- {remark}" for remark in _remarks(measured)]
    lines = ["", *cautions, "", *markdown_table(columns, rows, labels=2), "", *remarks, ""]
    put_into_page(path, "figures", lines)


def figures_table(measured: Measured) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: every figure of every server, and how many times as fast Kanaf is."""
    *ours, other = measured.durability
    short = [name.removeprefix("Kanaf, ") for name in ours]
    columns = ["", "", *ours, other, *(f"× {name}" for name in short)]
    columns += ["CouchDB, told", *(f"× told, {name}" for name in short)]
    rows = (row for one in MEASURES for row in _rows(measured, one))
    return columns, [[_text(cell) for cell in row] for row in rows]


def _rows(measured: Measured, measure: Measure) -> Iterator[Row]:
    by_server, title = measured.medians[measure.name], measure.titled(measured.sizes)
    *ours, other = by_server.values()
    for figure in [name for name in (*_COSTS, *_RATES) if name in other]:
        found, told = [one[figure] for one in ours], _told(measured, measure, figure)
        name = (_COSTS | _RATES)[figure].format(unit=measure.unit)
        cells: Row = [*found, other[figure], *_compared(figure, found, other[figure])]
        cells.append(_NONE if told is None else told)
        yield [title, name, *cells, *_compared(figure, found, told)]
    figure, name = _DATABASE
    used = [one.get(figure, _NONE) for one in by_server.values()]
    yield [title, name, *used, *[_NONE] * (2 * len(ours) + 1)]


def _told(measured: Measured, measure: Measure, figure: str) -> float | None:
    """CouchDB's figure; none for the seconds of a whole that is smaller than CouchDB's was."""
    if figure == "seconds" and measured.sizes.is_smoke:
        return None
    return measure.told.get(figure)


def _client_shares(measured: Measured) -> list[Row]:
    return [
        [
            one.titled(measured.sizes),
            *(by["client_share"] for by in measured.medians[one.name].values()),
        ]
        for one in MEASURES
    ]


def _compared(figure: str, ours: Sequence[float], other: float | None) -> list[object]:
    """How many times as fast, or as small, each of ours is."""
    if other is None:
        return [_NONE] * len(ours)
    return [one / other if figure in _RATES else other / one for one in ours]


def _remarks(measured: Measured) -> list[str]:
    said = [f"{name}: {durability}" for name, durability in measured.durability.items()]
    said.append(f"CouchDB, told: a feed by a filter in JavaScript takes {TOLD_BY_JAVASCRIPT} s")
    share = max(one["client_share"] for by in measured.medians.values() for one in by.values())
    said.append(f"the load generator computed {share:.0%} of the wall time at most")
    said.append(f"{os.cpu_count()} processors, load average before the run {measured.load:.1f}")
    return said


def _cautions(measured: Measured) -> list[str]:
    found: list[str] = []
    if measured.sizes.is_smoke:
        found.append("A SMOKE RUN: smaller than a measurement, its figures mean nothing.")
    if is_busy(measured.load):
        found.append("NOT TAKEN ON A QUIET MACHINE: its figures mean nothing.")
    return found


def _text(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:,.0f}" if cell >= 100 else f"{cell:.3g}"
