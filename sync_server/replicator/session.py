"""One attempt at a replication: from a look at both databases to the end of the feed, or a failure.

Whatever goes wrong ends the attempt, and the next one begins where both databases agree to be. So
nothing that was believed of a database survives its being restored, made anew, or away.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sync_server.replicator.checkpoint import FROM_THE_START
from sync_server.replicator.copying import Copier
from sync_server.replicator.failures import Lasting, Passing
from sync_server.replicator.feed import Feed
from sync_server.replicator.figures import Figures
from sync_server.replicator.limits import Limits
from sync_server.replicator.recording import Recorder
from sync_server.replicator.source import Source
from sync_server.replicator.target import Target
from sync_server.replicator.watch import Stopped, Watch

_STEADY_SECONDS = 60.0
"""For so long a feed has to hold until it counts as something that works."""
_PATIENCE = 0.5


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        log_id: the replication's id; see `replication_id`.
        follow: whether to go on with what changes later.
        dry: whether only to tell what would be sent.
        from_start: whether to compare everything again, whatever the databases remember.
        most: how much goes at a time on a good link.
    """

    log_id: str
    follow: bool
    dry: bool
    from_start: bool
    create_target: bool
    most: Limits


class Session:
    """An attempt.

    Attributes:
        has_begun: whether both databases remember where it began.
    """

    def __init__(
        self,
        job: Job,
        source: Source,
        target: Target,
        figures: Figures,
        watch: Watch,
        limits: Limits,
    ) -> None:
        self._job, self._source, self._target, self._watch = job, source, target, watch
        self._copier = Copier(source, target, figures, watch, limits)
        self._recorder = Recorder(job.log_id, source, target, figures)
        self._through: Any = FROM_THE_START
        self._is_steady = False
        self.has_begun = False

    @property
    def limits(self) -> Limits:
        """How much went at a time at last."""
        return self._copier.limits

    @property
    def has_progressed(self) -> bool:
        """Whether it has brought anything further that the next one need not repeat."""
        return self._copier.has_stored or self._recorder.has_moved or self._is_steady

    def run(self) -> None:
        """Copies what is new.

        Raises:
            Stopped: somebody wanted it; how far it came is recorded.
            Passing, Lasting: it could not; how far it came is recorded where that still works.
        """
        self._begin()
        try:
            self._catch_up()
            if self._job.follow:
                self._watch.caught_up()
                self._go_along()
        except Stopped:
            self._record()
            raise
        except Passing:
            with suppress(Passing, Lasting):
                self._record()
            raise

    def _begin(self) -> None:
        job = self._job
        self._source.verify()
        self._target.verify_or_create(create=job.create_target, dry=job.dry)
        if self._target.is_there:
            self._through = self._recorder.begin(from_start=job.from_start)
        # So that each later checkpoint is written over one of ours: a database that is made anew
        # under way has none, and refuses it.
        self._record()
        self.has_begun = True

    def _catch_up(self) -> None:
        """Copies up to where the feed is now."""
        is_last = False
        while not is_last:
            self._watch.heed()
            page = self._source.page(self._through, self.limits.rows)
            self._copier.copy(page.rows, dry=self._job.dry)
            if page.last_seq == self._through and not page.is_last:
                raise self._source.connection.unintelligible()  # it would go on for ever
            self._reached(page.last_seq)
            is_last = page.is_last
        self._record()

    def _go_along(self) -> None:
        """Copies what changes, until somebody stops it or the feed ends."""
        feed, began = Feed(self._source, self._through), time.monotonic()
        try:
            while True:
                self._watch.heed()
                rows = feed.rows(self.limits.rows, _PATIENCE)
                self._is_steady = time.monotonic() - began > _STEADY_SECONDS
                if rows:
                    self._copier.copy(rows, dry=False)
                    self._reached(rows[-1]["seq"])
                self._recorder.record_now_and_then(self._through)
        finally:
            feed.close()

    def _reached(self, seq: Any) -> None:
        """Remembers that everything up to `seq` is on the target, or refused by it."""
        self._through = seq
        self._copier.limits = self.limits.larger(self._job.most)
        self._watch.progress()
        if not self._job.dry:
            self._recorder.record_now_and_then(seq)

    def _record(self) -> None:
        if not self._job.dry:
            self._recorder.record(self._through)
