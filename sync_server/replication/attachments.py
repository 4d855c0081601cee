"""The files of a document, each on its own."""

from __future__ import annotations

import base64
import re
from typing import Any

from flask import Response, request
from werkzeug.http import parse_options_header

from sync_server.errors import AttachmentMissing, DocumentConflict, DocumentMissing, NeverRun
from sync_server.http.answers import unless_known
from sync_server.http.body import body
from sync_server.http.multipart import Part, new_boundary, write_parts
from sync_server.http.parameters import asked_rev
from sync_server.http.ranges import asked_ranges, content_range
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.replication.bulk import pushed_answer
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.incoming import document_id, revision_id
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind

routes = Routes("attachments", "/sync")
_SHOWN_AS = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "audio/mpeg", "audio/mp4", "audio/ogg"}
    | {"video/mp4", "application/pdf", "application/json", "text/plain", "application/octet-stream"}
)
"""The types that a browser may be told; html, svg, xml and scripts are not among them."""
_CHARSET = re.compile(r"[A-Za-z0-9._-]{1,40}")


@routes.on("GET", "/<segment:db>/<segment:document>/<path:name>")
def read(db: str, document: str, name: str) -> Response:
    """An attachment's content, or a range of it."""
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    rev = request.args.get("rev")
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        revision = revision_id(rev) if rev else None
        metadata, content = reader.attachment(document_id(document), revision, name)
    response = _to_be_saved(metadata["content_type"], content)
    if database.kind is DatabaseKind.OPEN:  # a case's files stay in no browser
        response.headers["Cache-Control"] = "must-revalidate"
    etag = f'"{metadata["digest"].removeprefix("md5-")}"'
    response.headers["ETag"] = etag
    # No content is compressed where it is kept, so a part of any can be told by its bytes.
    response.headers["Accept-Ranges"] = "bytes"
    if unless_known(response).status_code == 304:
        return response
    parts = asked_ranges(len(content), etag)
    if parts is not None:
        _keep_only(response, parts, content)
    return response


@routes.on("GET", "/<segment:db>/_design/<segment:design>/<path:name>")
def read_design(db: str, design: str, name: str) -> Response:
    """An attachment of a design document; what begins with an underscore would have to be run."""
    if name.startswith("_"):
        raise NeverRun
    response: Response = read(db, f"_design/{design}", name)
    return response


@routes.on("PUT", "/<segment:db>/_design/<segment:design>/<path:name>")
def write_design(db: str, design: str, name: str) -> Response:
    """Adds an attachment to a design document, or replaces one."""
    response: Response = write(db, f"_design/{design}", name)
    return response


@routes.on("DELETE", "/<segment:db>/_design/<segment:design>/<path:name>")
def remove_design(db: str, design: str, name: str) -> Response:
    """Takes an attachment off a design document."""
    response: Response = remove(db, f"_design/{design}", name)
    return response


@routes.on("PUT", "/<segment:db>/<segment:document>/<path:name>")
def write(db: str, document: str, name: str) -> Response:
    """Adds an attachment to a document, or replaces one: a new revision of the document."""
    content_type = request.headers.get("Content-Type", "application/octet-stream")
    data = base64.b64encode(body()).decode()
    return _edited(db, document, name, {"content_type": content_type, "data": data})


@routes.on("DELETE", "/<segment:db>/<segment:document>/<path:name>")
def remove(db: str, document: str, name: str) -> Response:
    """Takes an attachment off a document: a new revision of the document."""
    return _edited(db, document, name, None)


def _keep_only(response: Response, parts: list[range], content: bytes) -> None:
    """Makes an answer one of some parts of its content.

    Source: RFC 9110, 15.3.7.
    """
    response.status_code = 206
    if len(parts) == 1:
        response.headers["Content-Range"] = content_range(parts[0], len(content))
        response.set_data(content[parts[0].start : parts[0].stop])
        return
    boundary, kind = new_boundary(), response.headers["Content-Type"]
    told = [
        Part(
            {"Content-Type": kind, "Content-Range": content_range(part, len(content))},
            content[part.start : part.stop],
        )
        for part in parts
    ]
    response.headers["Content-Type"] = f'multipart/byteranges; boundary="{boundary}"'
    response.set_data(write_parts(told, boundary))


def _to_be_saved(content_type: str, content: bytes) -> Response:
    """A content, never to be run by a browser."""
    shown_as, parameters = parse_options_header(content_type)
    charset = parameters.get("charset", "")
    if shown_as.lower() not in _SHOWN_AS:
        shown_as = "application/octet-stream"
    elif _CHARSET.fullmatch(charset):
        shown_as = f"{shown_as}; charset={charset}"
    response = Response(content, content_type=shown_as)
    response.headers["Content-Disposition"] = "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _edited(db: str, document: str, name: str, attachment: dict[str, Any] | None) -> Response:
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    rev = asked_rev()
    edited: dict[str, Any] = {"_id": document_id(document)}
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        if rev:
            edited = _edited_from(reader, document, rev)
        elif attachment is None:
            edited = reader.read(document, reader.winner(document), Shape())
    attachments = dict(edited.get("_attachments", {}))
    if attachment is not None:
        attachments[name] = attachment
    elif attachments.pop(name, None) is None:
        raise AttachmentMissing
    elif not rev:
        raise DocumentConflict
    edited["_attachments"] = attachments
    (receipt,) = push(kanaf, database, caller, [edited], is_replicated=False)
    return pushed_answer(
        receipt, None if attachment is None else [database.name, document, *name.split("/")]
    )


def _edited_from(reader: DocumentReader, document: str, rev: str) -> dict[str, Any]:
    """The revision that an edit of attachments is made on.

    Raises:
        DocumentConflict: there is none. Source: CouchDB, chttpd_db.erl, db_attachment_req/4.
    """
    try:
        return reader.read(document, revision_id(rev), Shape())
    except DocumentMissing:
        raise DocumentConflict from None
