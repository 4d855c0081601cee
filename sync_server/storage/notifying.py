"""Tells other processes that there was a commit: after it, beside it, and not after each of many.

Inside the transaction NOTIFY would order all commits; after each one it would cost as much as a
small write. The first commit after a quiet moment is told at once, those that follow within the
moment are told together at its end.

Who committed neither waits for this nor hears of its failure: the commit stands, and who listens
looks for itself now and then. So it has a connection of its own, which no transaction wants.
"""

from __future__ import annotations

import threading

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

NOTIFY_CHANNEL = "kanaf_changes"
_MOMENT_SECONDS = 0.05


class Notifier:
    """What this process has to tell of its commits."""

    def __init__(self, engine: Engine) -> None:
        """Tells over `engine`, which nobody else uses, and closes it at the end."""
        self._engine = engine
        self._lock = threading.Lock()
        self._untold: set[int] = set()
        self._teller: threading.Thread | None = None
        self._is_closing = threading.Event()

    def committed(self, database_id: int) -> None:
        """Has a commit told within a moment; returns at once."""
        with self._lock:
            self._untold.add(database_id)
            if self._teller is None or not self._teller.is_alive():
                self._teller = threading.Thread(target=self._tell_until_quiet)
                self._teller.start()

    def close(self) -> None:
        """Returns when nothing is left to be told."""
        self._is_closing.set()
        with self._lock:
            teller = self._teller
        if teller is not None:
            teller.join()
        self._engine.dispose()

    def _tell_until_quiet(self) -> None:
        while databases := self._taken():
            self._notify(databases)
            self._is_closing.wait(_MOMENT_SECONDS)

    def _taken(self) -> set[int]:
        """The databases with commits that are to be told now; with none the teller's work ends."""
        with self._lock:
            taken, self._untold = self._untold, set()
            if not taken:
                self._teller = None
        return taken

    def _notify(self, databases: set[int]) -> None:
        try:
            with self._engine.connect() as connection:
                for database_id in databases:
                    connection.execute(select(func.pg_notify(NOTIFY_CHANNEL, str(database_id))))
        except SQLAlchemyError:
            return
