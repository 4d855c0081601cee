"""When a client that waits hears a sign of life."""

from __future__ import annotations

import math

import pytest
from gevent.event import Event

from sync_server.replication.patience import Patience, Pulse

BEATS = 20
LONG = 60_000


def set_event() -> Event:
    event = Event()
    event.set()
    return event


def test_a_heartbeat_goes_before_a_timeout() -> None:
    assert Patience(0, LONG).waits
    assert Patience(0, LONG).deadline() == math.inf
    assert not Patience(0, None).waits


def test_signs_are_given_until_there_is_news() -> None:
    news = Event()
    told = []
    for sign in Pulse(Patience(0, BEATS), b"!").until(news, math.inf):
        told.append(sign)
        if len(told) == 3:
            news.set()

    assert told == [b"!"] * 3


def test_a_sign_that_is_due_is_given_whatever_news_there_is() -> None:
    pulse = Pulse(Patience(0, BEATS), b"!")
    told: list[bytes] = []
    while len(told) < 3:
        told += pulse.until(set_event(), math.inf)

    assert told == [b"!"] * 3


@pytest.mark.parametrize("patience", [Patience(1, None), Patience(0, None)])
def test_without_a_heartbeat_there_is_no_sign_until_the_deadline(patience: Patience) -> None:
    assert list(Pulse(patience, b"!").until(Event(), patience.deadline())) == []


def test_what_was_sent_is_a_sign_too() -> None:
    pulse = Pulse(Patience(0, LONG), b"!")
    pulse.heard()

    assert list(pulse.if_due()) == []
