"""One worker's application, with what runs beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
import structlog

from sync_server.app import create_app
from sync_server.config import Settings
from sync_server.http.routes import with_raw_slashes
from sync_server.logs import configure_logs
from sync_server.service.device_reports import Contacts
from sync_server.service.emergencies import end_next
from sync_server.service.fanout import Lull, newest_job, run_fanout
from sync_server.service.kanaf import Kanaf, open_kanaf

_IDLE_SECONDS = 1.0
_log = structlog.get_logger()


def application(settings: Settings) -> Callable[..., Any]:
    """A WSGI application; its listener and what brings feeds up to date are started with it."""
    configure_logs()
    kanaf = open_kanaf(settings)
    app = create_app(kanaf)
    kanaf.arrivals.start()
    gevent.spawn(_run_for_ever, kanaf, _follows_directory(), "fan-out failed")
    gevent.spawn(_run_for_ever, kanaf, end_next, "emergency access was not ended")
    gevent.spawn(_write_contacts_for_ever, app.extensions["contacts"])
    return with_raw_slashes(app)


def _write_contacts_for_ever(contacts: Contacts) -> None:
    while True:
        contacts.wait()
        try:
            contacts.write()
        except Exception as error:  # noqa: BLE001 - they are written with what comes next
            _log.error("contacts were not written", kind=type(error).__name__)


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
