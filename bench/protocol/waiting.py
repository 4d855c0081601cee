"""Many long-polls that wait for the same news."""

from __future__ import annotations

import uuid
from contextlib import closing

from bench.measuring import resident_kib, wait_until_quiet
from bench.protocol.connection import Connection
from bench.protocol.cost import Figures, cost
from bench.protocol.peer import Peer
from bench.protocol.scene import WAITED, Scene
from bench.waiters import Waiters, waiting_request

_WARM_UP = 20
_FEED = "_changes?feed=longpoll&since=now&heartbeat=60000"


def waiting(peer: Peer, scene: Scene) -> Figures:
    """The time until all are told of one new document, and the memory of each while they wait.

    The server is started anew: memory that was used before would hide what is new.
    """
    peer.restart()
    _warm_up(peer).close()
    asked = waiting_request(f"{peer.path(WAITED)}/{_FEED}", *(peer.credentials or ()))
    with closing(Waiters(peer.port, scene.sizes.waiters)) as waiters:
        before = resident_kib(peer.processes())
        waiters.ask([asked])
        wait_until_quiet(peer.processes())
        grown = resident_kib(peer.processes()) - before
        connection = _warm_up(peer)

        def tell() -> None:
            connection.ask("PUT", f"{peer.path(WAITED)}/{uuid.uuid4()}", b'{"news": true}')
            waiters.last_answered()

        spent = cost(peer, tell)
    connection.close()
    return {"kib": grown / scene.sizes.waiters} | spent.once()


def _warm_up(peer: Peer) -> Connection:
    """A new connection, made late: Node closes one that idles for five seconds."""
    connection = peer.connect()
    for _ in range(_WARM_UP):
        connection.ask("GET", f"{peer.path(WAITED)}/_changes?since=now")
    return connection
