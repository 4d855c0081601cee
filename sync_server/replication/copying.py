"""COPY: a document written under another id."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from flask import Response, request

from sync_server.errors import InvalidRequest
from sync_server.http.parameters import asked_rev
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.replication.bulk import pushed_answer
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.incoming import document_id, revision_id
from sync_server.service.pushing import push

routes = Routes("copying", "/sync")
_DESTINATION = re.compile(r"(?P<document>[^?]+)(?:\?rev=(?P<rev>[^?&=]+))?")


@routes.on("COPY", "/<segment:db>/<document:document>")
def copy(db: str, document: str) -> Response:
    """Copies a revision, the winner if none is named, with its attachments to another id.

    The copy is a write like any other, and refused as one.

    Source: CouchDB, api/document/common, COPY.
    """
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    destination = _destination()
    source = document_id(document)
    rev = asked_rev()
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        revision = revision_id(rev) if rev else reader.winner(source)
        copied = reader.read(source, revision, Shape(attachments=True))
    del copied["_rev"]
    (receipt,) = push(kanaf, database, caller, [copied | destination], is_replicated=False)
    return pushed_answer(receipt, [database.name, destination["_id"]])


@routes.on("COPY", "/<segment:db>/_design/<segment:name>")
def copy_design(db: str, name: str) -> Response:
    """Copies a design document."""
    response: Response = copy(db, f"_design/{name}")
    return response


def _destination() -> dict[str, str]:
    """The id to copy to, and the revision of it that is overwritten, as members of a document.

    Raises:
        InvalidRequest: the header is missing, an absolute address, or malformed.
        IllegalDocumentId: no document may have the id.
    """
    header = request.headers.get("Destination", "")
    asked = _DESTINATION.fullmatch(header)
    if asked is None or re.match("https?://", header):
        raise InvalidRequest("Destination")
    try:
        # WSGI hands headers over as Latin-1, whatever they were written in.
        name = unquote_to_bytes(asked["document"].encode("latin-1")).decode()
    except UnicodeError:
        raise InvalidRequest("Destination") from None
    destination = {"_id": document_id(name)}
    return {**destination, "_rev": asked["rev"]} if asked["rev"] else destination
