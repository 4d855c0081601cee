"""How long a client waits for changes, and the signs of life that it hears meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gevent.event import Event


@dataclass(frozen=True, slots=True)
class Patience:
    """How a client waits.

    Attributes:
        wait: milliseconds to wait for a change.
        heartbeat: milliseconds between signs of life while waiting; None for none. With it a client
            waits without end, as in CouchDB.
    """

    wait: int
    heartbeat: int | None

    @property
    def waits(self) -> bool:
        """Whether there is any waiting: a heartbeat goes before a timeout."""
        return bool(self.wait or self.heartbeat)

    def deadline(self) -> float:
        """When the patience of somebody who begins to wait now is at its end; may be never."""
        return math.inf if self.heartbeat else time.monotonic() + self.wait / 1000


class Pulse:
    """Signs of life: one is due whenever nothing was sent for a heartbeat, whatever came meanwhile.

    Source: CouchDB, couch_changes.erl, maybe_heartbeat/3 and reset_heartbeat/0.
    """

    def __init__(self, patience: Patience, sign: bytes) -> None:
        self._seconds = patience.heartbeat / 1000 if patience.heartbeat else math.inf
        self._sign = sign
        self.heard()

    def heard(self) -> None:
        """Something was sent: the next sign is due a heartbeat later."""
        self._due = time.monotonic() + self._seconds

    def if_due(self) -> Iterator[bytes]:
        """A sign if one is due, and nothing else."""
        if is_past(self._due):
            self.heard()
            yield self._sign

    def until(self, news: Event, deadline: float) -> Iterator[bytes]:
        """Waits for news or the deadline; a sign whenever one is due, news or not."""
        yield from self.if_due()
        while not news.wait(self._seconds_to_wait(deadline)) and not is_past(deadline):
            yield from self.if_due()

    def _seconds_to_wait(self, deadline: float) -> float | None:
        seconds = min(deadline, self._due) - time.monotonic()
        return None if seconds == math.inf else max(0.0, seconds)


def is_past(moment: float) -> bool:
    """Whether a moment of the monotonic clock has come."""
    return time.monotonic() >= moment
