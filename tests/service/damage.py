"""A disk that has lost some bits."""

from __future__ import annotations

from sqlalchemy import update

from sync_server.storage import schema
from tests.service.conftest import Programme


def spoil_key(programme: Programme, record: str) -> bytes:
    """Makes a record one that nobody can open; the key that it had."""
    with programme.kanaf.store.read() as reading:
        key = reading.records(programme.database.id, [record])[record].wrapped_key
    write_key(programme, record, bytes(len(key)))
    return key


def write_key(programme: Programme, record: str, key: bytes) -> None:
    """Writes the key of a record, past the service."""
    row = schema.record
    is_it = (row.c.database_id == programme.database.id) & (row.c.record_id == record)
    change = update(row).where(is_it).values(wrapped_key=key)
    programme.kanaf.store.administratively(lambda connection: connection.execute(change))


def spoil_bodies(programme: Programme, document: str) -> None:
    """Makes the bodies of a document ones that nobody can open."""
    row = schema.revision
    is_it = (row.c.database_id == programme.database.id) & (row.c.document_id == document)
    change = update(row).where(is_it, row.c.body.is_not(None)).values(body=bytes(60))
    programme.kanaf.store.administratively(lambda connection: connection.execute(change))
