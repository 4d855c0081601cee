"""A database of a running server, spoken to as any HTTP client would."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import requests

Json = dict[str, Any]
SECONDS = 30


class Api:
    """Requests below one address, with one account.

    Paths are given ready for a URL; parameters that are no text are sent as JSON, as CouchDB wants.
    Like clients of CouchDB they take JSON: a request that takes everything is answered in parts.
    """

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self.session = session

    def get(self, path: str = "", **parameters: Any) -> requests.Response:
        return self.request("GET", path, parameters)

    def delete(self, path: str = "", **parameters: Any) -> requests.Response:
        return self.request("DELETE", path, parameters)

    def put(self, path: str = "", body: Any = None, **parameters: Any) -> requests.Response:
        return self.request("PUT", path, parameters, json=body)

    def post(self, path: str = "", body: Any = None, **parameters: Any) -> requests.Response:
        return self.request("POST", path, parameters, json=body)

    def request(
        self, method: str, path: str, parameters: Json | None = None, **options: Any
    ) -> requests.Response:
        sent = {name: _written(value) for name, value in (parameters or {}).items()}
        address = f"{self.url}/{path}" if path else self.url
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        return self.session.request(
            method, address, params=sent, headers=headers, timeout=SECONDS, **options
        )

    # What nearly every test needs

    def write(self, document: Json) -> str:
        """Writes a document and returns its revision."""
        answer = self.put(quote(document["_id"], safe=""), document)
        assert answer.status_code == 201, answer.text
        rev: str = answer.json()["rev"]
        return rev

    def push(self, *documents: Json) -> list[Json]:
        """Writes documents as a replication does; returns the rows of those that failed."""
        answer = self.post("_bulk_docs", {"docs": list(documents), "new_edits": False})
        assert answer.status_code == 201, answer.text
        rows: list[Json] = answer.json()
        return rows

    def ids(self, since: str = "0") -> dict[str, Json]:
        """The rows of the feed after `since`, by document."""
        rows = self.get("_changes", since=since).json()["results"]
        return {row["id"]: row for row in rows}

    def last_seq(self) -> str:
        seq: str = self.get("_changes").json()["last_seq"]
        return seq


def revision(document: Json, *revs: str) -> Json:
    """A document as a replication sends it: with its revision, newest first, and those before."""
    generation, _, _ = revs[0].partition("-")
    ids = [rev.partition("-")[2] for rev in revs]
    return {**document, "_rev": revs[0], "_revisions": {"start": int(generation), "ids": ids}}


def is_error(answer: requests.Response, status: int, error: str) -> bool:
    """Whether an answer is CouchDB's JSON for an error, and this one."""
    told = answer.json()
    is_json = answer.headers["Content-Type"].startswith("application/json")
    is_whole = is_json and isinstance(told["reason"], str)
    assert (answer.status_code, told["error"]) == (status, error), answer.text
    return is_whole


def row_ids(answer: requests.Response) -> Sequence[str]:
    """The ids of an answer's rows, in their order."""
    return [row["id"] for row in answer.json()["rows"]]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
