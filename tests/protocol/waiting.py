"""Readers of the feed who wait for the next change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson

from tests.protocol.api import Api, Json

_SECONDS_BETWEEN_WRITES = 0.3


class Waiting:
    """A long-poll that waits: the server has given its first sign of life."""

    def __init__(self, api: Api, since: str, body: Json | None = None, **more: Any) -> None:
        parameters = {"feed": "longpoll", "heartbeat": 1000, "since": since, **more}
        method = "GET" if body is None else "POST"
        self._answer = api.request(method, "_changes", parameters, json=body, stream=True)
        assert self._answer.status_code == 200, self._answer.text
        self._content: Iterator[bytes] = self._answer.iter_content(1)
        assert self.still_waits()

    def still_waits(self) -> bool:
        """Whether the next that the server sends is a sign of life, too."""
        return next(self._content) == b"\n"

    def told(self) -> Json:
        """The answer in the end."""
        told: Json = orjson.loads(b"".join(self._content))
        return told

    def close(self) -> None:
        self._answer.close()


@contextmanager
def busy(api: Api) -> Iterator[None]:
    """A database that is written more often than signs of life are due."""
    ended = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_write_until, ended, api)
        try:
            yield
        finally:
            ended.set()
        writing.result()


def _write_until(ended: threading.Event, api: Api) -> None:
    number = 0
    while not ended.wait(_SECONDS_BETWEEN_WRITES):
        api.write({"_id": f"busy-{number}"})
        number += 1
