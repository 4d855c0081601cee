"""What a replication needs of the machine that it runs on."""

from __future__ import annotations

import secrets
import threading
import tracemalloc

from sync_server.replicator.address import Credentials, read_address
from sync_server.replicator.run import Order, Replication, Side
from tests.protocol.api import Api, revision
from tests.replicator.running import Pair, leaves
from tests.replicator.test_copying import attached
from tests.support.server import ADMIN

LARGE = 5_000_000


def side(database: Api) -> Side:
    return Side(read_address(database.url)[0], Credentials(*ADMIN))


def test_of_many_large_attachments_one_document_is_in_memory_at_most(pair: Pair) -> None:
    for number in range(6):
        content = attached(one=secrets.token_bytes(LARGE))
        document = {"_id": f"{number}", "_attachments": content}
        assert not pair.source.push(revision(document, "1-a"))
    told: list[str] = []
    order = Order(side(pair.source), side(pair.target))
    replication = Replication(order, told.append, threading.Event())

    tracemalloc.start()
    try:
        assert replication.run()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert replication.figures.written == 6
    assert most < 3 * LARGE, f"{most:,} bytes for documents of {LARGE:,}"
    assert leaves(pair.target) == leaves(pair.source)
