"""Brings a database to the tables that this version of the service needs.

Alembic is imported when it is used: every start of `kanaf serve` would pay for it, and only
`kanaf init` migrates.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync_server.storage.store import Connection, Store

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(store: Store) -> None:
    """Runs the migrations that the database has not seen yet, in one transaction."""
    from alembic import command

    def upgrade(connection: Connection) -> None:
        command.upgrade(migrations(connection), "head")

    store.administratively(upgrade)


def migrations(connection: Connection) -> Config:
    """The migrations, to be run on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
