"""Whether a server's data, keys and settings fit together: what `kanaf check` tells, and what every
other command looks at before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from sync_server.config import InvalidSetting, Settings
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage.fanout import lagging_records
from sync_server.storage.reading import Reading
from sync_server.storage.schema import metadata
from sync_server.storage.store import Store
from sync_server.storage.usable import Tables, holds_what_keys_protect, tables, tables_of


class UnsafeKeyFile(Exception):
    """The master keys lie beside the data that they protect."""


class KeyFileMissing(Exception):
    """The master keys that the data is sealed under are not where the settings say."""


class NotInitialised(Exception):
    """The database has no tables, or those of another version."""


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


def refuse_new_key(settings: Settings) -> None:
    """Refuses to make a key file for data that needs another one.

    Raises:
        KeyFileMissing: there is such data, and its key file is not there.
    """
    if settings.master_key_file.exists():
        return
    with closing(_store(settings)) as store:
        if tables(store) is not Tables.NONE and holds_what_keys_protect(store):
            raise KeyFileMissing(
                f"there is no key file {settings.master_key_file}, and the data was sealed under "
                "one: put the key file back, or use another data directory and database"
            )


def refuse_foreign_keys(kanaf: Kanaf, reading: Reading) -> None:
    """Refuses keys that do not open every database.

    Raises:
        Unopenable: one was made with others.
    """
    for database in reading.databases():
        kanaf.vault(database)


def refuse_unfit(kanaf: Kanaf) -> None:
    """Looks whether a service that runs still fits its data.

    Raises:
        NotInitialised, Unopenable: it does not.
        Overloaded: the database is away.
    """
    with kanaf.store.read() as reading:
        if tables_of(reading.connection) is not Tables.ALL:
            raise NotInitialised("the database has other tables: run kanaf init")
        refuse_foreign_keys(kanaf, reading)


def fitting_kanaf(settings: Settings) -> Kanaf:
    """The service, opened after a look at its settings, keys and database.

    Raises:
        UnsafeKeyFile, UnusableKeyFile: the keys are not where or what they should be.
        NotInitialised: the database has no tables, or those of another version.
        Unopenable: the keys are not those of the data.
        SQLAlchemyError: the database does not answer; see `why_unusable`.
    """
    refuse_key_beside_data(settings)
    with closing(_store(settings)) as store:
        found = tables(store)
    if found is not Tables.ALL:
        what = "has no tables" if found is Tables.NONE else "has the tables of another version"
        raise NotInitialised(f"the database {what}: run kanaf init first")
    kanaf = open_kanaf(settings)
    with kanaf.store.read() as reading:
        refuse_foreign_keys(kanaf, reading)
    return kanaf


def findings(settings: Settings) -> Iterator[str]:
    """What is found right, a line each, and how many records feeds do not follow; the first thing
    that keeps a service from its work is raised.

    Raises:
        Exception: as `fitting_kanaf` does.
    """
    kanaf = fitting_kanaf(settings)
    yield f"master key: version {kanaf.master_keys.version}"
    yield f"database server: {kanaf.store.reader.dialect.name}, {len(metadata.tables)} tables"
    with kanaf.store.read() as reading:
        for database in reading.databases():
            live = reading.document_count(database.id, deleted=False)
            yield f"database {database.name} ({database.kind}): {live} documents, its key opens"
            if behind := lagging_records(reading.connection, database.id):
                yield f"database {database.name}: feeds do not follow {behind} records, see the log"
    yield f"users: {len(kanaf.directory().people)}"


def _store(settings: Settings) -> Store:
    try:
        return Store(settings.database_url)
    except InvalidSetting:
        raise
    except ValueError:  # SQLAlchemy's way of saying that a port is no number
        raise InvalidSetting("KANAF_DATABASE_URL must have a number for a port") from None
