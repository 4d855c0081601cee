"""Connections: durable on both databases, and one writer at a time on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from gevent import monkey
from gevent.threadpool import ThreadPool
from sqlalchemy import Engine, create_engine, event, make_url

from sync_server.config import InvalidSetting
from sync_server.storage.liveness import check_liveness
from sync_server.storage.turns import Turns

_BUSY_SECONDS = 60
_CONNECTIONS = 10
_CONNECT_SECONDS = 5
Answer = TypeVar("Answer")


class Writer(Protocol):
    """Runs one transaction's writing at a time."""

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` when no other runs, and answers what it answers or raises."""


class InThisThread:
    """A writer for threads: whoever writes holds the lock, and their process has the turn."""

    def __init__(self, turns: Turns) -> None:
        self._lock = threading.Lock()
        self._turns = turns

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` in the calling thread."""
        with self._lock, self._turns.turn():
            return work()


class NativeThread:
    """A writer for greenlets: a native thread with a queue.

    A greenlet that waits for the disk would stop every other one, and one that gave way between
    BEGIN and COMMIT would leave the write lock behind. In a thread of its own a transaction does
    neither.
    """

    def __init__(self, turns: Turns) -> None:
        self._pool = ThreadPool(1)
        self._turns = turns

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` in the native thread; the calling greenlet gives way meanwhile."""
        answer: Answer = self._pool.apply(self._in_turn, (work,))
        return answer

    def _in_turn(self, work: Callable[[], Answer]) -> Answer:
        with self._turns.turn():
            return work()


class AtOnce:
    """A writer for PostgreSQL, whose row locks order the transactions."""

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` at once."""
        return work()


def engines(url: str) -> tuple[Engine, Engine, Writer]:
    """An engine to read with, one to write with, and what runs the writing.

    Raises:
        InvalidSetting: the URL is that of an SQLite database in memory.
    """
    if url.startswith("sqlite"):
        database = make_url(url).database
        if not database or ":memory:" in database:
            raise InvalidSetting("KANAF_DATABASE_URL must name a file where it names SQLite")
        reading = _sqlite_engine(url, "BEGIN", _CONNECTIONS)
        writing = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
        turns = Turns(database)
        greenlets = monkey.is_module_patched("threading")
        return reading, writing, NativeThread(turns) if greenlets else InThisThread(turns)
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS)
    event.listen(engine, "connect", _postgresql_durably)
    check_liveness(engine)
    return engine, engine, AtOnce()


def telling_engine(url: str) -> Engine:
    """One connection to PostgreSQL, apart from those of transactions, to tell of commits on."""
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": _CONNECT_SECONDS},
    )
    check_liveness(engine)
    return engine


def _sqlite_engine(url: str, begin: str, size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=_CONNECTIONS * 10 if size > 1 else 0,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _sqlite_durably)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _sqlite_durably(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql_durably(connection: Any, _: object) -> None:
    """A commit that was answered is on disk, whatever the server's own setting."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    connection.commit()
