"""A database that is away or full is a reason to come again later, and no fault of the caller's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from sync_server.config import InvalidSetting
from sync_server.errors import Overloaded
from sync_server.storage import engine
from sync_server.storage.directory import set_setting, setting
from sync_server.storage.migrating import migrate
from sync_server.storage.store import Connection, Store
from tests.support.postgres import fresh_database, postgres_or_skip

_LONG = "x" * 1_000_000
_PATIENCE_SECONDS = 60
_TRIES = 20


def _write(connection: Connection) -> None:
    set_setting(connection, "note", _LONG)


@pytest.mark.postgresql
def test_a_postgresql_that_went_away_is_overload_and_its_return_is_noticed():
    with (
        postgres_or_skip() as server,
        fresh_database(server.url) as url,
        closing(Store(url)) as store,
    ):
        migrate(store)
        server.kill9()
        with pytest.raises(Overloaded):
            store.administratively(_write)
        with pytest.raises(Overloaded), store.read() as reading:
            reading.databases()
        server.start()
        store.administratively(_write)

        with store.read() as reading:
            assert reading.databases() == []


@pytest.mark.postgresql
def test_a_worker_that_stands_still_inside_a_transaction_holds_nobody_up_for_ever(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.3)
    with (
        fresh_database(postgres_url) as url,
        closing(Store(url)) as store,
        ThreadPoolExecutor() as threads,
    ):
        migrate(store)
        holds, may_go_on = Event(), Event()

        def stand_still(connection: Connection) -> None:
            set_setting(connection, "note", "first")
            holds.set()
            may_go_on.wait()
            set_setting(connection, "note", "never")

        standing = threads.submit(store.administratively, stand_still)
        assert holds.wait(_PATIENCE_SECONDS)
        for _ in range(_TRIES):
            with suppress(Overloaded):
                store.administratively(partial(set_setting, name="note", value="second"))
                break
        may_go_on.set()

        assert isinstance(standing.exception(_PATIENCE_SECONDS), Overloaded)
        with store.reader.begin() as connection:
            assert setting(connection, "note") == "second"


def test_a_full_disk_is_overload_and_stores_nothing_half(tmp_path: Path):
    with closing(Store(f"sqlite:///{tmp_path / 'kanaf.sqlite3'}")) as store:
        migrate(store)
        with store.writer_engine.connect() as connection:  # the pool has this one only
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(Overloaded):
            store.administratively(_write)

        with store.read() as reading:
            assert reading.databases() == []


def test_a_file_that_cannot_be_opened_is_overload(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'gone' / 'kanaf.sqlite3'}"
    with closing(Store(url)) as store, pytest.raises(Overloaded), store.read() as reading:
        reading.databases()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_and_no_file_is_made_for_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing in it is durable, and those who write would not see what others wrote."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InvalidSetting):
        Store(url)

    assert list(tmp_path.iterdir()) == []
