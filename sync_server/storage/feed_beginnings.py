"""When each device first asked for a feed from its beginning, as a seq of the database."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from sync_server.storage import schema


def feed_beginning(
    connection: Connection, database_id: int, user_id: int, device: str
) -> int | None:
    """The seq of a user's device; None while it has not asked."""
    table = schema.feed_beginning
    query = select(table.c.seq).where(
        table.c.database_id == database_id, table.c.user_id == user_id, table.c.device == device
    )
    return connection.execute(query).scalar_one_or_none()


def add_feed_beginning(
    connection: Connection, database_id: int, user_id: int, device: str, seq: int
) -> None:
    """Notes the seq of a device that has none."""
    row = {"database_id": database_id, "user_id": user_id, "device": device, "seq": seq}
    connection.execute(insert(schema.feed_beginning).values(row))
