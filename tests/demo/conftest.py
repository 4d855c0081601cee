from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sync_server.config import settings
from sync_server.crypto.keys import write_new_master_key
from sync_server.demo.setting_up import set_up_demo
from sync_server.service.kanaf import Kanaf, open_kanaf
from tests.support.faulty import launcher
from tests.support.server import KanafServer


@pytest.fixture
def new_kanaf(tmp_path: Path) -> Iterator[Callable[[], Kanaf]]:
    """The service over one data folder, opened anew with each call, as by a new process."""
    chosen = settings({"KANAF_DATA_DIR": str(tmp_path / "demo"), "KANAF_DEMO": "1"})
    chosen.data_dir.mkdir()
    write_new_master_key(chosen.master_key_file)
    with ExitStack() as opened:

        def kanaf() -> Kanaf:
            one = open_kanaf(chosen)
            opened.callback(one.store.close)
            return one

        yield kanaf
