"""A connection that the server has closed is replaced before it is used again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, text

from sync_server.storage.store import Store
from tests.storage.writing import Programme, on_postgresql

pytestmark = on_postgresql


def process(engine: Engine) -> int:
    """The server's process behind the connection that the pool gives next."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_connection_is_used_again(store: Store) -> None:
    assert process(store.reader) == process(store.reader)


def test_a_closed_connection_is_replaced_unseen(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    programme.change("a")
    closed = process(programme.store.reader)
    with new_store().reader.connect() as connection:
        end = text("SELECT pg_terminate_backend(:closed, 10000)")
        assert connection.execute(end, {"closed": closed}).scalar_one()

    programme.change("a")

    assert programme.generation("a") == 2
    assert process(programme.store.reader) != closed
