"""Single requests to the server, as a program beside the tablets makes them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from tablet.stock import Credentials

Row = dict[str, Any]

_TIME_LIMIT_SECONDS = 30


@dataclass(frozen=True)
class Web:
    """The server's addresses beside replication. A request raises OSError when it is refused.

    Attributes:
        url: the server's, without a slash at the end.
    """

    url: str
    database: str

    def is_ready(self) -> bool:
        """Whether the server is there and ready."""
        try:
            self._open(Request(f"{self.url}/healthz"))
        except (OSError, HTTPException, ValueError):  # nobody, or somebody else
            return False
        return True

    def conflicts(self, auth: Credentials) -> list[Row]:
        """The open conflicts that somebody sees: `document`, `rev` and the candidates, `open`."""
        rows: list[Row] = self._get(f"/api/v1/{self.database}/conflicts", auth)["conflicts"]
        return rows

    def quarantine(self, auth: Credentials) -> list[Row]:
        """The refused documents that somebody sees: `document`, `rev`, `reason`, `problems`, ..."""
        rows: list[Row] = self._get(f"/api/v1/{self.database}/quarantine", auth)["quarantine"]
        return rows

    def shows(self, document_id: str, auth: Credentials) -> bool:
        """Whether somebody may read a document; False where the server says there is none."""
        try:
            self._get(f"/sync/{self.database}/{quote(document_id, safe='')}", auth)
        except HTTPError as refusal:
            if refusal.code == 404:
                return False
            raise
        return True

    def _get(self, path: str, auth: Credentials) -> Any:
        pair = base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode()
        request = Request(self.url + path, headers={"Authorization": f"Basic {pair}"})
        return self._open(request)

    def _open(self, request: Request) -> Any:
        direct = build_opener(ProxyHandler({}))
        with direct.open(request, timeout=_TIME_LIMIT_SECONDS) as answer:
            return json.load(answer)
