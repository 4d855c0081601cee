"""Who waits for news, and how the news comes. A waiting reader holds no connection.

One listener a process learns of commits: of its own at once, of other processes' by PostgreSQL's
NOTIFY or, on SQLite, by a look at every `update_seq` a few times a second. (On PostgreSQL it looks,
too, now and then: a process may die between its commit and its NOTIFY.) It then asks with one
statement which of the waiting readers have rows, and wakes those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from gevent import sleep, spawn
from gevent.event import Event
from sqlalchemy import select

from sync_server.storage import schema
from sync_server.storage.store import NOTIFY_CHANNEL, Store

ANYBODY = -1
"""The reader of an open database: every change is news."""

_POLL_SECONDS = 0.25
_LOOK_SECONDS = 5.0
_RETRY_SECONDS = 1.0


class Arrivals:
    """The waiting readers of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[int, dict[int, set[Event]]] = defaultdict(lambda: defaultdict(set))
        self._told: dict[int, int] = {}  # the seq up to which each database's readers were woken
        self._news = Event()
        store.commit_listeners.append(self._committed)

    def start(self) -> None:
        """Begins to listen, in greenlets of this process."""
        spawn(self._wake_for_ever)
        spawn(self._listen_for_ever)

    @contextmanager
    def waiting(self, database_id: int, reader: int, seen: int) -> Iterator[Event]:
        """An event that is set when the reader may have news.

        Args:
            seen: up to which seq the reader was told. Every later row of theirs sets the event,
                one that came before they entered too.
        """
        event = Event()
        if self._told.setdefault(database_id, seen) > seen:
            event.set()
        readers = self._waiting[database_id]
        readers[reader].add(event)
        try:
            yield event
        finally:
            readers[reader].discard(event)
            if not readers[reader]:
                del readers[reader]

    def _committed(self, database_id: int, seq: int) -> None:
        if self._waiting.get(database_id):
            self._news.set()

    def _wake_for_ever(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            self._unfailing(self._wake)

    def _wake(self) -> None:
        update_seqs = self._update_seqs()
        for database_id in self._waiting.keys() - update_seqs.keys():
            self._wake_readers_of_removed(database_id)
        for database_id, seq in update_seqs.items():
            told = self._told.get(database_id, seq)
            # Together with the look at who waits: whoever enters after it finds the new number,
            # and asks for themselves.
            self._told[database_id] = seq
            readers = self._waiting.get(database_id, {})
            if not readers or seq == told:
                continue
            try:
                with_news = self._with_news(database_id, list(readers), told)
            except Exception:
                self._told[database_id] = told
                raise
            for reader in with_news:
                for event in list(readers.get(reader, ())):
                    event.set()

    def _wake_readers_of_removed(self, database_id: int) -> None:
        """Nothing will ever come, and they are to find that out."""
        readers = self._waiting[database_id]
        for events in readers.values():
            for event in events:
                event.set()
        if not readers:
            del self._waiting[database_id]
            self._told.pop(database_id, None)

    def _with_news(self, database_id: int, readers: list[int], told: int) -> set[int]:
        with self._store.read() as reading:
            found = reading.readers_with_news(database_id, [r for r in readers if r >= 0], told)
        return found | {ANYBODY}

    def _update_seqs(self) -> dict[int, int]:
        table = schema.database
        with self._store.read() as reading:
            rows = reading.connection.execute(select(table.c.id, table.c.update_seq))
            return {row.id: row.update_seq for row in rows}

    def _listen_for_ever(self) -> None:
        listen = self._notified if self._store.notifies else self._polled
        while True:
            self._unfailing(listen)

    def _unfailing(self, work: Callable[[], None]) -> None:
        """Readers must not wait for ever because the database was away for a moment."""
        try:
            work()
        except Exception:  # noqa: BLE001 - whatever it was, the listener goes on
            sleep(_RETRY_SECONDS)
            self._news.set()

    def _polled(self) -> None:
        sleep(_POLL_SECONDS)
        if any(self._waiting.values()):
            self._news.set()

    def _notified(self) -> None:
        """Listens on a connection of its own, which is not one of the pool's."""
        url = self._store.reader.url.set(drivername="postgresql")
        with psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        ) as listening:
            listening.execute(f"LISTEN {NOTIFY_CHANNEL}")
            self._news.set()
            while True:
                for _ in listening.notifies(timeout=_LOOK_SECONDS):
                    self._news.set()
                if any(self._waiting.values()):  # who committed may have died before telling it
                    self._news.set()
