"""Leaves of documents on their way from one database to the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from sync_server.errors import InvalidMultipart
from sync_server.http.multipart import Part, PartsReader
from sync_server.replicator.failures import Passing
from sync_server.replicator.planning import Unintelligible
from sync_server.replicator.transport import Answer

JSON = "application/json"
MOST_BYTES = 1_000_000_000
"""Of one leaf with its attachments; what claims more would fill the memory of who copies it."""
GONE = "the source does not give what its feed has told of: it has changed meanwhile"


@dataclass(frozen=True)
class Leaf:
    """A leaf, as it can be sent on.

    Attributes:
        document: with `_revisions`; of its attachments only what is told of them.
        content_type: of `content`: JSON, or `multipart/related` with the attachments that follow.
        is_whole: whether the attachments that the target lacks are here, where it has any.
    """

    document: dict[str, Any] = field(repr=False)
    content_type: str
    content: bytes = field(repr=False)
    is_whole: bool = True

    @property
    def document_id(self) -> str:
        """Whose leaf it is."""
        return str(self.document.get("_id"))

    @property
    def rev(self) -> str:
        """Which one."""
        return str(self.document.get("_rev"))

    @property
    def goes_alone(self) -> bool:
        """Whether it has a request of its own: with attachments, and design documents, which some
        targets refuse together with all that comes with them.

        Source: CouchDB, couch_replicator_worker.erl, remote_doc_handler/2.
        """
        is_design = self.document_id.startswith("_design/")
        return is_design or bool(self.document.get("_attachments"))

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)


def plain_leaf(document: dict[str, Any]) -> Leaf:
    """A leaf whose attachments are not here; half a character is told as it came."""
    try:
        content = orjson.dumps(document)
    except TypeError:  # orjson writes neither half characters nor large whole numbers
        content = json.dumps(document).encode("ascii")
    return Leaf(document, JSON, content, is_whole=not document.get("_attachments"))


def leaves_in_parts(answer: Answer) -> Iterator[Leaf]:
    """The leaves of a `multipart/mixed` answer one after the other, each as it came.

    Each part is what a target takes: JSON, or `multipart/related`. So attachments stay as they are
    kept, compressed ones too, and only one leaf is in memory.

    Raises:
        Passing: the connection broke, or a leaf is not there any more.
        Unintelligible: the parts are none, too large, or end too early.
    """
    try:
        reader, read = PartsReader(answer.content_type), 0
        for piece in answer.pieces():
            read += len(piece)
            if read > MOST_BYTES:
                raise Unintelligible
            for part in reader.read(piece):
                yield _leaf(part)
        reader.end()
    except InvalidMultipart:
        raise Unintelligible from None
    finally:
        answer.abandon()


def _leaf(part: Part) -> Leaf:
    content_type = part.headers.get("content-type", "")
    if "error=" in content_type:
        raise Passing(GONE)
    start, end = 0, len(part.content)
    if content_type.startswith("multipart/related"):  # the document is the first of its parts
        start = part.content.find(b"\r\n\r\n") + 4
        end = part.content.find(b"\r\n--", start)
    try:
        document = json.loads(part.content[start:end])
    except (RecursionError, ValueError):
        raise Unintelligible from None
    if not isinstance(document, dict):
        raise Unintelligible
    return Leaf(document, content_type, part.content)
