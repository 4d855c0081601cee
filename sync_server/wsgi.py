"""One worker's application, with what belongs to its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import structlog

from sync_server.app import create_app
from sync_server.config import Settings
from sync_server.http.routes import with_raw_slashes
from sync_server.logs import configure_logs
from sync_server.service.device_reports import Contacts
from sync_server.service.kanaf import open_kanaf

_log = structlog.get_logger()


def application(settings: Settings) -> Callable[..., Any]:
    """A WSGI application; what listens for news, and what notes who was here, begin with it."""
    configure_logs()
    kanaf = open_kanaf(settings)
    app = create_app(kanaf)
    kanaf.arrivals.start()
    gevent.spawn(_write_contacts_for_ever, app.extensions["contacts"])
    return with_raw_slashes(app)


def _write_contacts_for_ever(contacts: Contacts) -> None:
    while True:
        contacts.wait()
        try:
            contacts.write()
        except Exception as error:  # noqa: BLE001 - they are written with what comes next
            _log.error("contacts were not written", kind=type(error).__name__)
