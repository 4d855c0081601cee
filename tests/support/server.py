"""A Kanaf server in processes of its own, started as its users start it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from sync_server import config
from sync_server.beginning import add_administrator, initialised
from sync_server.config import Settings

START_SECONDS = 60
STOP_SECONDS = 15
COMMAND_SECONDS = 120
ADMIN = ("root-admin", "an administrator's password")
KANAF = [str(Path(sys.executable).parent / "kanaf")]


class KanafServer:
    """`kanaf serve` on a free port of this machine, with a data folder and a key of its own.

    Inside `with` it is initialised and running. The port stays the same over `stop`, `kill9` and
    `start`, and so does the data.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        launcher: Sequence[str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """A server that is still off.

        Args:
            folder: made when absent; data, key and log go below it.
            database_url: an SQLAlchemy URL of an empty database; None: SQLite in the data folder.
            launcher: what is run instead of `kanaf`, with the same arguments: the same command
                with a planted fault, for instance.
            settings: further `KANAF_*` variables.
        """
        self.data_dir = folder / "data"
        self.key_file = folder / "secrets" / "master.key"
        self.log_file = folder / "serve.log"
        self.port = free_port()
        self._launcher = list(launcher or KANAF)
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "KANAF_DATA_DIR": str(self.data_dir),
            "KANAF_MASTER_KEY_FILE": str(self.key_file),
            "KANAF_ADMIN": ":".join(ADMIN),
            "KANAF_HOST": "127.0.0.1",
            "KANAF_PORT": str(self.port),
            **({"KANAF_DATABASE_URL": database_url} if database_url else {}),
            **(settings or {}),
        }
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.key_file.parent.mkdir(exist_ok=True)

    def __enter__(self) -> Self:
        self.initialise()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """Those with which its data can be opened in this process."""
        return config.settings(self._settings)

    @property
    def log(self) -> str:
        """All that `kanaf serve` has written, over every start."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def processes(self) -> list[int]:
        """The ids of all of its processes that run now, workers included."""
        assert self._process is not None, "the server is off"
        return family(self._process.pid)

    def initialise(self) -> None:
        """What `kanaf init` does, in this process: the command would load all of it anew."""
        kanaf = initialised(self.settings)
        add_administrator(kanaf)
        kanaf.store.close()

    def run(self, *arguments: str, standard_input: str = "", expect: int | None = 0) -> str:
        """What a `kanaf` command prints to standard output, run with the server's settings.

        Args:
            arguments: of the command, for instance "user", "add", "amina".
            standard_input: given to it, a password for instance.
            expect: the exit status that it must end with; None: any.
        """
        ended = subprocess.run(
            [*self._launcher, *arguments],
            input=standard_input,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=COMMAND_SECONDS,
            check=False,
        )
        said = f"kanaf {' '.join(arguments)}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
        assert expect in (None, ended.returncode), said
        return ended.stdout

    def start(self, launcher: Sequence[str] | None = None) -> None:
        """Start `kanaf serve`; returns when `GET /healthz` answers 200.

        Args:
            launcher: what is run this once, instead of what is run else.
        """
        assert self._process is None, "the server is running"
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*(launcher or self._launcher), "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill9()
                raise AssertionError(f"kanaf serve did not start:\n{self.log[-4000:]}")
            time.sleep(0.02)

    def is_healthy(self) -> bool:
        """Whether `GET /healthz` answers 200 now."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """Ask all of the server's processes to end, and wait; one that is off is left as it is."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_SECONDS)
        self.kill9()

    def interrupt(self) -> int:
        """Ctrl-C in the server's terminal, which reaches the workers too; the exit status."""
        assert self._process is not None, "the server is off"
        self._signal(signal.SIGINT)
        status = self._process.wait(timeout=STOP_SECONDS)
        self.kill9()
        return status

    def kill9(self) -> None:
        """End all of the server's processes in one moment, without asking them."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _signal(self, number: signal.Signals) -> None:
        """To the server's whole process group, workers included; one that is gone is no error."""
        assert self._process is not None
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if name[:6] != "KANAF_"}
        return others | self._settings


def family(pid: int) -> list[int]:
    """A process and all that came from it and run now."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
