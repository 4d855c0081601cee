"""The migrations lead to the tables that the code expects."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, create_engine, insert, table

from sync_server.storage import directory
from sync_server.storage.id_range import IdRange
from sync_server.storage.migrating import migrate, migrations
from sync_server.storage.schema import metadata
from sync_server.storage.store import Store


def test_migrating_an_empty_database_gives_the_tables_of_the_schema(
    empty_database_url: str,
) -> None:
    store = Store(empty_database_url)
    migrate(store)
    store.close()
    plain = create_engine(
        empty_database_url
    )  # what the comparison asks PostgreSQL, it reads as text
    with plain.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    plain.dispose()
    assert differences == []


def test_what_an_older_version_wrote_is_kept(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    store.administratively(lambda connection: command.upgrade(migrations(connection), "0001"))
    store.administratively(write_as_the_first_version)

    migrate(store)

    with store.read() as reading:
        (page,) = reading.live_documents(1, IdRange(), 0, None)
        assert [row.document_id for row in page] == ["a:k1", "b:k1"]
        amina, chen = directory.users(reading.connection)
        assert (amina.groups, chen.groups) == (("khartoum",), ())
        assert directory.groups(reading.connection) == ["gedaref", "khartoum"]
        assert [row.group for row in reading.records(1, ["a", "b"]).values()] == ["gedaref", None]
    store.close()


def write_as_the_first_version(connection: Connection) -> None:
    """A user in a group and one in none, a record in a group that is nobody's, and one in none."""

    def add(into: str, **values: Any) -> None:
        connection.execute(insert(table(into, *map(column, values))).values(values))

    add(
        "database",
        id=1,
        name="sd",
        kind="case",
        uuid="uuid of sd",
        update_seq=2,
        feed_epoch=1,
        wrapped_key=b"key",
        revs_limit=1000,
        merge_policy="{}",
    )
    add("agency", code="a", name="Agency A")
    for name, group in (("amina", "khartoum"), ("chen", None)):
        add("user", name=name, role="caseworker", agency="a", group=group, active=True)
    for seq, (record, group) in enumerate((("a", "gedaref"), ("b", None)), start=1):
        add("record", database_id=1, record_id=record, version=1, wrapped_key=b"k", group=group)
        add(
            "document",
            database_id=1,
            document_id=f"{record}:k1",
            record_id=record,
            seq=seq,
            leaves='[["1-a", false]]',
            deleted=False,
            open_units=0,
        )


def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    migrate(store)
    migrate(store)
    with store.read() as reading:
        assert reading.databases() == []
    store.close()
