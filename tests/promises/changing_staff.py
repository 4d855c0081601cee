"""What promise 7 changes in the directory, and the walks over the records that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from sync_server.service import fanout
from sync_server.service.directory_changes import change_user, let_in_user, shut_out_user
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage import fanout as storage_fanout
from tests.support.personas import PEOPLE
from tests.support.server import KanafServer

Walk = Callable[[Kanaf], bool]
"""Does the next step of a walk over the records; whether there was one, as `run_fanout` says."""


class Killed(BaseException):
    """A walk has ended between two of its transactions, as if its process was killed."""


class Staff:
    """The people of a running server, and what changes of their places in the programme."""

    def __init__(self, kanaf: Kanaf, walk: Walk = fanout.run_fanout) -> None:
        """Opens the directory.

        Args:
            walk: another one for a planted fault.
        """
        self.kanaf = kanaf
        self._walk = walk

    @classmethod
    @contextmanager
    def of(cls, server: KanafServer, walk: Walk = fanout.run_fanout) -> Iterator[Staff]:
        """The people of a server, in this process: a command would take a second to start."""
        kanaf = open_kanaf(server.settings)
        with closing(kanaf.store):
            yield cls(kanaf, walk)

    def supervises(self, name: str, of: str) -> None:
        """Somebody supervises another one's group from now on."""
        _, agency, group = PEOPLE[of]
        change_user(self.kanaf, name, role="supervisor", agency=agency, groups=(group,))

    def as_before(self, name: str) -> None:
        """Somebody has the role, the agency and the group again that they began with."""
        role, agency, group = PEOPLE[name]
        change_user(self.kanaf, name, role=role, agency=agency, groups=(group,))

    def without_cases(self, name: str) -> None:
        """Somebody keeps their group and has a role that is about none of its cases."""
        change_user(self.kanaf, name, role="service_provider")

    def elsewhere(self, name: str) -> None:
        """Somebody keeps their role, in another group."""
        change_user(self.kanaf, name, groups=("omdurman",))

    def manages(self, name: str, of: str) -> None:
        """Somebody sees what another one's agency does, and nothing else of a record."""
        change_user(self.kanaf, name, role="agency_manager", agency=PEOPLE[of][1], groups=())

    def shut_out(self, name: str) -> None:
        """Somebody comes in no more."""
        shut_out_user(self.kanaf, name)

    def let_in(self, name: str) -> None:
        """Somebody comes in again."""
        let_in_user(self.kanaf, name)

    def walk(self, commits: int | None = None) -> None:
        """Brings the feeds to the directory.

        Args:
            commits: the walk goes record by record, and is killed after so many transactions; None:
                it goes on to its end.
        """
        if commits is None:
            self._walk_on()
        elif commits:
            with _killed_after(self.kanaf.store, commits), _record_by_record(), suppress(Killed):
                self._walk_on()

    def _walk_on(self) -> None:
        while self._walk(self.kanaf):
            pass

    def are_walks_pending(self) -> bool:
        """Whether a walk is not done yet."""
        with self.kanaf.store.read() as reading:
            return bool(storage_fanout.jobs(reading.connection))


def noting_before_working() -> Walk:
    """A walk with a fault: it notes the next place before it has done what comes before that."""
    work = fanout._bring_up_to_date
    waiting: list[tuple[Any, ...]] = []

    def walk(kanaf: Kanaf) -> bool:
        waiting.clear()
        fanout._bring_up_to_date = lambda *given: waiting.append(given)
        try:
            was_one = fanout.run_fanout(kanaf)
        finally:
            fanout._bring_up_to_date = work
        for given in waiting:
            work(*given)
        return was_one

    return walk


@contextmanager
def _record_by_record() -> Iterator[None]:
    before = fanout._LOOKED_AT, fanout._MOVED_AT_ONCE
    fanout._LOOKED_AT = fanout._MOVED_AT_ONCE = 1
    try:
        yield
    finally:
        fanout._LOOKED_AT, fanout._MOVED_AT_ONCE = before


@contextmanager
def _killed_after(store: Any, commits: int) -> Iterator[None]:
    made = 0

    def killed(work: Callable[..., Any]) -> Callable[..., Any]:
        def work_and_die(*arguments: Any, **options: Any) -> Any:
            nonlocal made
            result = work(*arguments, **options)
            made += 1
            if made == commits:
                raise Killed
            return result

        return work_and_die

    store.write, store.administratively = killed(store.write), killed(store.administratively)
    try:
        yield
    finally:
        del store.write, store.administratively
