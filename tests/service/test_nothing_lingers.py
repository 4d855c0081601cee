"""What an answer was made of goes with it, and doesn't wait for Python to look for it."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from sync_server.service.administration import add_database
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind
from tests.service.conftest import Programme


def test_documents_that_were_read_are_gone_with_their_reader(programme: Programme) -> None:
    """They once waited in a cycle: 20,000 of a listing for a pause in everybody's requests."""
    kanaf, caller = programme.kanaf, programme.caller("amina")
    add_database(kanaf, "open", DatabaseKind.OPEN)
    database = kanaf.database("open")
    push(kanaf, database, caller, [{"_id": "a"}, {"_id": "b"}], is_replicated=False)

    gc.disable()
    try:
        with kanaf.store.read() as reading:
            reader = DocumentReader(kanaf, reading, database, caller)
            reader.load(["a", "b"], with_bodies=True)
            told = reader.tell("a", reader.winner("a"), Shape(revisions=True))
            read: list[weakref.ref[Any]] = [weakref.ref(reader), weakref.ref(reader.work("a"))]
            del reader
        left = [one() for one in read]
    finally:
        gc.enable()

    assert b'"_id":"a"' in told.content
    assert left == [None, None]
