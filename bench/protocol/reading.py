"""Measures of reading: listings, many documents, single ones, and a caseworker's feed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import quote

import orjson

from bench.documents import Document
from bench.protocol.cost import Figures, cost
from bench.protocol.peer import Peer
from bench.protocol.scene import LISTED, PICTURE_BYTES, PICTURED, Scene
from bench.protocol.writing import latency

_PAGES = 100
_REPEATED = 8
"""A single `_bulk_get` is over in 20 ms, in which a shared machine is now fast, now slow."""


def changes(peer: Peer, scene: Scene) -> Figures:
    """The rows of a whole feed."""
    return _listing(peer, "_changes?style=all_docs", scene.sizes.rows, "results")


def changes_with_documents(peer: Peer, scene: Scene) -> Figures:
    """The rows of a whole feed with their documents."""
    return _listing(peer, "_changes?include_docs=true", scene.sizes.rows, "results")


def all_docs(peer: Peer, scene: Scene) -> Figures:
    """The rows of `_all_docs` with their documents."""
    return _listing(peer, "_all_docs?include_docs=true", scene.sizes.rows, "rows")


def all_docs_page(peer: Peer, scene: Scene) -> Figures:
    """Pages of 100 rows of `_all_docs`, one after the other, each from anywhere."""
    some = scene.chance.choices(scene.listed, k=min(scene.sizes.requests, _PAGES))
    keys = [quote(orjson.dumps(one["_id"]), safe="") for one in some]
    return _one_by_one(
        peer, [f"{peer.path(LISTED)}/_all_docs?limit=100&startkey={key}" for key in keys]
    )


def bulk_get(peer: Peer, scene: Scene) -> Figures:
    """Documents with their revisions, as a replication asks for them."""
    some = scene.chance.sample(scene.listed, min(scene.sizes.documents, len(scene.listed)))
    figures, _ = _bulk_get(peer, f"{peer.path(LISTED)}/_bulk_get?revs=true", some)
    return figures


def bulk_get_pictures(peer: Peer, scene: Scene) -> Figures:
    """The same of documents with a picture each."""
    path = f"{peer.path(PICTURED)}/_bulk_get?revs=true&attachments=true"
    figures, content = _bulk_get(peer, path, scene.pictured)
    assert len(content) > len(scene.pictured) * PICTURE_BYTES, "the pictures were not sent"
    return figures


def get(peer: Peer, scene: Scene) -> Figures:
    """Single documents, one after the other."""
    some = scene.chance.choices(scene.listed, k=scene.sizes.requests)
    return _one_by_one(peer, [f"{peer.path(LISTED)}/{quote(one['_id'], safe='')}" for one in some])


def caseworkers_feed(peer: Peer, scene: Scene) -> Figures:
    """What one caseworker may see of the case database, from its beginning."""
    connection = peer.connect_caseworker()
    told = {row["id"] for row in connection.ask_json("GET", peer.feed())["results"]}
    mine = {document["_id"] for document in scene.feed}
    assert {one for one in told if not one.startswith("shared:")} == mine, (
        "the feed is not the caseworker's"
    )
    spent = cost(peer, lambda: connection.ask("GET", peer.feed()))
    connection.close()
    return spent.once()


def _one_by_one(peer: Peer, paths: Sequence[str]) -> Figures:
    connection, seconds = peer.connect(), list[float]()

    def read() -> None:
        for path in paths:
            clock = time.perf_counter()
            connection.ask("GET", path)
            seconds.append(time.perf_counter() - clock)

    connection.ask("GET", paths[0])
    spent = cost(peer, read)
    connection.close()
    return latency(seconds) | spent.figures(len(paths))


def _listing(peer: Peer, path: str, rows: int, name: str) -> Figures:
    connection, answers = peer.connect(), list[bytes]()
    connection.ask("GET", peer.path(LISTED))
    whole = f"{peer.path(LISTED)}/{path}"
    spent = cost(peer, lambda: answers.append(connection.ask("GET", whole)))
    assert len(orjson.loads(answers[0])[name]) == rows, f"{path} lacks rows"
    connection.close()
    return spent.figures(rows)


def _bulk_get(peer: Peer, path: str, documents: Sequence[Document]) -> tuple[Figures, bytes]:
    wanted = [{"id": one["_id"], "rev": one["_rev"]} for one in documents]
    body, answers = orjson.dumps({"docs": wanted}), list[bytes]()
    connection = peer.connect()
    connection.ask("POST", path, body)

    def ask_again() -> None:
        answers.extend(connection.ask("POST", path, body) for _ in range(_REPEATED))

    spent = cost(peer, ask_again)
    rows = orjson.loads(answers[0])["results"]
    assert len(rows) == len(documents)
    assert all("ok" in row["docs"][0] for row in rows), "_bulk_get lacks documents"
    connection.close()
    return spent.figures(len(documents) * _REPEATED), answers[0]
