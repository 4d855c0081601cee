"""Who looks on while a replication works, and may end it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync_server.replicator.target import Refused


class Stopped(Exception):
    """Somebody wants the replication to end."""


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Attributes:
        should_stop: asked between any two requests.
        progress: called after each page, and from time to time in between.
        caught_up: called when the target has all that was there, and what changes later follows.
        refused: told of what the target does not want, once.
    """

    should_stop: Callable[[], bool]
    progress: Callable[[], None]
    caught_up: Callable[[], None]
    refused: Callable[[Refused], None]

    def heed(self) -> None:
        """Looks whether to go on.

        Raises:
            Stopped: somebody wants it to end.
        """
        if self.should_stop():
            raise Stopped
