"""What stands in every server's databases before anything is measured: the same in all."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from bench.documents import Document, batch
from bench.protocol.cases import others
from bench.protocol.connection import Connection
from bench.protocol.peer import CASES, Peer
from bench.protocol.sizes import Sizes

WRITTEN, LISTED, PICTURED, WAITED = "written", "listed", "pictured", "waited"
PICTURE_BYTES = 20_000
_SEED = 20_261_126
_PAGE = 500


@dataclass
class Scene:
    """The documents of a run.

    Attributes:
        listed: in the database that is listed and read.
        pictured: in another one, with a picture each.
        feed: the caseworker's in the case database, the first of all there.
        chance: where new documents come from.
    """

    sizes: Sizes
    chance: random.Random = field(default_factory=lambda: random.Random(_SEED))
    listed: list[Document] = field(init=False)
    pictured: list[Document] = field(init=False)
    feed: list[Document] = field(init=False)

    def __post_init__(self) -> None:
        self.listed = batch(self.sizes.rows, self.chance)
        self.pictured = [
            {**document, "_attachments": {"photo.jpg": _picture(self.chance)}}
            for document in batch(self.sizes.documents, self.chance)
        ]
        self.feed = batch(self.sizes.feed, self.chance)

    def fill(self, peer: Peer) -> None:
        """Writes all of it, and makes the databases that are written to later."""
        for database in (WRITTEN, LISTED, PICTURED, WAITED):
            peer.create(database)
        everybody = peer.connect()
        _replicate(everybody, peer.path(LISTED), self.listed)
        _replicate(everybody, peer.path(PICTURED), self.pictured)
        _replicate(peer.connect_caseworker(), peer.path(CASES), self.feed)
        chance = random.Random(_SEED + 1)
        author, left = peer.connect_author(), self.sizes.cases - self.sizes.feed
        for first in range(0, left, _PAGE):
            count = min(_PAGE, left - first)
            _replicate(author, peer.path(CASES), others(count, chance))


def replicated(documents: Sequence[Document]) -> bytes:
    """The body of a `_bulk_docs` as replication sends it."""
    return orjson.dumps({"new_edits": False, "docs": documents})


def without_revision(document: Document) -> Document:
    """A document as somebody writes it who has no replica."""
    return {name: value for name, value in document.items() if name not in ("_rev", "_revisions")}


def _replicate(connection: Connection, path: str, documents: Sequence[Document]) -> None:
    for page in _pages(documents):
        refused = orjson.loads(connection.ask("POST", f"{path}/_bulk_docs", replicated(page)))
        assert refused == [], refused[:3]


def _pages(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    for first in range(0, len(documents), _PAGE):
        yield documents[first : first + _PAGE]


def _picture(chance: random.Random) -> Document:
    data = base64.b64encode(chance.randbytes(PICTURE_BYTES)).decode()
    return {"content_type": "image/jpeg", "data": data}
