"""A server in front of a server, which answers some requests in its own way."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive", "server", "date")


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Own:
    """An answer of the front's own; `location` for one that sends elsewhere."""

    status: int
    body: bytes = b"{}"
    location: str | None = None
    content_type: str = "application/json"


Habit = Callable[[Asked], Own | None]


@contextmanager
def front(
    port: int, habit: Habit = lambda _: None, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """The port of a front to a server on another port; what `habit` leaves is passed on."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            own = habit(Asked(self.command, self.path, body))
            if own is not None:
                more = {"Location": own.location} if own.location else {}
                self._answer(own.status, {"Content-Type": own.content_type, **more}, own.body)
                return
            behind = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            behind.request(self.command, self.path, body, headers)
            answer = behind.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
            self._answer(answer.status, kept, answer.read())
            behind.close()

        do_GET = do_POST = do_PUT = _handle  # noqa: N815 - http.server finds them so

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
