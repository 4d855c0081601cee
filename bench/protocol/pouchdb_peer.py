"""pouchdb-server, the published package unchanged, as one of the servers that are measured."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.programme import AUTHOR
from bench.protocol.connection import Connection
from bench.protocol.peer import CASES, Peer
from tablet.stock import install_locked
from tablet.stock.node import node_command
from tests.support.server import family, free_port

_LOCK = Path(__file__).parents[1] / "peer"
_CACHE = Path(__file__).parents[2] / "var" / "peer"
_PACKAGE_FILES = ("package.json", "package-lock.json")
_WRITERS = ("pouchdb-adapter-leveldb", "pouchdb-adapter-leveldb-core", "sublevel-pouchdb")
_ASKS_FOR_SYNC = re.compile(r"\bsync['\"]?\s*:")
_START_SECONDS = 60
_STOP_SECONDS = 15


class PouchdbPeer(Peer):
    """A pouchdb-server on LevelDB, its default, with data in a folder.

    Its log is set to errors, as Kanaf's is quiet about requests. It is asked without an account:
    everybody is an administrator until one is made.
    """

    def __init__(self, installation: Path, folder: Path) -> None:
        """A server that is still off; `start` runs it."""
        self.name = "pouchdb-server"
        self.port = free_port()
        self.credentials = None
        self._installation, self._folder = installation, folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"log": {"level": "error"}}))

    def durability(self) -> str:
        """Read in its adapter's source: no write is given LevelDB's option `sync`.

        Source: leveldown, binding.cc, batch_do: `sync` is false unless it is asked for; LevelDB,
        doc/index.md, "Synchronous Writes": then a crash of the machine may lose the last writes.
        """
        sources = (
            path
            for package in _WRITERS
            for path in (self._installation / "node_modules" / package / "lib").glob("index.js")
        )
        asking = [str(path) for path in sources if _ASKS_FOR_SYNC.search(path.read_text())]
        assert not asking, f"pouchdb-server writes durably after all: {asking}"
        return "an answered write may be lost in a power cut (LevelDB, sync=false)"

    def processes(self) -> list[int]:
        """Node, alone."""
        assert self._process is not None, "the server is off"
        return family(self._process.pid)

    def database_processes(self) -> list[int]:
        """LevelDB runs within the server."""
        return []

    def path(self, database: str) -> str:
        """At the top."""
        return f"/{database}"

    def create(self, database: str) -> None:
        """As in CouchDB."""
        connection = self.connect()
        connection.ask_json("PUT", self.path(database))
        connection.close()

    def restart(self) -> None:
        """Stops and starts Node."""
        self.stop()
        self.start()

    def feed(self) -> str:
        """By `_selector`, given as a parameter: of a posted selector it knows nothing."""
        selector = quote(json.dumps({"author": AUTHOR}))
        return f"{self.path(CASES)}/_changes?style=all_docs&filter=_selector&selector={selector}"

    def start(self) -> None:
        """Starts Node; returns when the server answers."""
        program = self._installation / "node_modules" / "pouchdb-server" / "bin" / "pouchdb-server"
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*node_command(), str(program)),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                    *("--dir", str(self._folder / "data"), "--no-stdout-logs"),
                    *("--config", str(self._folder / "config.json")),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self._folder / "serve.log").read_text(errors="replace")
                raise AssertionError(f"pouchdb-server did not start:\n{said[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends Node; a server that is off is left as it is."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        connection = Connection(self.port, None)
        try:
            connection.ask("GET", "/")
        except OSError:
            return False
        finally:
            connection.close()
        return True


@contextmanager
def pouchdb_server(folder: Path) -> Iterator[Peer]:
    """A running server with an empty database `CASES`."""
    peer = PouchdbPeer(_installation(), folder)
    try:
        peer.start()
        peer.create(CASES)
        yield peer
    finally:
        peer.stop()


def _installation() -> Path:
    contents = {name: (_LOCK / name).read_bytes() for name in _PACKAGE_FILES}
    return install_locked(contents, _CACHE / "pouchdb-server", _announce)


def _announce() -> None:
    sys.stderr.write("installing pouchdb-server (once, about half a minute) ...\n")
