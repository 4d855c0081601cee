"""Many clients that wait for one answer each, on sockets of their own, in one thread."""

from __future__ import annotations

import base64
import re
import selectors
import socket
import time
from collections.abc import Sequence

import orjson

_CHUNKED_END = b"0\r\n\r\n"
_BODY = re.compile(rb"\{.*\}", re.DOTALL)


class Waiters:
    """Connections to one server. They stay open from one answer to the next request."""

    def __init__(self, port: int, count: int) -> None:
        self._sockets = [_connected(port) for _ in range(count)]
        self._answers: dict[socket.socket, bytearray] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def close(self) -> None:
        """Ends every connection."""
        for one in self._sockets:
            one.close()

    def ask(self, requests: Sequence[bytes]) -> None:
        """Sends every connection its request, in turn from `requests`."""
        self._answers = {one: bytearray() for one in self._sockets}
        for position, one in enumerate(self._sockets):
            one.sendall(requests[position % len(requests)])

    def last_answered(self, within: float = 60.0) -> float:
        """When the last connection had its whole answer, as `time.monotonic` tells it.

        Raises:
            TimeoutError: some have none after `within` seconds.
        """
        deadline = time.monotonic() + within
        with selectors.DefaultSelector() as selector:
            for one in self._sockets:
                selector.register(one, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise TimeoutError(f"{len(selector.get_map())} waiters have no answer")
                for key, _ in ready:
                    assert isinstance(key.fileobj, socket.socket)
                    if self._read(key.fileobj):
                        selector.unregister(key.fileobj)
        return time.monotonic()

    def bodies(self) -> list[dict[str, object]]:
        """The JSON objects that were answered, in the order of the connections."""
        found = [_BODY.search(self._answers[one]) for one in self._sockets]
        return [orjson.loads(match[0]) if match else {} for match in found]

    def is_answered(self) -> bool:
        """Whether any connection has been told more than that there will be an answer."""
        with selectors.DefaultSelector() as selector:
            for one in self._sockets:
                selector.register(one, selectors.EVENT_READ)
            for key, _ in selector.select(0):
                assert isinstance(key.fileobj, socket.socket)
                self._read(key.fileobj)
        return any(b"{" in answer for answer in self._answers.values())

    def _read(self, one: socket.socket) -> bool:
        """Reads what is there; whether the answer is complete."""
        answer = self._answers[one]
        answer += one.recv(65_536)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"a waiter was answered {bytes(answer[:200])!r}")
        return answer.endswith(_CHUNKED_END)


def waiting_request(path: str, name: str = "", secret: str = "") -> bytes:
    """A GET request for plain JSON, signed in with Basic credentials where a name is given."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += ["Accept: application/json", "Accept-Encoding: identity"]
    if name:
        credentials = base64.b64encode(f"{name}:{secret}".encode()).decode()
        lines.append(f"Authorization: Basic {credentials}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
