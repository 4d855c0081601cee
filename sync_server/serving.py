"""`kanaf serve`: gunicorn with gevent workers, in this process."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from sync_server.config import Settings
from sync_server.wsgi import application

_CONNECTIONS = 5_000
_GRACE_SECONDS = 5


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn, configured by our settings alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Gives gunicorn what it needs to know."""
        for name, value in {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": self._settings.workers,
            "worker_class": "gevent",
            "worker_connections": _CONNECTIONS,
            "graceful_timeout": _GRACE_SECONDS,
            "keepalive": 30,
            "loglevel": "warning",
            "limit_request_line": 8190,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The application of one worker, made after the fork."""
        return application(self._settings)


def serve(settings: Settings) -> None:
    """Answers requests until it is told to stop."""
    gc.freeze()  # what was imported stays: workers share it, and no collection looks at it again
    gc.enable()
    Server(settings).run()
