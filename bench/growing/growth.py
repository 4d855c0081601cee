"""The rounds: every measure in countries of every size in turn, so that all meet one weather."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.growing.country import Country, country, progress
from bench.growing.material import lots, with_reader
from bench.growing.peer import database_of, fill, filtered_feed
from bench.growing.people import MANY, Member, People, people
from bench.growing.reader import MEASURES, Reader, figures
from bench.protocol.cost import Figures
from bench.protocol.pouchdb_peer import pouchdb_server
from tests.support.postgres import PostgresServer, fresh_database

Rounds = dict[str, dict[int, list[Figures]]]
"""By measure and number of cases, each round's figures."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        cases: of each country, ascending; each case has 8 documents.
        users: of every country.
        rounds: of every measure.
        times: how often a round asks, but for edits, which are as many as a page has rows.
    """

    cases: Sequence[int]
    users: int
    rounds: int
    times: int

    @property
    def members(self) -> People:
        """The people of each of the countries."""
        return people(self.users)

    @property
    def reader(self) -> Member:
        """The caseworker who is measured."""
        return self.members.caseworkers(MANY)[0]

    @property
    def colleague(self) -> Member:
        """A caseworker of the same group."""
        _, *others = self.members.caseworkers(MANY)
        return next(one for one in others if one.group == self.reader.group)

    def authors(self, cases: int) -> list[tuple[Member, int]]:
        """Whose the cases of a country are."""
        others = [one for one in self.members.staff if one.role == "caseworker"]
        others.remove(self.reader)
        return with_reader(cases, self.reader, others)


def on_sqlite(sizes: Sizes) -> Rounds:
    """Kanaf's figures on SQLite."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kanaf-bench-")))

        def start(cases: int) -> Country:
            place = folder / str(cases)
            return running.enter_context(country(place, None, None, sizes.members))

        return _rounds(sizes, start)


def on_postgresql(sizes: Sizes) -> Rounds:
    """Kanaf's figures on PostgreSQL: one server of it, with a database for each country."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kanaf-bench-")))
        postgres = running.enter_context(closing(PostgresServer()))
        postgres.start()

        def start(cases: int) -> Country:
            url = running.enter_context(fresh_database(postgres.url))
            place = folder / str(cases)
            return running.enter_context(country(place, url, postgres, sizes.members))

        return _rounds(sizes, start)


def on_peer(sizes: Sizes) -> Rounds:
    """The figures of the same feed, filtered by pouchdb-server."""
    with (
        tempfile.TemporaryDirectory(prefix="kanaf-bench-") as folder,
        pouchdb_server(Path(folder) / "peer") as peer,
    ):
        for cases in sizes.cases:
            progress(f"filling {peer.name} with {cases:,} cases")
            fill(peer, database_of(cases), lots(sizes.authors(cases)))
        found: Rounds = {"filtered": {cases: [] for cases in sizes.cases}}
        for number in range(1, sizes.rounds + 1):
            progress(f"round {number}: filtered")
            for cases in sizes.cases:
                one = filtered_feed(peer, database_of(cases), sizes.reader)
                found["filtered"][cases].append(one)
        return found


def _rounds(sizes: Sizes, start: Callable[[int], Country]) -> Rounds:
    readers = {cases: _reader(sizes, cases, start(cases)) for cases in sizes.cases}
    found: Rounds = {one.name: {cases: [] for cases in sizes.cases} for one in MEASURES}
    for number in range(1, sizes.rounds + 1):
        for measure in MEASURES:
            progress(f"round {number}: {measure.name}")
            for cases, reader in readers.items():
                found[measure.name][cases].append(figures(reader, measure, sizes.times))
    return found


def _reader(sizes: Sizes, cases: int, place: Country) -> Reader:
    progress(f"filling a country with {cases:,} cases")
    place.fill(lots(sizes.authors(cases)))
    place.settle()
    connect, beside = (
        partial(place.connect, one, place.enrol(one)) for one in (sizes.reader, sizes.colleague)
    )
    reader = Reader(place, connect, (sizes.colleague, beside))
    reader.begin()
    return reader
