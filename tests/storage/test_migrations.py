"""The migrations lead to the tables that the code expects."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sync_server.storage.migrating import migrate
from sync_server.storage.schema import metadata
from sync_server.storage.store import Store


def test_migrating_an_empty_database_gives_the_tables_of_the_schema(database_url: str) -> None:
    store = Store(database_url)
    migrate(store)
    with store.reader.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    store.close()
    assert differences == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    store = Store(database_url)
    migrate(store)
    migrate(store)
    with store.read() as reading:
        assert reading.databases() == []
    store.close()
