from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from sync_server.demo.setting_up import set_up_demo
from sync_server.service.kanaf import open_kanaf
from tests.support.server import KanafServer

DEMO = {"KANAF_DEMO": "1"}


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a `KanafServer` that holds the demo and is off; to be copied, not used."""
    folder = tmp_path_factory.mktemp("demo")
    server = KanafServer(folder, settings=DEMO)
    server.run("init")
    kanaf = open_kanaf(server.settings)
    set_up_demo(kanaf)
    kanaf.store.close()
    return folder


@pytest.fixture
def start_demo(demo_folder: Path, tmp_path: Path) -> Iterator[Callable[..., KanafServer]]:
    """Starts `kanaf serve` over a copy of the demo; it is stopped at the end of the test."""
    folder = shutil.copytree(demo_folder, tmp_path / "demo")
    with ExitStack() as running:

        def start(launcher: Sequence[str] | None = None) -> KanafServer:
            server = KanafServer(folder, launcher=launcher, settings=DEMO)
            server.start()
            running.callback(server.stop)
            return server

        yield start
