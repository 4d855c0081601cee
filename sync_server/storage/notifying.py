"""Tells other processes that there was a commit: after it, and not after each of many.

Inside the transaction NOTIFY would order all commits; after each one it would cost as much as a
small write. The first commit after a quiet moment is told at once, those that follow within the
moment are told together at its end.
"""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

NOTIFY_CHANNEL = "kanaf_changes"
_MOMENT_SECONDS = 0.05


class Notifier:
    """What this process has to tell of its commits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._told_at: dict[int, float] = {}  # when each database's commits were last told
        self._later: dict[int, threading.Timer] = {}

    def committed(self, database_id: int) -> None:
        """Tells a commit, at once or within a moment."""
        now = time.monotonic()
        with self._lock:
            if database_id in self._later:
                return
            wait = self._told_at.get(database_id, -_MOMENT_SECONDS) + _MOMENT_SECONDS - now
            if wait > 0:
                timer = threading.Timer(wait, self._tell, [database_id])
                self._later[database_id] = timer
                timer.start()
                return
            self._told_at[database_id] = now
        self._notify(database_id)

    def close(self) -> None:
        """Tells at once what was to be told later."""
        for database_id, timer in list(self._later.items()):
            timer.cancel()
            self._tell(database_id)

    def _tell(self, database_id: int) -> None:
        with self._lock:
            self._later.pop(database_id, None)
            self._told_at[database_id] = time.monotonic()
        self._notify(database_id)

    def _notify(self, database_id: int) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                    f"NOTIFY {NOTIFY_CHANNEL}, '{database_id}'"
                )
        except DBAPIError:
            return  # the commit stands; who listens looks for itself when the server is back
