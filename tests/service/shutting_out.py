"""Taking rights from people and devices, as whoever administers the directory's tables does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, update

from sync_server.storage import directory, schema
from sync_server.storage.store import Store


def shut_out_device(store: Store, name: str) -> None:
    """The device may not come in any more."""
    _change(store, schema.device, name, active=False)


def shut_out_user(store: Store, name: str) -> None:
    """The user may not come in any more, from any device."""
    _change(store, schema.user, name, active=False)


def change_user(store: Store, name: str, **columns: Any) -> None:
    """Gives a user another role or group."""
    _change(store, schema.user, name, **columns)


def _change(store: Store, table: Table, name: str, **columns: Any) -> None:
    def change(connection: Connection) -> None:
        with directory.changing(connection):
            connection.execute(update(table).where(table.c.name == name).values(**columns))

    store.administratively(change)
