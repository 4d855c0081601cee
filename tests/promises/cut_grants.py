"""Grants and revocations by all that can cause them, each cut between any two of its transactions,
and read by readers who are cut off at every border of their pages meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sync_server.service import fanout
from tests.promises.changing_staff import Staff, Walk
from tests.promises.cut_feeds import Feed, Reader, cut_readers
from tests.promises.enrolment import launcher
from tests.promises.shared_cases import SharedCase, seen_by_chen
from tests.protocol.api import Api
from tests.protocol.cases import Team
from tests.support.personas import create_personas
from tests.support.server import KanafServer

GRANT, REVOKE = True, False
HISTORIES: Sequence[Sequence[bool]] = ((REVOKE, GRANT), (GRANT, REVOKE), (REVOKE,), (GRANT,))
"""What happens, from a grant to a grant; readers are cut off during the first change, and see
nothing of the others before they all have happened.
"""
LONG_HISTORIES: Sequence[Sequence[bool]] = ((REVOKE, GRANT, REVOKE), (GRANT, REVOKE, GRANT))
PAGES_FROM_THE_START = 7
COMMITS_OF_A_WALK = 5
"""Over two cases one by one: two each, and one that ends it."""


class Way(Protocol):
    """What grants and revokes.

    Attributes:
        reader: whom it is about.
        stops: after how many transactions of a change it is stopped, once after each of these
            numbers.
    """

    name: str
    reader: str
    stops: Sequence[int]

    def begin(self, change: bool, commits: int | None) -> None:
        """Begins a change, and stops after some transactions; None: goes on to its end."""

    def go_on(self, change: bool) -> None:
        """Brings a change that was stopped to its end."""


@dataclass
class ByCase:
    """One case after the other is granted or revoked by what is written into it."""

    name: str
    cases: Sequence[SharedCase]
    grant: Callable[[SharedCase], None]
    revoke: Callable[[SharedCase], None]
    reader: str = "chen"
    stops: Sequence[int] = (0, 1, 2)
    _done: int = 0

    def begin(self, change: bool, commits: int | None) -> None:
        self._done = len(self.cases) if commits is None else commits
        for case in self.cases[: self._done]:
            (self.grant if change else self.revoke)(case)

    def go_on(self, change: bool) -> None:
        for case in self.cases[self._done :]:
            (self.grant if change else self.revoke)(case)


@dataclass
class ByDirectory:
    """Somebody's place in the programme changes, and a walk brings the feeds to it."""

    name: str
    staff: Staff
    reader: str
    grant: Callable[[], None]
    revoke: Callable[[], None]
    stops: Sequence[int] = (0, 2)

    def begin(self, change: bool, commits: int | None) -> None:
        (self.grant if change else self.revoke)()
        self.staff.walk(commits)

    def go_on(self, change: bool) -> None:
        self.staff.walk()


