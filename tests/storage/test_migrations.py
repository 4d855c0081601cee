"""The migrations lead to the tables that the code expects."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sync_server.storage.databases import create_database
from sync_server.storage.id_range import IdRange
from sync_server.storage.migrating import migrate, migrations
from sync_server.storage.schema import metadata
from sync_server.storage.store import Store
from tests.storage.writing import Programme


def test_migrating_an_empty_database_gives_the_tables_of_the_schema(database_url: str) -> None:
    store = Store(database_url)
    migrate(store)
    with store.reader.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    store.close()
    assert differences == []


def test_what_an_older_version_wrote_is_kept(database_url: str) -> None:
    store = Store(database_url)
    store.administratively(lambda connection: command.upgrade(migrations(connection), "0001"))
    created = store.administratively(
        lambda connection: create_database(
            connection, name="sd", kind="case", uuid="uuid of sd", wrapped_key=b"key"
        )
    )
    Programme(store, created).change("a", "b")

    migrate(store)

    with store.read() as reading:
        (page,) = reading.live_documents(created, IdRange(), 0, None)
        assert [row.document_id for row in page] == ["a:k1", "b:k1"]
    store.close()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    store = Store(database_url)
    migrate(store)
    migrate(store)
    with store.read() as reading:
        assert reading.databases() == []
    store.close()
