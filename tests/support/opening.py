"""A service in this process, over data of a test's own."""

from __future__ import annotations

from pathlib import Path

from sync_server.config import settings
from sync_server.crypto.keys import write_new_master_key
from sync_server.service.administration import initialise
from sync_server.service.kanaf import Kanaf, open_kanaf


def new_kanaf(folder: Path, database_url: str) -> Kanaf:
    """A service with a new key in an empty database, as after `kanaf init`; its store is open."""
    chosen = settings(
        {
            "KANAF_DATA_DIR": str(folder / "data"),
            "KANAF_DATABASE_URL": database_url,
            "KANAF_MASTER_KEY_FILE": str(folder / "master.key"),
        }
    )
    write_new_master_key(chosen.master_key_file)
    kanaf = open_kanaf(chosen)
    initialise(kanaf)
    return kanaf