@dataclass
class Grants:
    """A server with two cases of amina's, referred to chen, supervised by bilal; dina is to manage
    the agency.
    """

    team: Team
    staff: Staff
    cases: Sequence[SharedCase]

    @classmethod
    @contextmanager
    def of(
        cls,
        folder: Path,
        database_url: str | None,
        fault: str = "leaving_walks_to_others",
        walk: Walk = fanout.run_fanout,
    ) -> Iterator[Grants]:
        """A new server.

        Args:
            fault: it leaves the walks over the records to the test, which stops them anywhere.
        """
        server = KanafServer(folder, database_url=database_url, launcher=launcher(fault))
        with server, Staff.of(server, walk) as staff:
            team = Team.of(server, create_personas(server), "sd")
            cases = [SharedCase(team, ["k21", "k23"], ["k21", "k23"]) for _ in range(2)]
            for case in cases:
                case.accept()
            staff.manages("dina", of="amina")
            staff.walk()
            yield cls(team, staff, cases)

    def ways(self) -> list[Way]:
        """All that grants and revokes; everything is granted."""
        staff = self.staff
        return [
            ByCase("referral", self.cases, SharedCase.resume, SharedCase.end),
            ByCase("consent", self.cases, SharedCase.agree, SharedCase.withdraw),
            ByDirectory(
                "role",
                staff,
                "bilal",
                lambda: staff.as_before("bilal"),
                lambda: staff.without_cases("bilal"),
            ),
            ByDirectory(
                "group",
                staff,
                "bilal",
                lambda: staff.as_before("bilal"),
                lambda: staff.elsewhere("bilal"),
                range(COMMITS_OF_A_WALK + 1),
            ),
            ByDirectory(
                "agency",
                staff,
                "dina",
                lambda: staff.manages("dina", of="amina"),
                lambda: staff.manages("dina", of="chen"),
            ),
        ]

    def api(self, way: Way) -> Api:
        """The database as the reader of a way sees it."""
        api: Api = getattr(self.team, way.reader).api
        return api

    def expected(self, way: Way, granted: bool) -> dict[str, Any]:
        """The answers in all documents that a reader is to show, by document."""
        answers: dict[str, Any] = {}
        for case in self.cases:
            standing = case.standing()
            everything = set(standing) if granted else set()
            seen = seen_by_chen(standing) if way.reader == "chen" else everything
            answers.update({one: standing[one].get("data") for one in seen})
        return answers


@dataclass
class Tried:
    """What was tried, and what was wrong."""

    changes: int
    readers: int
    wrong: list[str]


def tried_way(grants: Grants, way: Way) -> Tried:
    """A way of granting, its changes stopped after transactions, at every border of a page."""
    tried = Tried(0, 0, [])
    reader = Feed(grants.api(way)).read_to_the_end(Reader())
    for commits in way.stops:
        for history in HISTORIES if commits else (*LONG_HISTORIES, *HISTORIES):
            reader = _tried_history(grants, way, history, commits, reader, tried)
    return tried


def _tried_history(
    grants: Grants, way: Way, history: Sequence[bool], commits: int, start: Reader, tried: Tried
) -> Reader:
    """Cuts readers off in a history; returns one who was not."""
    way.begin(history[0], commits)
    readers = _cut_readers(Feed(grants.api(way)), start)
    way.go_on(history[0])
    for change in history[1:]:
        way.begin(change, None)
    feed = Feed(grants.api(way))
    uncut = feed.read_to_the_end(start)
    tried.changes += len(history)
    where = f"{way.name} {history}, stopped after {commits}"
    if shown_answers(uncut) != grants.expected(way, history[-1]):
        tried.wrong.append(f"{where}: not as the rule says")
    for limit, reader in readers:
        tried.readers += 1
        wrong = _wrong(feed.read_to_the_end(reader, limit), uncut)
        tried.wrong += [f"{where}, pages of {limit}: {wrong}"] if wrong else []
    return uncut


def _cut_readers(feed: Feed, start: Reader) -> list[tuple[int, Reader]]:
    """Those who go on from somewhere, with pages of every limit, and some who begin."""
    every = len(feed.page(start.since, None).rows)
    beginning = cut_readers(feed, Reader(), [PAGES_FROM_THE_START])
    return cut_readers(feed, start, range(1, every + 2)) + beginning


def _wrong(reader: Reader, uncut: Reader) -> str | None:
    if len(set(reader.told)) < len(reader.told):
        return "something was told twice"
    if _cases(reader) != _cases(uncut):
        return "another end than without a cut"
    return None


def _cases(reader: Reader) -> Mapping[str, tuple[str, Any]]:
    return {one: shown for one, shown in reader.shown().items() if not one.startswith("shared:")}


def shown_answers(reader: Reader) -> dict[str, Any]:
    """What a reader shows of cases: the answers by document."""
    return {one: answers for one, (_, answers) in _cases(reader).items()}
