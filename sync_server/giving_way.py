"""How long work lets others have their turn."""

from __future__ import annotations

from gevent import sleep

_AT_ONCE = 1e-6


def give_way() -> None:
    """Lets other requests go on, and those that have just come begin.

    After `sleep(0)` the loop comes back up to fifty times before it looks for new ones.

    Source: gevent, _ffi/loop.py, _run_callbacks and CALLBACK_CHECK_COUNT.
    """
    sleep(_AT_ONCE)
