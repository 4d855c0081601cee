"""What a caseworker's requests cost while a country grows from 350 to 3,500 and 35,000 cases.

The caseworker has 16 cases of 8 documents in each; everybody else has the rest. Beside it the same
feed by another server's filter, which looks at everybody's documents. docs/reference/feed-cost.md
says how to read the table.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bench.growing.growth import Rounds, Sizes, on_peer, on_postgresql, on_sqlite
from bench.growing.material import READERS_CASES
from bench.growing.report import columns, rows
from bench.measuring import (
    is_busy,
    markdown_table,
    medians,
    put_into_page,
    surroundings,
    table,
    write_json,
)

_SERVERS = {
    "SQLite": on_sqlite,
    "PostgreSQL": on_postgresql,
    "pouchdb-server": on_peer,
}
_CASES, _USERS, _ROUNDS, _TIMES = (350, 3_500, 35_000), 268, 5, 200


def main() -> None:
    """Measures, prints, and writes the files that are asked for."""
    chosen = _arguments()
    sizes = Sizes(sorted(chosen.cases), chosen.users, chosen.rounds, chosen.times)
    load = os.getloadavg()[1]
    measured = {name: _SERVERS[name](sizes) for name in chosen.servers}
    heads, lines = columns(sizes.cases), list(rows(measured))
    print(table(f"medians of {sizes.rounds} rounds, {sizes.users} users", heads, lines))
    print(surroundings())
    write_json(chosen.json, _figures(sizes, load, measured))
    if chosen.markdown is not None:
        cautions = [f"**{one}**" for one in _cautions(sizes, load)]
        before = f"{os.cpu_count()} processors, load average before the run {load:.1f}"
        made = [*cautions, "", *markdown_table(heads, lines, labels=3), "", f"- {before}", ""]
        put_into_page(chosen.markdown, "growth", ["", *made])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write every round's figures to this file")
    parser.add_argument("--markdown", type=Path, help="put the table into this page")
    parser.add_argument(
        "--cases", type=_cases, nargs="+", default=_CASES, help=f"default: {_CASES}"
    )
    parser.add_argument("--servers", nargs="+", choices=_SERVERS, default=list(_SERVERS))
    for name, size in (("users", _USERS), ("rounds", _ROUNDS), ("times", _TIMES)):
        parser.add_argument(f"--{name}", type=int, default=size, help=f"default: {size}")
    return parser.parse_args()


def _cases(given: str) -> int:
    cases = int(given)
    if cases < READERS_CASES:
        raise argparse.ArgumentTypeError(f"the caseworker alone has {READERS_CASES} cases")
    return cases


def _figures(sizes: Sizes, load: float, measured: dict[str, Rounds]) -> dict[str, object]:
    return {
        "sizes": vars(sizes),
        "load_average_before": load,
        "medians": {
            server: {
                name: {str(cases): medians(each) for cases, each in by_cases.items()}
                for name, by_cases in rounds.items()
            }
            for server, rounds in measured.items()
        },
        "rounds": measured,
    }


def _cautions(sizes: Sizes, load: float) -> list[str]:
    found: list[str] = []
    if sizes.cases[-1] < _CASES[-1] or sizes.users < _USERS or sizes.rounds < _ROUNDS:
        found.append("A SMALL RUN: smaller than a measurement, its figures mean nothing.")
    if is_busy(load):
        found.append("NOT TAKEN ON A QUIET MACHINE: its figures mean nothing.")
    return found


if __name__ == "__main__":
    main()
