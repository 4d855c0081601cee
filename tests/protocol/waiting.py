"""Readers of the feed who wait for the next change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tests.protocol.api import Api, Json


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
