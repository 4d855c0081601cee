"""The peer of a waiting reader: Flask, an Event a request, and nothing else; run by gunicorn."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response
from gevent.event import Event

app = Flask(__name__)
_waiting: set[Event] = set()


@app.get("/wait")
def wait() -> Response:
    """Answers once there is news."""
    return Response(_answer(), mimetype="application/json")


@app.get("/tell")
def tell() -> Response:
    """Wakes all who wait."""
    for event in list(_waiting):
        event.set()
    return Response("{}", mimetype="application/json")


def _answer() -> Iterator[bytes]:
    event = Event()
    _waiting.add(event)
    try:
        event.wait()
    finally:
        _waiting.discard(event)
    yield b'{"results":[]}\n'
