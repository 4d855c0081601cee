"""A replication from its beginning to its end, over all failures that pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sync_server.replicator.address import Address, Credentials
from sync_server.replicator.failures import Passing
from sync_server.replicator.figures import Figures
from sync_server.replicator.limits import Limits, pause
from sync_server.replicator.peer import json_bytes
from sync_server.replicator.replication_id import replication_id
from sync_server.replicator.session import Job, Session
from sync_server.replicator.source import Source
from sync_server.replicator.target import Refused, Target
from sync_server.replicator.transport import Connection
from sync_server.replicator.watch import Stopped, Watch

_PROGRESS_SECONDS = 5.0
_MOST_REFUSALS_TOLD = 100


@dataclass(frozen=True)
class Side:
    """A database, and as whom one comes there."""

    address: Address
    credentials: Credentials | None

    @property
    def user(self) -> str | None:
        """Who asks."""
        return self.credentials.name if self.credentials else None


@dataclass(frozen=True)
class Order:
    """What somebody wants.

    Attributes:
        continuous: go on with what changes later.
        from_start: compare everything again, and offer again what was refused.
        rows: of the feed that are taken up at a time.
        retries: failures in succession, with nothing brought further in between, after which a
            replication that is not continuous gives up.
    """

    source: Side
    target: Side
    continuous: bool = False
    create_target: bool = False
    dry: bool = False
    from_start: bool = False
    rows: int = 500
    retries: int = 8


class Replication:
    """A replication that runs once."""

    def __init__(self, order: Order, tell: Callable[[str], None], stop: threading.Event) -> None:
        """One that has not begun.

        Args:
            tell: called with lines for people.
            stop: set by who wants it to end.
        """
        self._order, self._tell, self._stop = order, tell, stop
        self._figures = Figures()
        self._told_at = time.monotonic()
        self._source = Connection("source", order.source.address.url, order.source.credentials)
        self._target = Connection("target", order.target.address.url, order.target.credentials)
        self._job = Job(
            replication_id(
                order.source.address, order.source.user, order.target.address, order.target.user
            ),
            follow=order.continuous,
            dry=order.dry,
            from_start=order.from_start,
            create_target=order.create_target,
            most=Limits(order.rows),
        )

    @property
    def figures(self) -> Figures:
        """What was done so far."""
        self._figures.bytes_read = self._source.received
        self._figures.bytes_written = self._target.sent
        return self._figures

    def run(self) -> bool:
        """Copies until everything is there, or somebody stops it.

        Returns:
            Whether it came to its end; False where it was stopped before. One that is continuous
            has no other end.

        Raises:
            Lasting: somebody has to mend something first.
            Passing: it failed too often.
        """
        limits, failures = self._job.most, 0
        while not self._stop.is_set():
            session = self._session(limits)
            try:
                session.run()
                return True
            except Stopped:
                break
            except Passing as failure:
                if session.has_begun:  # both remember the start now, and what was done since
                    self._job = replace(self._job, from_start=False)
                failures = 1 if session.has_progressed else failures + 1
                if failures > self._order.retries and not self._order.continuous:
                    raise
                limits = session.limits.smaller() if failure.is_cut else session.limits
                self._wait(failure, pause(failures))
        return self._order.continuous

    def _wait(self, failure: Passing, seconds: float) -> None:
        if not self._stop.is_set():
            self._tell(f"{failure}; trying again in {seconds:g} seconds")
            self._stop.wait(seconds)

    def _session(self, limits: Limits) -> Session:
        watch = Watch(self._stop.is_set, self._progress, self._caught_up, self._refused)
        source, target = Source(self._source), Target(self._target)
        return Session(self._job, source, target, self._figures, watch, limits)

    def _progress(self) -> None:
        if time.monotonic() - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self._tell(str(self.figures))

    def _caught_up(self) -> None:
        self._tell(f"up to date: {self.figures}; going on with what changes")

    def _refused(self, refused: Refused) -> None:
        """Tells of a refusal; of the reason only our code, because the rest may hold anything."""
        count = len(self._figures.refused)
        if count > _MOST_REFUSALS_TOLD:
            return
        code, colon, _ = refused.reason.partition(": ")
        why = f" {code}" if colon and code.replace("_", "").isalpha() else ""
        shown = json_bytes(refused.document_id).decode()
        self._tell(f"refused: {shown} {refused.rev} {refused.word}{why}")
        if count == _MOST_REFUSALS_TOLD:
            self._tell("further refusals are counted only")
