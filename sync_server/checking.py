"""`kanaf check`: whether a server's data, keys and settings fit together."""

from __future__ import annotations

from collections.abc import Iterator

from sync_server.config import Settings
from sync_server.service.kanaf import open_kanaf
from sync_server.storage.schema import metadata


class UnsafeKeyFile(Exception):
    """The master keys lie beside the data that they protect."""


def refuse_key_beside_data(settings: Settings) -> None:
    """Refuses a key file inside the data directory: who takes the disk would have both.

    Raises:
        UnsafeKeyFile: it is there, and this is no demo.
    """
    if settings.demo:
        return
    if settings.master_key_file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UnsafeKeyFile(
            "KANAF_MASTER_KEY_FILE lies inside KANAF_DATA_DIR; keep it on another medium"
        )


def findings(settings: Settings) -> Iterator[str]:
    """What is found right, a line each; the first thing that is wrong is raised.

    Raises:
        UnsafeKeyFile, UnusableKeyFile: the keys are not where or what they should be.
        Unopenable: the keys are not those of the data.
    """
    refuse_key_beside_data(settings)
    kanaf = open_kanaf(settings)
    yield f"master key: version {kanaf.master_keys.version}"
    with kanaf.store.read() as reading:
        databases = reading.databases()
    yield f"database server: {kanaf.store.reader.dialect.name}, {len(metadata.tables)} tables"
    for database in databases:
        kanaf.vault(database)
        with kanaf.store.read() as reading:
            live = reading.document_count(database.id, deleted=False)
        yield f"database {database.name} ({database.kind}): {live} documents, its key opens"
    yield f"users: {len(kanaf.directory().people)}"
