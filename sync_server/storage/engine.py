"""Connections: durable on both databases, and one writer at a time on SQLite."""

from __future__ import annotations

import threading
from _thread import LockType
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import psycopg
import structlog
from gevent import Timeout, monkey
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool
from psycopg.pq import Format
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import Engine, create_engine, event, make_url

from sync_server.config import InvalidSetting
from sync_server.errors import Overloaded
from sync_server.storage.liveness import check_liveness
from sync_server.storage.turns import Turns

BUSY_SECONDS = 60
"""So long does a transaction wait for a lock."""
_CONNECTIONS = 10
_CONNECT_SECONDS = 5
Answer = TypeVar("Answer")
_native_lock = monkey.get_original("_thread", "allocate_lock")
_log = structlog.get_logger()


class Writer(Protocol):
    """Runs one transaction's writing at a time."""

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` when no other runs, and answers what it answers or raises."""


class InThisThread:
    """A writer for threads: whoever writes holds the lock, and their process has the turn.

    It waits for its turn without end: it serves a command, whose user sees it wait and may stop it.
    """

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
        """Runs `work` in the native thread; the calling greenlet gives way meanwhile.

        Raises:
            Overloaded: its turn did not come, and `work` will never run.
        """
        may_begin = _native_lock()  # taken once: to begin, or to give up
        running: AsyncResult | None = None
        patience = Timeout(BUSY_SECONDS)
        try:
            with patience:
                running = self._pool.spawn(self._in_turn, work, may_begin)
                return cast(Answer, _answer(running.get()))
        except Timeout as timeout:
            if timeout is not patience:
                raise
        if running is None or may_begin.acquire(blocking=False):
            _log.error("another writer held the database for too long")
            raise Overloaded
        return cast(Answer, _answer(running.get()))

    def _in_turn(self, work: Callable[[], Any], may_begin: LockType) -> Any:
        with self._turns.turn():
            if not may_begin.acquire(blocking=False):
                return None
            try:
                return work()
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                return _Raised(error)


@dataclass(frozen=True)
class _Raised:
    """What `work` raised: what leaves a native thread by itself, gevent prints as a fault."""

    error: Exception


def _answer(given: Any) -> Any:
    if isinstance(given, _Raised):
        raise given.error
    return given


class AtOnce:
    """A writer for PostgreSQL, whose row locks order the transactions."""

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Runs `work` at once."""
        return work()


@dataclass(frozen=True)
class Engines:
    """Ways to connect to one database, and what runs the writing.

    Attributes:
        reader: each statement sees what was committed when it began, or more of them one state.
        snapshots: every transaction sees one state, from its first statement to its last.
        writing: transactions that write.
        writer: runs them, one after the other where the database has one lock for all.
    """

    reader: Engine
    snapshots: Engine
    writing: Engine
    writer: Writer


def engines(url: str) -> Engines:
    """The engines of a database.

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
        writer = NativeThread(turns) if greenlets else InThisThread(turns)
        return Engines(reading, reading, writing, writer)
    engine = create_engine(
        url, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS, hide_parameters=True
    )
    event.listen(engine, "connect", _postgresql_session)
    check_liveness(engine)
    # To begin and end a transaction would be two more messages, for statements that see no less.
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    snapshots = engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    return Engines(reading, snapshots, engine, AtOnce())


def telling_engine(url: str) -> Engine:
    """One connection to PostgreSQL, apart from those of transactions, to tell of commits on."""
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
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
        hide_parameters=True,
        paramstyle="named",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _sqlite_durably)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _sqlite_durably(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")


class _BinaryCursor(psycopg.Cursor[Any]):
    """One whose rows come as PostgreSQL keeps them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.format = Format.BINARY


def _postgresql_session(connection: Any, _: object) -> None:
    """A commit that was answered is on disk, whatever the server's own setting; and a worker that
    stands still inside a transaction loses it, rather than hold up everybody.

    Plans are made once and kept: to make one takes several times as long as a look into an index,
    which is what nearly all our statements are. What is kept must stay right while tables grow, and
    is made without knowing what will be asked for: no table is read from end to end because it was
    small, and nothing is compiled or given to more processes because much might be found.

    Values go and come in PostgreSQL's own form: a list as text is quoted piece by piece, and a
    sealed body as text is twice as long.
    """
    connection.adapters.register_dumper(list, ListBinaryDumper)
    connection.cursor_factory = _BinaryCursor
    patience = int(BUSY_SECONDS * 1_000)  # milliseconds
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SET jit = off")
        cursor.execute(f"SET lock_timeout = {patience}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {patience}")
    connection.commit()
