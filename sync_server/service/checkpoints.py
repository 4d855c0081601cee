"""`_local` documents: replication's checkpoints, kept per user and device, sealed."""

from __future__ import annotations

from conflict.canonical import canonical_json
from sync_server.errors import (
    DatabaseMissing,
    DocumentConflict,
    DocumentMissing,
    IllegalDocumentId,
    InvalidDocument,
    TooLarge,
)
from sync_server.service.caller import Caller
from sync_server.service.incoming import MAX_ID_BYTES
from sync_server.service.kanaf import Kanaf
from sync_server.service.vault import Body
from sync_server.storage.local_documents import put_local_document, remove_local_document
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow, LocalDocumentRow
from sync_server.storage.store import AlreadyThere, Connection

MOST_BYTES = 65_536


def read_checkpoint(kanaf: Kanaf, database: DatabaseRow, caller: Caller, local_id: str) -> Body:
    """A checkpoint as a document, with `_id` and `_rev` (`0-<times written>`).

    Raises:
        DocumentMissing: the caller's device has none of that id.
    """
    row = _row(kanaf, database, caller, local_id)
    if row is None:
        raise DocumentMissing
    body = kanaf.vault(database).open_note(row.body, _place(caller, local_id))
    return {"_id": f"_local/{local_id}", "_rev": f"0-{row.rev}", **body}


def write_checkpoint(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, local_id: str, document: Body
) -> str:
    """Writes a checkpoint, or removes it where it is `_deleted`.

    Returns:
        Its revision, `0-<times written>`; `0-0` of one that was removed.

    Raises:
        DatabaseMissing: the database was removed.
        DocumentConflict: `_rev` is not that of the checkpoint that stands.
        IllegalDocumentId: the id has more than 512 bytes.
        TooLarge: it has more than 64 KiB.
    """
    if len(local_id.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        raise IllegalDocumentId
    body = {name: value for name, value in document.items() if not name.startswith("_")}
    try:
        size = len(canonical_json(body))
    except ValueError:
        raise InvalidDocument from None
    if size > MOST_BYTES:
        raise TooLarge
    sealed = kanaf.vault(database).seal_note(body, _place(caller, local_id))
    user, device = caller.person.id, caller.device

    def write(connection: Connection) -> int:
        row = Reading(connection).local_document(database.id, user, device, local_id)
        if document.get("_rev") != (f"0-{row.rev}" if row else None):
            raise DocumentConflict
        if document.get("_deleted") is True:
            remove_local_document(connection, database.id, user, device, local_id)
            return 0
        rev = row.rev + 1 if row else 1
        written = LocalDocumentRow(user, device, local_id, rev, sealed, kanaf.clock())
        put_local_document(connection, database.id, written)
        return rev

    try:
        return f"0-{kanaf.store.administratively(write)}"
    except AlreadyThere:
        raise DatabaseMissing from None  # it was removed meanwhile


def remove_checkpoint(kanaf: Kanaf, database: DatabaseRow, caller: Caller, local_id: str) -> None:
    """Removes a checkpoint.

    Raises:
        DocumentMissing: there is none.
    """
    if _row(kanaf, database, caller, local_id) is None:
        raise DocumentMissing
    kanaf.store.administratively(
        lambda connection: remove_local_document(
            connection, database.id, caller.person.id, caller.device, local_id
        )
    )


def _row(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, local_id: str
) -> LocalDocumentRow | None:
    with kanaf.store.read() as reading:
        return reading.local_document(database.id, caller.person.id, caller.device, local_id)


def _place(caller: Caller, local_id: str) -> str:
    return f"local/{caller.person.id}/{caller.device}/{local_id}"
