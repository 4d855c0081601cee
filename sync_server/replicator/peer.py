"""What both databases of a replication are asked: what they are, and how far it has come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sync_server.replicator.failures import Answered, Lasting, Passing, explained
from sync_server.replicator.planning import Unintelligible
from sync_server.replicator.transport import Connection

Json = dict[str, Any]


class Peer:
    """A database that takes part in a replication."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._started = ""
        self._log_rev: str | None = None

    def verify(self) -> None:
        """Looks whether the database is there and lets us in.

        Raises:
            Lasting, Passing: it is not, or does not; see `explained`.

        Source: CouchDB documentation, replication/protocol, Verify Peers.
        """
        with self.understood():
            self._see()

    def read_log(self, log_id: str) -> Json:
        """The log of earlier checkpoints; empty where there is none.

        Raises:
            Lasting, Passing: see `explained`.
        """
        log = self._log(log_id)
        self._log_rev = log.get("_rev")
        return log

    def commit(self) -> None:
        """Has the database bring to disk what it was given.

        Raises:
            Passing: it was made anew or restarted since `verify`, so that nobody knows what it has.
            Lasting: see `explained`.
        """
        with self.understood():
            told = self._json("POST", ["_ensure_full_commit"])
        if str(told.get("instance_start_time", self._started)) != self._started:
            raise Passing(f"the {self.connection.role} was started anew")

    def write_log(self, log_id: str, log: Json) -> None:
        """Writes the log over the one that was read or written before.

        Raises:
            Passing: somebody else has written one meanwhile, or the database was made anew.
            Lasting: see `explained`.
        """
        written = {**log, "_id": f"_local/{log_id}"}
        if self._log_rev is not None:
            written["_rev"] = self._log_rev
        with self.understood():
            try:
                told = self._json("PUT", ["_local", log_id], body=json_bytes(written))
                self._log_rev = told.get("rev")
            except Answered as answered:
                if answered.status != 409:
                    raise
                there = self._log(log_id)
                if not there:
                    raise Passing(f"the {self.connection.role} was made anew") from None
                if {name: there.get(name) for name in log} != log:
                    raise Passing(
                        "another replication between the same databases is under way: end one"
                    ) from None
                self._log_rev = there.get("_rev")  # it was written, and only the answer was lost

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Turns errors that concern the whole database into sentences.

        Raises:
            Lasting, Passing: instead of `Answered` and `Unintelligible`.
        """
        try:
            yield
        except Answered as answered:
            connection = self.connection
            raise explained(answered, connection.role, connection.url) from None
        except Unintelligible:
            raise self.connection.unintelligible() from None

    def _log(self, log_id: str) -> Json:
        with self.understood():
            try:
                return self._json("GET", ["_local", log_id])
            except Answered as answered:
                if answered.status == 404:
                    return {}
                raise

    def _see(self) -> None:
        """As `verify`.

        Raises:
            Answered: with the database's error.
        """
        told = self._json("GET")
        if "update_seq" not in told:
            url = self.connection.url
            raise Lasting(f"{url} is no database: a Kanaf's is https://example.org/sync/database")
        self._started = self._started or str(told.get("instance_start_time", ""))

    def _json(self, method: str, path: tuple[str, ...] | list[str] = (), **options: Any) -> Json:
        told = self.connection.json(method, path, **options)
        if not isinstance(told, dict):
            raise Unintelligible
        return told


def json_bytes(value: Any) -> bytes:
    """JSON in ASCII, which holds half a character as it came."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def document_path(document_id: str) -> list[str]:
    """The segments of a document's address; the slash of a design document's id stays one."""
    if document_id.startswith("_design/"):
        return ["_design", document_id.removeprefix("_design/")]
    return [document_id]
