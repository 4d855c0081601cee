from __future__ import annotations

import shutil
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal before `kanaf init`, on SQLite."""
    return Shell(tmp_path, {"KANAF_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture(scope="session")
def initialised_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory after `kanaf init`, with a database, an agency and groups; to be copied."""
    folder = tmp_path_factory.mktemp("initialised")
    shell = Shell(folder, {"KANAF_DATA_DIR": str(folder / "data")})
    groups = [("group", "add", name) for name in ("khartoum", "g", "x")]
    agency = ("agency", "add", "a", "Agency a")
    for command in (("init",), ("db", "create", "sudan"), agency, *groups):
        shell.done(*command)
    return folder


@pytest.fixture
def initialised(shell: Shell, initialised_once: Path) -> Shell:
    """A terminal after `kanaf init`, with a database, an agency and groups."""
    shutil.copytree(initialised_once, shell.folder, dirs_exist_ok=True)
    return shell


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class _Stranger(socketserver.BaseRequestHandler):
    """Somebody who does not speak HTTP."""

    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(b"220 ready\r\n")


@pytest.fixture
def stranger_port() -> Iterator[int]:
    """A port at which something answers that is no Kanaf."""
    with socketserver.TCPServer(("127.0.0.1", 0), _Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
