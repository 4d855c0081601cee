from __future__ import annotations

import gevent
from gevent.socket import socketpair

from sync_server.giving_way import give_way


def test_who_gives_way_lets_those_begin_who_have_just_come() -> None:
    here, there = socketpair()
    with here, there:
        other = gevent.spawn(here.recv, 1)
        give_way()
        there.send(b"x")
        for _ in range(3):
            give_way()

        assert other.value == b"x"
