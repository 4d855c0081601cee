"""A service in this process, over data of a test's own."""

from __future__ import annotations

from pathlib import Path

from sync_server.config import Settings, settings
from sync_server.crypto.keys import write_new_master_key
from sync_server.service.administration import initialise
from sync_server.service.kanaf import Kanaf, open_kanaf


def new_kanaf(folder: Path, database_url: str) -> Kanaf:
    """A service with a new key in an empty database, as after `kanaf init`; its store is open."""
    write_new_master_key(_settings(folder, database_url).master_key_file)
    kanaf = kanaf_in(folder, database_url)
    initialise(kanaf)
    return kanaf


def kanaf_in(folder: Path, database_url: str) -> Kanaf:
    """The service that `new_kanaf` made there before; its store is open."""
    return open_kanaf(_settings(folder, database_url))


def _settings(folder: Path, database_url: str) -> Settings:
    return settings(
        {
            "KANAF_DATA_DIR": str(folder / "data"),
            "KANAF_DATABASE_URL": database_url,
            "KANAF_MASTER_KEY_FILE": str(folder / "master.key"),
        }
    )
