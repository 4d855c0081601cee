"""A change of the directory that 40,000 documents of 20 people follow, while somebody else writes.

Twenty people become supervisors of a group each, lose the role and get it again; twenty others come
into one group, leave it and come back. docs/reference/feed-cost.md says how to read the table.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from bench.growing.country import Country, country, progress
from bench.growing.material import DOCUMENTS_OF_A_CASE, lots, spread, with_reader
from bench.growing.people import FEW, MANY, Member, People, people
from bench.growing.reader import Reader
from bench.growing.role_change import Watcher, Writer, at_rest, carried_out, steps
from bench.measuring import (
    is_busy,
    markdown_table,
    put_into_page,
    surroundings,
    table,
    write_json,
)
from bench.protocol.cost import Figures
from tests.support.postgres import PostgresServer, fresh_database

_DEFAULTS = {"cases": 35_000, "users": 268, "movers": 20, "documents": 40_000, "seconds": 20}
_HEADS = {
    "rest_s": "at rest after, s",
    "cpu_s": "CPU, s",
    "database_s": "CPU of PostgreSQL, s",
    "writes": "writes meanwhile",
    "wait_median_ms": "median, ms",
    "wait_p99_ms": "p99, ms",
    "wait_longest_ms": "longest, ms",
}
Found = dict[str, Figures]


def main() -> None:
    """Measures, prints, and writes the files that are asked for."""
    chosen = _arguments()
    load = os.getloadavg()[1]
    found = {name: _measured(name, chosen) for name in chosen.databases}
    heads, lines = ["", "", *_HEADS.values()], list(_rows(chosen, found))
    print(table("changes of the directory, and what another writer waits", heads, lines))
    print(surroundings())
    sizes = {name: getattr(chosen, name) for name in _DEFAULTS}
    write_json(chosen.json, {"sizes": sizes, "load_average_before": load, "figures": found})
    if chosen.markdown is not None:
        cautions = [f"**{one}**" for one in _cautions(sizes, load)]
        before = f"{os.cpu_count()} processors, load average before the run {load:.1f}"
        made = [*cautions, "", *markdown_table(heads, lines, labels=2), "", f"- {before}", ""]
        put_into_page(chosen.markdown, "role change", ["", *made])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--markdown", type=Path, help="put the table into this page")
    known = ("SQLite", "PostgreSQL")
    parser.add_argument("--databases", nargs="+", choices=known, default=known)
    for name, size in _DEFAULTS.items():
        parser.add_argument(f"--{name}", type=int, default=size, help=f"default: {size}")
    return parser.parse_args()


def _measured(database: str, chosen: argparse.Namespace) -> Found:
    members = people(chosen.users, chosen.movers)
    with _place(database, members) as place:
        each = chosen.documents // DOCUMENTS_OF_A_CASE // chosen.movers
        progress(f"{database}: filling a country with {chosen.cases:,} cases")
        writer = _filled(place, members, chosen.cases, each)
        watchers = _watchers(place, members)
        found = {"rest": at_rest(writer, chosen.seconds)}
        for step in steps(members):
            progress(f"{database}: {step.title}")
            concerned = [watchers[one] for one in step.people]
            documents = each * DOCUMENTS_OF_A_CASE
            found[step.name] = carried_out(place, step, writer, concerned, documents)
        return found


@contextmanager
def _place(database: str, members: People) -> Iterator[Country]:
    with tempfile.TemporaryDirectory(prefix="kanaf-bench-") as folder:
        if database == "SQLite":
            with country(Path(folder), None, None, members) as place:
                yield place
            return
        with closing(PostgresServer()) as postgres:
            postgres.start()
            with (
                fresh_database(postgres.url) as url,
                country(Path(folder), url, postgres, members) as place,
            ):
                yield place


def _filled(place: Country, members: People, cases: int, each: int) -> Writer:
    """The cases, `each` in every small group, and somebody of another group who writes."""
    small, (writer, *others) = members.caseworkers(FEW), members.caseworkers(MANY)
    left = cases - each * len(small)
    authors = [*spread(each * len(small), small), *with_reader(left, writer, others)]
    place.fill(lots(authors))
    place.settle()
    reader = Reader(place, partial(place.connect, writer, place.enrol(writer)))
    reader.begin()
    return Writer(reader)


def _watchers(place: Country, members: People) -> dict[Member, Watcher]:
    """The tablets of those whose rights change; each knows a document that they then see.

    Those who move all come into the first agency's group.
    """
    witnesses = {one.agency: _a_document(place, one) for one in members.caseworkers(FEW)}
    return {
        one: Watcher(place, one, witnesses[one.agency])
        for one in (*members.promoted, *members.moved)
    }


def _a_document(place: Country, author: Member) -> str:
    reader = Reader(place, partial(place.connect, author, place.enrol(author)))
    reader.begin()
    return next(iter(reader.documents))


def _rows(chosen: argparse.Namespace, found: dict[str, Found]) -> Iterator[list[str]]:
    members = people(chosen.users, chosen.movers)
    titles = {"rest": "nothing else", **{one.name: one.title for one in steps(members)}}
    for database, by_step in found.items():
        for name, figures in by_step.items():
            cells = (figures.get(head) for head in _HEADS)
            yield [database, titles[name], *("-" if one is None else _text(one) for one in cells)]


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cautions(sizes: dict[str, int], load: float) -> list[str]:
    found: list[str] = []
    if any(sizes[name] < size for name, size in _DEFAULTS.items()):
        found.append("A SMALL RUN: smaller than a measurement, its figures mean nothing.")
    if is_busy(load):
        found.append("NOT TAKEN ON A QUIET MACHINE: its figures mean nothing.")
    return found


if __name__ == "__main__":
    main()
