"""Measures of writing: many documents in a request, single ones, and many clients together."""

from __future__ import annotations

import selectors
import time
from collections.abc import Sequence
from statistics import median, quantiles
from urllib.parse import quote

import orjson

from bench.documents import batch
from bench.protocol.cases import registrations
from bench.protocol.connection import Connection
from bench.protocol.cost import Figures, cost
from bench.protocol.peer import CASES, Peer
from bench.protocol.scene import WRITTEN, Scene, replicated, without_revision

Put = tuple[str, bytes]


def bulk_docs_replicated(peer: Peer, scene: Scene) -> Figures:
    """New documents with the revisions that they came with."""
    body = replicated(batch(scene.sizes.documents, scene.chance))
    return _bulk_docs(peer, peer.connect(), WRITTEN, body, scene.sizes.documents)


def bulk_docs_new(peer: Peer, scene: Scene) -> Figures:
    """New documents that get their revision from the server."""
    documents = [without_revision(one) for one in batch(scene.sizes.documents, scene.chance)]
    body = orjson.dumps({"docs": documents})
    return _bulk_docs(peer, peer.connect(), WRITTEN, body, scene.sizes.documents)


def bulk_docs_validated(peer: Peer, scene: Scene) -> Figures:
    """Registrations into the case database: Kanaf validates, seals and fans them out."""
    body = replicated(registrations(scene.sizes.documents, scene.chance))
    return _bulk_docs(peer, peer.connect_author(), CASES, body, scene.sizes.documents)


def put_alone(peer: Peer, scene: Scene) -> Figures:
    """One client's new documents, one after the other."""
    puts, connection, seconds = _puts(peer, scene), peer.connect(), list[float]()

    def write() -> None:
        for path, body in puts:
            clock = time.perf_counter()
            connection.ask("PUT", path, body)
            seconds.append(time.perf_counter() - clock)

    connection.ask("GET", peer.path(WRITTEN))
    spent = cost(peer, write)
    connection.close()
    return latency(seconds) | spent.figures(len(puts))


def put_together(peer: Peer, scene: Scene) -> Figures:
    """New documents of many clients, each of which sends the next once it was answered."""
    puts = _puts(peer, scene)
    connections = [peer.connect() for _ in range(min(scene.sizes.clients, len(puts)))]
    for one in connections:
        one.ask("GET", peer.path(WRITTEN))
    spent = cost(peer, lambda: _write_together(connections, puts))
    for one in connections:
        one.close()
    return spent.figures(len(puts))


def latency(seconds: Sequence[float]) -> Figures:
    """The middle and the slowest of the answers, in milliseconds."""
    hundredths = quantiles(seconds, n=100, method="inclusive")
    return {"median_ms": 1e3 * median(seconds), "p99_ms": 1e3 * hundredths[98]}


def _bulk_docs(
    peer: Peer, connection: Connection, database: str, body: bytes, count: int
) -> Figures:
    connection.ask("GET", peer.path(database))
    path, answers = f"{peer.path(database)}/_bulk_docs", list[bytes]()
    spent = cost(peer, lambda: answers.append(connection.ask("POST", path, body)))
    refused = [row for row in orjson.loads(answers[0]) if "error" in row]
    assert not refused, refused[:3]
    connection.close()
    return spent.figures(count)


def _puts(peer: Peer, scene: Scene) -> list[Put]:
    documents = batch(scene.sizes.requests, scene.chance)
    path = peer.path(WRITTEN)
    return [
        (f"{path}/{quote(one['_id'], safe='')}", orjson.dumps(without_revision(one)))
        for one in documents
    ]


def _write_together(connections: Sequence[Connection], puts: Sequence[Put]) -> None:
    left = iter(puts)
    with selectors.DefaultSelector() as selector:
        for connection, (path, body) in zip(connections, left, strict=False):
            connection.send("PUT", path, body)
            selector.register(connection.fileno(), selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select():
                key.data.answer()
                following = next(left, None)
                if following is None:
                    selector.unregister(key.fileobj)
                else:
                    key.data.send("PUT", *following)
