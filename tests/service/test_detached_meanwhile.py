"""What a reader is about to read may go, where a history is cut."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

from sync_server.errors import DocumentMissing
from sync_server.service.administration import add_database
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.pushing import push
from sync_server.storage.databases import set_revs_limit
from sync_server.storage.rows import DatabaseKind
from tests.service.conftest import Programme


def test_a_content_that_went_since_its_document_was_found_is_missing(
    programme: Programme,
) -> None:
    """On PostgreSQL each statement sees what was committed; on SQLite a reader keeps its state."""
    kanaf, caller = programme.kanaf, programme.caller("amina")
    made = add_database(kanaf, "open", DatabaseKind.OPEN)
    kanaf.store.administratively(lambda connection: set_revs_limit(connection, made.id, 1))
    database = kanaf.database("open")

    def write(document: dict[str, Any]) -> str:
        (receipt,) = push(kanaf, database, caller, [{"_id": "a", **document}], is_replicated=False)
        return str(receipt.rev)

    data = base64.b64encode(b"content").decode()
    rev = write({"_attachments": {"f": {"content_type": "text/plain", "data": data}}})
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        winner = reader.winner("a")
        assert "f" in reader.read("a", winner, Shape())["_attachments"]

        write({"_rev": rev})

        with suppress(DocumentMissing):
            assert reader.attachment("a", winner, "f")[1] == b"content"
