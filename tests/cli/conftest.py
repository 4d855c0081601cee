from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal before `kanaf init`, on SQLite."""
    return Shell(tmp_path, {"KANAF_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def initialised(shell: Shell) -> Shell:
    """A terminal after `kanaf init`, with a database and an agency."""
    for command in (("init",), ("db", "create", "sudan"), ("agency", "add", "a", "Agency a")):
        said = shell.kanaf(*command)
        assert said.status == 0, said.text
    return shell


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
