"""How long work lets others have their turn."""

from __future__ import annotations

import time

from gevent import sleep

_AT_ONCE = 1e-6
_TURN_SECONDS = 0.02


def give_way() -> None:
    """Lets other requests go on, and those that have just come begin.

    After `sleep(0)` the loop comes back up to fifty times before it looks for new ones.

    Source: gevent, _ffi/loop.py, _run_callbacks and CALLBACK_CHECK_COUNT.
    """
    sleep(_AT_ONCE)


class Turn:
    """The turn of work that consists of many small steps, of which most take no time."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def end_of_step(self) -> None:
        """Gives way, where this turn has been long enough for others to notice."""
        if time.monotonic() - self._began > _TURN_SECONDS:
            give_way()
            self._began = time.monotonic()
