"""A database over HTTP that refuses each document and hangs up on whoever waits for news.

It stands for no server of ours; it makes PouchDB say how it takes that.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASSWORD = "wadi-11"
REASON = "not_allowed: the case belongs to another agency"


class RefusingDatabase(BaseHTTPRequestHandler):
    """Knows one user, amina, and answers as CouchDB does."""

    def do_GET(self) -> None:
        if not self._is_amina():
            self._answer(401, {"error": "unauthorized", "reason": "who are you?"})
        elif "feed=longpoll" in self.path:
            self.close_connection = True
        elif "/_changes" in self.path:
            self._answer(200, {"results": [], "last_seq": 0})
        elif "/_local/" in self.path:
            self._answer(404, {"error": "not_found", "reason": "missing"})
        else:
            self._answer(200, {"uuid": "1", "db_name": "sudan", "update_seq": 0})

    def do_PUT(self) -> None:
        self._body()
        self._answer(201, {"ok": True, "rev": "0-1"})

    def do_POST(self) -> None:
        body = self._body()
        if self.path.endswith("/_revs_diff"):
            self._answer(200, {doc_id: {"missing": revs} for doc_id, revs in body.items()})
        else:
            rows = [
                {"id": doc["_id"], "error": "forbidden", "reason": REASON} for doc in body["docs"]
            ]
            self._answer(201, rows)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _is_amina(self) -> bool:
        # "amina:wadi-11" in base 64
        return self.headers["Authorization"] == "Basic YW1pbmE6d2FkaS0xMQ=="

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def refusing_server() -> Iterator[str]:
    """The address of a database named sudan."""
    with ThreadingHTTPServer(("127.0.0.1", 0), RefusingDatabase) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/sync/sudan"
        server.shutdown()
