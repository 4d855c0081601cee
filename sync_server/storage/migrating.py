"""Brings a database to the tables that this version of the service needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from sync_server.storage.store import Connection, Store


def migrate(store: Store) -> None:
    """Runs the migrations that the database has not seen yet, in one transaction."""

    def upgrade(connection: Connection) -> None:
        command.upgrade(migrations(connection), "head")

    store.administratively(upgrade)


def migrations(connection: Connection) -> Config:
    """The migrations, to be run on a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
