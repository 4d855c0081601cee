"""A client that costs little: one connection, kept alive, bodies ready before the clock runs."""

from __future__ import annotations

import base64
from http.client import HTTPConnection
from typing import Any

import orjson

Credentials = tuple[str, str]
_SECONDS = 600


class Connection:
    """Requests of plain JSON to one server, one at a time."""

    def __init__(self, port: int, credentials: Credentials | None) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        if credentials is not None:
            signed = base64.b64encode(":".join(credentials).encode()).decode()
            self._headers["Authorization"] = f"Basic {signed}"

    def send(self, method: str, path: str, body: bytes | None = None) -> None:
        """Sends a request; `answer` has to be called before the next one."""
        self._http.request(method, path, body, self._headers)

    def answer(self) -> bytes:
        """The body that is answered; anything but success is an `AssertionError`."""
        response = self._http.getresponse()
        content = response.read()
        assert response.status in (200, 201), (response.status, content[:500])
        return content

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Sends a request and returns the body of its answer."""
        self.send(method, path, body)
        return self.answer()

    def ask_json(self, method: str, path: str, body: Any = None) -> Any:
        """The same for values; not for what is measured, since JSON costs time here."""
        return orjson.loads(self.ask(method, path, None if body is None else orjson.dumps(body)))

    def fileno(self) -> int:
        """Of the socket, so that a selector can wait for an answer."""
        return self._http.sock.fileno()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()
