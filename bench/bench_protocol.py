"""Kanaf on SQLite and PostgreSQL beside pouchdb-server: the same requests, in turn, on one machine.

docs/reference/speed.md says how to read the table.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, fields
from pathlib import Path

from bench.measuring import write_json
from bench.protocol.report import print_report, write_markdown
from bench.protocol.running import run
from bench.protocol.sizes import SMOKE, Sizes


def main() -> None:
    """Measures, prints, and writes the files that are asked for."""
    chosen = _arguments()
    measured = run(_sizes(chosen))
    print_report(measured)
    write_json(
        chosen.json,
        {
            "sizes": asdict(measured.sizes),
            "load_average_before": measured.load,
            "durability": measured.durability,
            "medians": measured.medians,
            "rounds": measured.rounds,
        },
    )
    if chosen.markdown is not None:
        write_markdown(chosen.markdown, measured)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write every round's figures to this file")
    parser.add_argument("--markdown", type=Path, help="put the table into this page")
    parser.add_argument("--smoke", action="store_true", help="a minute, to see that it runs")
    for one in fields(Sizes):
        told = f"default: {one.default}, in a smoke run {getattr(SMOKE, one.name)}"
        parser.add_argument(f"--{one.name}", type=int, help=told)
    return parser.parse_args()


def _sizes(chosen: argparse.Namespace) -> Sizes:
    sizes = asdict(SMOKE if chosen.smoke else Sizes())
    given = {name: getattr(chosen, name) for name in sizes}
    return Sizes(**sizes | {name: size for name, size in given.items() if size is not None})


if __name__ == "__main__":
    main()
