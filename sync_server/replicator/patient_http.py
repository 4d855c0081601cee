"""The `couchdb` library's HTTP client, with what it lacks on bad links.

The library sends a body with one call, which has to end before the timeout however slow the link
is; keeps what it read; and follows redirects with the credentials.
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from couchdb import http as couchdb_http

from sync_server.config import PRODUCT, VERSION

PIECE = 65_536
"""Bytes that are sent or read at a time."""
TIMEOUT = 60
"""Seconds in which something has to happen, be it a piece of a body that is sent or received."""


class _InPieces(HTTPConnection):
    """Sends a body in pieces, each of which has the whole timeout for itself."""

    def send(self, data: Any) -> None:
        """Sends what is given, as `HTTPConnection.send` does."""
        if not isinstance(data, bytes):
            super().send(data)
            return
        for start in range(0, len(data), PIECE):
            super().send(data[start : start + PIECE])


class _SecurelyInPieces(_InPieces, HTTPSConnection):
    """The same over TLS."""


class _Pool(couchdb_http.ConnectionPool):  # type: ignore[misc]  # couchdb has no types
    """Connections that wait for the next request."""

    def get(self, url: str) -> HTTPConnection:
        """A connection that is connected, or was."""
        scheme, host = urlsplit(url)[:2]
        with self.lock:
            idle: list[HTTPConnection] = self.conns.setdefault((scheme, host), [])
            if idle:
                return idle.pop()
        kind = _SecurelyInPieces if scheme == "https" else _InPieces
        connection = kind(host, timeout=self.timeout)
        connection.connect()
        return connection


class _NoCache:
    """Keeps nothing: documents stay nowhere but in the two databases."""

    def get(self, url: str) -> None:
        """Nothing."""

    def put(self, url: str, response: object) -> None:
        """Does nothing."""

    def remove(self, url: str) -> None:
        """Does nothing."""


class PatientSession(couchdb_http.Session):  # type: ignore[misc]  # couchdb has no types
    """The library's session without its cache and redirects.

    It tries once more at once when a connection that was kept turns out to be closed.
    """

    def __init__(self) -> None:
        super().__init__(timeout=TIMEOUT, max_redirects=-1)
        self.user_agent = f"{PRODUCT}/{VERSION}"
        self.cache = _NoCache()
        self.connection_pool = _Pool(TIMEOUT)
