"""Documents whose attachments come beside them as they are, and not within them as base64."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable
from typing import Any

from flask import Response
from werkzeug.http import parse_options_header

from conflict.revision import Rev
from sync_server.errors import DigestMismatch, InvalidMultipart, TooLarge
from sync_server.http.body import json_value
from sync_server.http.multipart import (
    Part,
    attachment_disposition,
    new_boundary,
    read_parts,
    write_parts,
)
from sync_server.json_text import written
from sync_server.service.documents import DocumentReader

_TOLD_BY_THE_CONTENT = frozenset({"follows", "encoding", "encoded_length", "length", "digest"})


def document_within(content_type: str, content: bytes, max_bytes: int) -> dict[str, Any]:
    """The document of a `multipart/related` body, its attachments within it as base64.

    The first part is the document. Each attachment that it says `follows` is the content of one of
    the other parts, in their order; a part that is named otherwise is not taken for it. What was
    compressed for the way (`encoding`) is unpacked.

    Args:
        max_bytes: of one attachment, unpacked.

    Raises:
        InvalidMultipart: the parts are not what the document says, or were cut.
        InvalidJson: the first part is no JSON.
        DigestMismatch: a content is not the one that was sent.
        TooLarge: see `max_bytes`.

    Source: CouchDB documentation, api/document/attachments, Creating Multiple Attachments.
    """
    parts = read_parts(content_type, content)
    if not parts or not parts[0].headers.get("content-type", "").startswith("application/json"):
        raise InvalidMultipart
    document = json_value(parts[0].content)
    if not isinstance(document, dict):
        raise InvalidMultipart
    given = document.get("_attachments")
    attachments = dict(given) if isinstance(given, dict) else {}
    following = [name for name, value in attachments.items() if _follows(value)]
    if len(following) != len(parts) - 1:
        raise InvalidMultipart
    for name, part in zip(following, parts[1:], strict=True):
        if _name(part) in following and _name(part) != name:
            raise InvalidMultipart
        attachments[name] = _inline(attachments[name], part.content, max_bytes)
    return {**document, "_attachments": attachments} if attachments else document


def as_part(reader: DocumentReader, document: dict[str, Any]) -> Part:
    """A document with those of its attachments that follow; alone where none does."""
    following = [
        name for name, value in document.get("_attachments", {}).items() if _follows(value)
    ]
    if not following:
        return Part({"Content-Type": "application/json"}, written(document))
    parts = [Part({"Content-Type": "application/json"}, written(document))]
    for name in following:
        rev = Rev.parse(document["_rev"])
        metadata, content = reader.attachment(document["_id"], rev, name)
        headers = {
            "Content-Disposition": attachment_disposition(name),
            "Content-Type": metadata["content_type"],
            "Content-Length": str(len(content)),
        }
        parts.append(Part(headers, content))
    boundary = new_boundary()
    related = {"Content-Type": f'multipart/related; boundary="{boundary}"'}
    return Part(related, write_parts(parts, boundary))


def row_part(reader: DocumentReader, row: dict[str, Any]) -> Part:
    """A row of `open_revs` or `_bulk_get`: a document (`ok`), or why it is not there."""
    if "ok" in row:
        return as_part(reader, row["ok"])
    error = row.get("error", row)
    return Part({"Content-Type": 'application/json; error="true"'}, written(error))


def part_answer(part: Part) -> Response:
    """An answer of one part."""
    response = Response(part.content, headers=dict(part.headers))
    response.headers["Cache-Control"] = "must-revalidate"
    return response


def multipart_answer(kind: str, parts: Iterable[Part]) -> Response:
    """An answer of several parts; `kind` is its media type."""
    boundary = new_boundary()
    headers = {"Content-Type": f'{kind}; boundary="{boundary}"'}
    return part_answer(Part(headers, write_parts(parts, boundary)))


def _follows(attachment: object) -> bool:
    return isinstance(attachment, dict) and bool(attachment.get("follows"))


def _name(part: Part) -> str | None:
    return parse_options_header(part.headers.get("content-disposition"))[1].get("filename")


def _inline(metadata: dict[str, Any], content: bytes, max_bytes: int) -> dict[str, Any]:
    """An attachment with its content, after a look whether that is the one that was sent."""
    is_compressed = metadata.get("encoding") == "gzip"
    length = metadata.get("encoded_length" if is_compressed else "length")
    if isinstance(length, int) and length != len(content):
        raise InvalidMultipart
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    told = metadata.get("digest")
    if isinstance(told, str) and told.startswith("md5-") and told != f"md5-{digest}":
        raise DigestMismatch
    kept = {name: value for name, value in metadata.items() if name not in _TOLD_BY_THE_CONTENT}
    unpacked = _unpacked(content, max_bytes) if is_compressed else content
    return {**kept, "data": base64.b64encode(unpacked).decode()}


def _unpacked(content: bytes, max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(content, max_bytes + 1)
    except zlib.error:
        raise InvalidMultipart from None
    if len(unpacked) > max_bytes:
        raise TooLarge
    if not unpacker.eof:
        raise InvalidMultipart
    return unpacked
