"""The same feed of another server: it looks at everybody's documents and leaves out the others'."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

import orjson

from bench.growing.material import DOCUMENTS_OF_A_CASE, READERS_CASES, Lot
from bench.growing.people import Member
from bench.protocol.connection import Connection
from bench.protocol.cost import Figures, cost
from bench.protocol.peer import Peer
from bench.protocol.scene import replicated


def database_of(cases: int) -> str:
    """The name of a database with so many cases."""
    return f"cases_{cases}"


def fill(peer: Peer, database: str, lots: Iterable[Lot]) -> None:
    """Writes documents as a replication does."""
    peer.create(database)
    connection = peer.connect()
    for lot in lots:
        body = replicated(lot.documents)
        refused = orjson.loads(connection.ask("POST", f"{peer.path(database)}/_bulk_docs", body))
        assert refused == [], refused[:3]
    connection.close()


def filtered_feed(peer: Peer, database: str, reader: Member) -> Figures:
    """What a reader's whole feed costs by `_selector`, and the same when nothing is new."""
    connection = peer.connect()
    selector = quote(json.dumps({"author": reader.name}))
    feed = f"{peer.path(database)}/_changes?style=all_docs&filter=_selector&selector={selector}"
    answers = list[bytes]()
    whole = cost(peer, lambda: answers.append(connection.ask("GET", feed)))
    told = orjson.loads(answers[0])
    assert len(told["results"]) == READERS_CASES * DOCUMENTS_OF_A_CASE, "it is not their feed"
    last = _ask_again(connection, f"{feed}&since={told['last_seq']}", peer)
    connection.close()
    return {
        "feed_ms": 1e3 * whole.wall,
        "feed_cpu_us": 1e6 * whole.server,
        **last,
    }


def _ask_again(connection: Connection, path: str, peer: Peer, times: int = 20) -> Figures:
    def ask() -> None:
        for _ in range(times):
            connection.ask("GET", path)

    connection.ask("GET", path)
    spent = cost(peer, ask)
    return {"idle_ms": 1e3 * spent.wall / times, "idle_cpu_us": 1e6 * spent.server / times}
