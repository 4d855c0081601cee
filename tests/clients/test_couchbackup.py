"""An open database backed up and restored by couchbackup."""

from __future__ import annotations

import json
import secrets
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tablet.stock import node_command
from tests.protocol.api import Api, revision
from tests.protocol.cases import new_rev
from tests.support.server import ADMIN, KanafServer

pytestmark = pytest.mark.clients
SECONDS = 60


class CouchBackup:
    """The two commands, for the databases of a server."""

    def __init__(self, clients: Path, server: KanafServer, folder: Path) -> None:
        self._programs = clients / "node_modules" / "@cloudant" / "couchbackup" / "bin"
        self._folder = folder
        name, password = (quote(one, safe="") for one in ADMIN)
        self._url = f"http://{name}:{password}@127.0.0.1:{server.port}/sync"

    def backup(self, database: Api, *options: str) -> bytes:
        log = str(self._folder / f"{uuid.uuid4().hex}.log")
        return self._run("couchbackup", database, b"", *options, *(["--log", log]))

    def restore(self, database: Api, content: bytes, *options: str) -> None:
        self._run("couchrestore", database, content, *options)

    def _run(self, program: str, database: Api, content: bytes, *options: str) -> bytes:
        name = database.url.rpartition("/")[2]
        ended = subprocess.run(
            [
                *node_command(),
                str(self._programs / f"{program}.bin.js"),
                *("--url", self._url, "--db", name, "--buffer-size", "20"),
                *options,
            ],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr.decode(errors="replace")
        return ended.stdout


@pytest.fixture
def couchbackup(clients: Path, server: KanafServer, tmp_path: Path) -> CouchBackup:
    return CouchBackup(clients, server, tmp_path)


@pytest.fixture
def empty(open_db: Api) -> Iterator[Api]:
    """Another database, to restore into."""
    other = Api(f"{open_db.url}-restored", open_db.session)
    assert other.put().status_code == 201
    yield other
    other.delete()


def leaves(database: Api, document: str) -> set[str]:
    told = database.get(document, open_revs="all").json()
    return {leaf["ok"]["_rev"] for leaf in told}


def test_all_documents_come_back_with_their_revisions(
    couchbackup: CouchBackup, open_db: Api, empty: Api
) -> None:
    open_db.push(*(revision({"_id": f"d{n}", "n": n}, new_rev(2), new_rev(1)) for n in range(90)))

    couchbackup.restore(empty, couchbackup.backup(open_db))

    asked = {"include_docs": True}
    assert empty.get("_all_docs", **asked).json() == open_db.get("_all_docs", **asked).json()
    assert empty.get("d7", revs=True).json() == open_db.get("d7", revs=True).json()


def test_conflicts_and_tombstones_come_back(
    couchbackup: CouchBackup, open_db: Api, empty: Api
) -> None:
    root = new_rev(1)
    open_db.push(*(revision({"_id": "a", "n": n}, new_rev(2), root) for n in range(3)))
    open_db.delete("gone", rev=open_db.write({"_id": "gone"}))

    couchbackup.restore(empty, couchbackup.backup(open_db))

    assert leaves(empty, "a") == leaves(open_db, "a")
    assert len(leaves(empty, "a")) == 3
    assert leaves(empty, "gone") == leaves(open_db, "gone")
    assert empty.get("gone").json()["reason"] == "deleted"


def test_attachments_come_back_when_they_are_asked_for(
    couchbackup: CouchBackup, open_db: Api, empty: Api
) -> None:
    content = secrets.token_bytes(50_000)
    open_db.request("PUT", "a/f.bin", data=content, headers={"Content-Type": "image/png"})

    couchbackup.restore(empty, couchbackup.backup(open_db, "--attachments"), "--attachments")

    assert empty.get("a/f.bin").content == content
    assert empty.get("a").json() == open_db.get("a").json()


def test_a_shallow_backup_holds_the_winners(
    couchbackup: CouchBackup, open_db: Api, empty: Api
) -> None:
    root = new_rev(1)
    open_db.push(*(revision({"_id": f"d{n}"}, new_rev(2), root) for n in range(45)))

    couchbackup.restore(empty, couchbackup.backup(open_db, "--mode", "shallow"))

    assert empty.get("_all_docs").json() == open_db.get("_all_docs").json()


def test_a_backup_of_nothing_is_no_backup(couchbackup: CouchBackup, open_db: Api) -> None:
    first, *rest = couchbackup.backup(open_db).splitlines()

    assert json.loads(first)["name"] == "@cloudant/couchbackup"
    assert rest == []
