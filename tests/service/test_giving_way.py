"""Others are heard while long work goes on."""

from __future__ import annotations

import time

from gevent import socket, spawn

from sync_server.giving_way import give_way

TURN_SECONDS = 0.02
TURNS = 10


def test_who_waits_for_the_network_is_heard_between_two_turns_of_long_work() -> None:
    here, there = socket.socketpair()
    with here, there:
        heard = spawn(there.recv, 1)
        give_way()
        here.send(b"x")
        for _ in range(TURNS):
            work_until = time.monotonic() + TURN_SECONDS
            while time.monotonic() < work_until:
                pass
            give_way()

        assert heard.ready()
