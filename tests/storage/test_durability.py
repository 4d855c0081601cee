"""A change that was answered is on disk, whatever the database's own settings are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from sync_server.storage.store import Store
from tests.storage.writing import Programme, on_postgresql, on_sqlite


def ask(engine: Engine, question: str) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(question).scalar_one())


@on_sqlite
@pytest.mark.parametrize(
    ("setting", "value"), [("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1")]
)
def test_every_sqlite_connection_waits_for_the_disk(store: Store, setting: str, value: str) -> None:
    assert ask(store.reader, f"PRAGMA {setting}") == value
    assert ask(store.writer_engine, f"PRAGMA {setting}") == value


@on_postgresql
def test_a_postgresql_connection_waits_for_the_disk_even_where_the_server_would_not(
    store: Store, new_store: Callable[[], Store]
) -> None:
    with store.writer_engine.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    hurried = new_store()

    assert ask(hurried.reader, "SHOW synchronous_commit") == "on"
    assert ask(hurried.writer_engine, "SHOW synchronous_commit") == "on"


@on_postgresql
def test_the_setting_outlives_a_transaction_that_failed(store: Store) -> None:
    with store.reader.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        connection.rollback()
        asked = connection.exec_driver_sql("SHOW synchronous_commit")
        assert asked.scalar_one() == "on"


def test_a_change_that_was_answered_is_there_when_the_data_is_opened_again(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    programme.change("a")
    programme.store.close()

    assert programme.seen_by(new_store()).generation("a") == 1
