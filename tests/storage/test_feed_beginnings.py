"""When a device first asked for a feed is kept for each user and device."""

from __future__ import annotations

import pytest

from sync_server.storage.feed_beginnings import add_feed_beginning, feed_beginning
from sync_server.storage.store import AlreadyThere
from tests.storage.writing import AMINA, BILAL, Programme


def begin(programme: Programme, user: int, device: str, seq: int) -> None:
    programme.store.administratively(
        lambda connection: add_feed_beginning(connection, programme.id, user, device, seq)
    )


def begun(programme: Programme, user: int, device: str) -> int | None:
    with programme.store.read() as reading:
        return feed_beginning(reading.connection, programme.id, user, device)


def test_each_device_of_each_user_has_a_beginning_of_its_own(programme: Programme) -> None:
    begin(programme, AMINA, "tablet", 7)
    begin(programme, BILAL, "tablet", 2**40)

    assert begun(programme, AMINA, "tablet") == 7
    assert begun(programme, BILAL, "tablet") == 2**40
    assert begun(programme, AMINA, "") is None


def test_a_beginning_is_noted_once(programme: Programme) -> None:
    begin(programme, AMINA, "tablet", 7)

    with pytest.raises(AlreadyThere):
        begin(programme, AMINA, "tablet", 8)

    assert begun(programme, AMINA, "tablet") == 7
