"""What a server does beside answering: feeds follow the directory, emergency access ends.

It has a process of its own. A walk over a country's records takes a minute of one processor; in a
process that answers requests, each of them would wait for a stretch of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent
import structlog

from sync_server.config import Settings
from sync_server.logs import configure_logs
from sync_server.service.emergencies import end_next
from sync_server.service.fanout import Lull, newest_job, run_fanout
from sync_server.service.kanaf import Kanaf, open_kanaf

_IDLE_SECONDS = 1.0
_log = structlog.get_logger()


def start_housekeeping(settings: Settings) -> None:
    """Begins with it, in greenlets of this process."""
    configure_logs()
    kanaf = open_kanaf(settings)
    gevent.spawn(_run_for_ever, kanaf, _follows_directory(), "fan-out failed")
    gevent.spawn(_run_for_ever, kanaf, end_next, "emergency access was not ended")


def _follows_directory() -> Callable[[Kanaf], bool]:
    """A step by which feeds follow the directory, once that is left alone."""
    lull = Lull()

    def step(kanaf: Kanaf) -> bool:
        while seconds := lull.seconds_left(newest_job(kanaf), time.monotonic()):
            gevent.sleep(seconds)
        return run_fanout(kanaf)

    return step


def _run_for_ever(kanaf: Kanaf, step: Callable[[Kanaf], bool], failed: str) -> None:
    """Runs a step that says whether there was one to run, and looks again each second."""
    while True:
        try:
            was_one = step(kanaf)
        except Exception as error:  # noqa: BLE001 - steps go on when the database is back
            _log.error(failed, kind=type(error).__name__)
            was_one = False
        if not was_one:
            gevent.sleep(_IDLE_SECONDS)
