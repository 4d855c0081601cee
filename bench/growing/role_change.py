"""Changes of the directory that many documents follow, and what another writer waits meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.growing.country import PATH, Country
from bench.growing.people import FEW, NONE, Member, People, group_of
from bench.growing.reader import Reader
from bench.protocol.cost import Figures, cost
from bench.protocol.writing import latency
from sync_server.service.directory_changes import Rights

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Step:
    """What some people are given, one after the other.

    Attributes:
        title: in tables.
        sees: whether they see the cases of the small group, or the groups, after it.
    """

    name: str
    title: str
    people: Sequence[Member]
    rights: Rights
    sees: bool


def steps(members: People) -> list[Step]:
    """All steps, in order: each person is given something, loses it and is given it again.

    Those who were promoted have the supervisor's view of a group in their own agency; those who
    were moved have all the same group.
    """
    first = members.agencies[0]
    up, down = Rights(role="supervisor"), Rights(role="caseworker")
    there, away = Rights(groups=(group_of(first, FEW),)), Rights(groups=(group_of(first, NONE),))
    promoted, moved = members.promoted, members.moved
    return [
        Step("promoted", "role that sees a group, each another", promoted, up, sees=True),
        Step("demoted", "role taken away", promoted, down, sees=False),
        Step("promoted_again", "role given again", promoted, up, sees=True),
        Step("moved", "into a group, all the same", moved, there, sees=True),
        Step("moved_away", "out of the group", moved, away, sees=False),
        Step("moved_again", "into the group again", moved, there, sees=True),
    ]


@dataclass
class Writer:
    """Somebody who edits their own documents all the time, each as soon as the last is answered.

    Attributes:
        seconds: that each answer took.
    """

    reader: Reader
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Writes while what is inside runs.

        Raises:
            BaseException: what the writer met.
        """
        self.seconds, met, ended = [], list[BaseException](), threading.Event()

        def write() -> None:
            connection = self.reader.connect()
            try:
                while not ended.is_set():
                    self.seconds += self.reader.write(connection)
            except BaseException as error:  # noqa: BLE001 - raised below, in the other thread
                met.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if met:
            raise met[0]

    def figures(self) -> Figures:
        """How many were written, and what they waited."""
        waits = latency(self.seconds)
        return {
            "writes": float(len(self.seconds)),
            "wait_median_ms": waits["median_ms"],
            "wait_p99_ms": waits["p99_ms"],
            "wait_longest_ms": 1e3 * max(self.seconds),
        }


def at_rest(writer: Writer, seconds: float) -> Figures:
    """What the writer waits while nothing else happens."""
    with writer.writing():
        time.sleep(seconds)
    return writer.figures()


class Watcher:
    """The tablet of somebody whose rights change."""

    def __init__(self, place: Country, member: Member, witness: str) -> None:
        """A tablet.

        Args:
            witness: the id of a document that they see whenever they see the group.
        """
        self.member = member
        self._place, self._token = place, place.enrol(member)
        self._witness = witness
        self._since = "0"
        self._shown: set[str] = set()

    def begin(self) -> None:
        """Notes how far the feed is now, and what it has shown."""
        told = self._ask("GET", f"{PATH}/_changes")
        self._since = told["last_seq"]
        self._shown = {row["id"] for row in told["results"] if not row.get("deleted", False)}

    def sees(self) -> bool:
        """Whether an answer shows the witness now."""
        asked = {"keys": [self._witness]}
        (row,) = self._ask("POST", f"{PATH}/_all_docs", asked)["rows"]
        return "error" not in row

    def told(self, *, sees: bool) -> int:
        """How many documents the feed has shown, or hidden, since `begin`: with other rights it
        begins anew, and tells what was there before once more.
        """
        told = self._ask("GET", f"{PATH}/_changes?since={self._since}")
        moved = {row["id"] for row in told["results"] if row.get("deleted", False) != sees}
        return len(moved - self._shown if sees else moved & self._shown)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """Over a connection of its own: the server ends one that idles for half a minute."""
        with closing(self._place.connect(self.member, self._token)) as connection:
            return connection.ask_json(method, path, body)


def carried_out(
    place: Country, step: Step, writer: Writer, watchers: Sequence[Watcher], documents: int
) -> Figures:
    """Gives the rights of a step, and waits until feeds have followed.

    Args:
        watchers: the tablets of the step's people.
        documents: how many each of them gets to see, or sees no more.
    """
    found: Figures = {}
    for one in watchers:
        one.begin()

    def change() -> None:
        began = time.perf_counter()
        for one in watchers:
            place.change(one.member, step.rights)
            assert one.sees() == step.sees, f"{one.member.name}: an answer has not followed"
        found["changing_s"] = time.perf_counter() - began
        while place.pending_jobs():
            time.sleep(_LOOK_SECONDS)
        found["rest_s"] = time.perf_counter() - began

    with writer.writing():
        spent = cost(place, change)
    told = [one.told(sees=step.sees) for one in watchers]
    assert told == [documents] * len(watchers), told
    found["cpu_s"] = spent.server
    if spent.database:
        found["database_s"] = spent.database
    return found | writer.figures()
