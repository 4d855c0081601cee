"""`kanaf replicate` between two servers, as somebody runs it."""

from __future__ import annotations

import os
import re
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import requests

from tests.protocol.api import Api, Json
from tests.support.server import ADMIN, COMMAND_SECONDS, KANAF, KanafServer

CREDENTIALS = ":".join(ADMIN)
SECONDS = 60


@dataclass(frozen=True)
class Said:
    """How a replication ended.

    Attributes:
        summary: what it wrote to standard output.
        lines: what it wrote to standard error.
    """

    status: int
    summary: str
    lines: str

    @property
    def changes(self) -> int:
        return self._number(r"([\d,]+) changes read")

    @property
    def written(self) -> int:
        return self._number(r"([\d,]+) documents written")

    @property
    def refused(self) -> int:
        return self._number(r"([\d,]+) refused")

    @property
    def bytes_read(self) -> int:
        return self._number(r"([\d,]+) bytes from the source")

    @property
    def bytes_written(self) -> int:
        return self._number(r"([\d,]+) to the target")

    def _number(self, pattern: str) -> int:
        found = re.search(pattern, self.summary)
        assert found, self
        return int(found[1].replace(",", ""))


class Pair:
    """Two servers, and an open database on each that has the same name."""

    def __init__(self, here: KanafServer, there: KanafServer, admin: requests.Session) -> None:
        self.here, self.there = here, there
        self.name = f"open-{uuid.uuid4().hex}"
        self.source = Api(f"{here.url}/sync/{self.name}", admin)
        self.target = Api(f"{there.url}/sync/{self.name}", admin)
        for database in (self.source, self.target):
            assert database.put().status_code == 201

    def begin(
        self,
        *options: str,
        source: str | None = None,
        target: str | None = None,
        **environment: str,
    ) -> subprocess.Popen[str]:
        """Starts a replication, from the one database to the other unless told otherwise."""
        others = {name: value for name, value in os.environ.items() if name[:6] != "KANAF_"}
        accounts = {"KANAF_SOURCE_AUTH": CREDENTIALS, "KANAF_TARGET_AUTH": CREDENTIALS}
        return subprocess.Popen(
            [*KANAF, "replicate", source or self.source.url, target or self.target.url, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**others, **accounts, **environment},
        )

    def run(self, *options: str, expect: int | None = 0, **more: str) -> Said:
        """A replication that has ended, with this exit status."""
        said = ended(self.begin(*options, **more))
        assert expect in (None, said.status), said
        return said

    def at(self, port: int) -> str:
        """The address of either database by way of a link to its server."""
        return f"http://127.0.0.1:{port}/sync/{self.name}"


def ended(process: subprocess.Popen[str]) -> Said:
    """How a replication ends."""
    try:
        summary, lines = process.communicate(timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        summary, lines = process.communicate()
        raise AssertionError(f"it does not end: {summary}{lines}") from None
    assert "Traceback" not in lines, lines
    assert "Exception ignored" not in lines, lines
    return Said(process.returncode, summary, lines)


def leaves(database: Api) -> dict[str, list[Json]]:
    """All that a database holds: each document's leaves with their history and attachments."""
    rows = database.get("_changes", style="all_docs").json()["results"]
    return {row["id"]: _leaves(database, row["id"]) for row in rows}


def _leaves(database: Api, name: str) -> list[Json]:
    path = quote(name, safe="").replace("_design%2F", "_design/")
    told = database.get(path, open_revs="all", revs=True, attachments=True).json()
    return sorted((row["ok"] for row in told), key=lambda leaf: str(leaf["_rev"]))


def soon(is_so: Callable[[], bool]) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.1)
