"""A document as it arrives: taken apart and checked for form, not for meaning."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conflict.canonical import canonical_json
from conflict.revision import InvalidRevision, Rev, history
from sync_server.errors import IllegalDocumentId, InvalidDocument, InvalidRevisionId, TooLarge
from sync_server.service.vault import Body

MAX_ID_BYTES = 512
HIGHEST_GENERATION = 1_000_000
MOST_ANCESTORS = 10_000
"""Beyond what any person edits: what claims more is no history, and burdens everybody."""
MAX_DEPTH = 64
"""How deep objects and arrays may be nested in a document."""

_MEMBERS = frozenset({"_id", "_rev", "_revisions", "_deleted", "_attachments"})
_IGNORED = frozenset(
    {"_conflicts", "_deleted_conflicts", "_local_seq", "_revs_info", "_revision", "_rev_tree"}
)


@dataclass(frozen=True)
class Incoming:
    """A document of a request.

    Attributes:
        path: the revision and its known ancestors, newest first; for a new edit only what it was
            made on, and empty where it was made on nothing.
        is_replicated: whether the revision id came along (`new_edits=false`).
        body: the document without `_id`, `_rev`, `_revisions`; its attachments are metadata only
            (`content_type`, `digest`, `length`, `sha256`), or stubs still to be found (`stub`,
            `digest`, and `revpos` where it is told).
        content: the body's canonical JSON.
        contents: what was sent of its attachments, by SHA-256 in hex.
    """

    document_id: str
    path: tuple[Rev, ...]
    is_replicated: bool
    body: Body
    content: bytes
    contents: Mapping[str, bytes]

    @property
    def deleted(self) -> bool:
        """Whether it is a tombstone."""
        return bool(self.body.get("_deleted"))

    def content_of(self, body: Body) -> bytes:
        """The canonical JSON of a body that is this one's, or was made of it."""
        return self.content if body is self.body else canonical_json(body)


def incoming(document: object, *, is_replicated: bool, max_bytes: int) -> Incoming:
    """A document of a request, taken apart.

    Raises:
        InvalidDocument: it is no object, has an unknown member that begins with an underscore, a
            malformed attachment, a lone surrogate, or a number that JSON does not know.
        IllegalDocumentId: see there.
        InvalidRevisionId: `_rev` or `_revisions` is malformed, or missing in a replicated document.
        TooLarge: the document has more than `max_bytes`.
    """
    if not isinstance(document, dict) or is_deeper_than(MAX_DEPTH, document):
        raise InvalidDocument
    if any(name.startswith("_") and name not in _MEMBERS | _IGNORED for name in document):
        raise InvalidDocument
    body = {name: value for name, value in document.items() if not name.startswith("_")}
    attachments, contents = _attachments(document.get("_attachments"))
    if attachments:
        body["_attachments"] = attachments
    if document.get("_deleted"):
        body["_deleted"] = True
    content = _content(body, contents, max_bytes)
    path = _path(document, is_replicated=is_replicated)
    name = document_id(document.get("_id"))
    return Incoming(name, path, is_replicated, body, content, contents)


def document_id(given: object) -> str:
    """A document's id, if it may be one.

    Raises:
        IllegalDocumentId: it is no text, empty, longer than 512 bytes, or begins with an underscore
            and is not a design document's.

    Source: CouchDB, couch_doc.erl, validate_docid/1.
    """
    if not isinstance(given, str) or not given or "\x00" in given:
        raise IllegalDocumentId
    if given.startswith("_") and not (
        given.startswith("_design/") and len(given) > len("_design/")
    ):
        raise IllegalDocumentId
    try:
        size = len(given.encode())
    except UnicodeEncodeError:
        raise IllegalDocumentId from None
    if size > MAX_ID_BYTES:
        raise IllegalDocumentId
    return given


def may_exist(document: object) -> bool:
    """Whether there can be a document of that id at all; databases need not be asked otherwise."""
    try:
        document_id(document)
    except IllegalDocumentId:
        return False
    return True


def revision_id(given: object) -> Rev:
    """A revision id of a request.

    Raises:
        InvalidRevisionId: it is none.
    """
    try:
        rev = Rev.parse(given)
    except InvalidRevision:
        raise InvalidRevisionId from None
    if rev.generation > HIGHEST_GENERATION:
        raise InvalidRevisionId
    return rev


def is_deeper_than(limit: int, value: object) -> bool:
    """Whether objects and arrays are nested more than `limit` deep in a JSON value."""
    return any(depth > limit for depth, _ in enumerate(levels(value)))


def levels(value: object) -> Iterator[list[object]]:
    """A JSON value, then its members, then theirs, until there are none."""
    level = [value]
    while level:
        yield level
        level = [
            member
            for one in level
            if type(one) is dict or type(one) is list
            for member in (one.values() if type(one) is dict else one)
        ]


def _path(document: dict[str, Any], *, is_replicated: bool) -> tuple[Rev, ...]:
    rev = document.get("_rev")
    revisions = document.get("_revisions")
    if is_replicated and isinstance(revisions, dict):
        start, ids = revisions.get("start"), revisions.get("ids")
        if not isinstance(start, int) or isinstance(start, bool) or not isinstance(ids, list):
            raise InvalidRevisionId
        if len(ids) > MOST_ANCESTORS:
            raise InvalidRevisionId
        try:
            path = history(start, ids)
        except InvalidRevision:
            raise InvalidRevisionId from None
        if revision_id(str(path[0])) != path[0] or (rev is not None and rev != str(path[0])):
            raise InvalidRevisionId
        return path
    if rev is None and not is_replicated:
        return ()
    return (revision_id(rev),)


def _attachments(given: object) -> tuple[dict[str, Any], dict[str, bytes]]:
    if given is None:
        return {}, {}
    if not isinstance(given, dict):
        raise InvalidDocument
    attachments: dict[str, Any] = {}
    contents: dict[str, bytes] = {}
    for name, value in given.items():
        if not isinstance(value, dict) or not name or name.startswith("_"):
            raise InvalidDocument
        if value.get("stub") or value.get("follows"):
            attachments[name] = _stub(value)
            continue
        content = _decoded(value.get("data"))
        attachments[name] = attachment(content, value.get("content_type"))
        contents[attachments[name]["sha256"]] = content
    return attachments, contents


def _stub(value: dict[str, Any]) -> dict[str, Any]:
    """What a stub says of the content that it means."""
    revpos = value.get("revpos")
    told = {"revpos": revpos} if isinstance(revpos, int) and not isinstance(revpos, bool) else {}
    return {"stub": True, "digest": value.get("digest"), **told}


def attachment(content: bytes, content_type: object) -> dict[str, Any]:
    """The metadata of an attachment, as kept in a body; `digest` is CouchDB's."""
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return {
        "content_type": content_type
        if isinstance(content_type, str)
        else "application/octet-stream",
        "digest": f"md5-{digest}",
        "length": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _decoded(data: object) -> bytes:
    if not isinstance(data, str):
        raise InvalidDocument
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidDocument from None


def _content(body: Body, attached: Mapping[str, bytes], max_bytes: int) -> bytes:
    """A body's canonical JSON."""
    try:
        content = canonical_json(body)
    except (ValueError, RecursionError):
        raise InvalidDocument from None
    if len(content) + sum(map(len, attached.values())) > max_bytes:
        raise TooLarge
    return content
