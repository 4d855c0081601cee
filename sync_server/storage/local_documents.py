"""Checkpoints of replication, kept per user and device; the least recently used give way."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from sync_server.storage import schema
from sync_server.storage.rows import LocalDocumentRow

KEPT_PER_DEVICE = 1000


def put_local_document(connection: Connection, database_id: int, row: LocalDocumentRow) -> None:
    """Writes a checkpoint in place of the one before."""
    remove_local_document(connection, database_id, row.user_id, row.device, row.local_id)
    connection.execute(insert(schema.local_document).values(**vars(row), database_id=database_id))
    _forget_the_oldest(connection, database_id, row.user_id, row.device)


def remove_local_document(
    connection: Connection, database_id: int, user_id: int, device: str, local_id: str
) -> None:
    """Removes a checkpoint."""
    table = schema.local_document
    connection.execute(
        delete(table).where(
            table.c.database_id == database_id,
            table.c.user_id == user_id,
            table.c.device == device,
            table.c.local_id == local_id,
        )
    )


def _forget_the_oldest(connection: Connection, database_id: int, user_id: int, device: str) -> None:
    table = schema.local_document
    oldest = (
        select(table.c.local_id)
        .where(
            table.c.database_id == database_id,
            table.c.user_id == user_id,
            table.c.device == device,
        )
        .order_by(table.c.used_at.desc())
        .offset(KEPT_PER_DEVICE)
    )
    for local_id in list(connection.execute(oldest).scalars()):
        remove_local_document(connection, database_id, user_id, device, local_id)
