"""The PostgreSQL server of the tests is one that durability can be tested on."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.postgres import fresh_database, libpq, postgres_or_skip

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_postgresql_writes_a_commit_to_disk(postgres_url: str, setting: str):
    engine = create_engine(postgres_url)
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SHOW {setting}")

        assert cursor.fetchone() == ("on",)
    engine.dispose()


def test_a_commit_survives_the_killing_of_postgresql():
    with postgres_or_skip() as server:
        with psycopg.connect(libpq(server.url)) as connection:
            connection.execute("CREATE TABLE said (word text)")
            connection.execute("INSERT INTO said VALUES ('kept')")
        server.kill9()
        server.start()

        with psycopg.connect(libpq(server.url)) as connection:
            assert connection.execute("SELECT word FROM said").fetchall() == [("kept",)]


def test_a_fresh_database_is_empty(empty_database_url: str):
    engine = create_engine(empty_database_url)
    tables = {
        "sqlite": "SELECT count(*) FROM sqlite_master",
        "postgresql": "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
    }
    with engine.connect() as connection:
        assert connection.execute(text(tables[engine.dialect.name])).scalar_one() == 0
    engine.dispose()


def test_a_database_that_served_before_is_as_a_new_one(postgres_url: str):
    with fresh_database(postgres_url) as used:
        name, left_open = make_url(used).database, psycopg.connect(libpq(used))
        left_open.execute("CREATE TABLE said (word text)")
        left_open.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        left_open.commit()

    with fresh_database(postgres_url) as again, psycopg.connect(libpq(again)) as connection:
        tables = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'")
        assert (again, tables.fetchall()) == (used, [])
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
