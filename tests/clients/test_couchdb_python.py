"""An open database through the client library that the organisation's scripts use."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import couchdb
import pytest

from tests.protocol.api import Api, revision
from tests.protocol.cases import new_rev
from tests.support.server import ADMIN, KanafServer

pytestmark = pytest.mark.clients
SECONDS = 60
Tool = Callable[..., bytes]


@pytest.fixture
def client(server: KanafServer) -> couchdb.Server:
    name, password = (quote(one, safe="") for one in ADMIN)
    return couchdb.Server(f"http://{name}:{password}@127.0.0.1:{server.port}/sync/")


@pytest.fixture
def database(client: couchdb.Server) -> Iterator[couchdb.Database]:
    yield client.create("by-client")
    client.delete("by-client")


@pytest.fixture
def tool() -> Tool:
    """Runs one of the client's own commands, signed in; what it prints."""

    def run(name: str, *arguments: str) -> bytes:
        user, password = ADMIN
        account = ["--username", user, "--password", password]
        ended = subprocess.run(
            [sys.executable, "-m", f"couchdb.tools.{name}", *account, *arguments],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr.decode(errors="replace")
        return ended.stdout

    return run


def test_a_database_is_created_found_and_deleted(client: couchdb.Server) -> None:
    client.create("created-by-client")

    assert "created-by-client" in client
    assert "created-by-client" in list(client)
    with pytest.raises(couchdb.PreconditionFailed):
        client.create("created-by-client")
    client.delete("created-by-client")
    assert "created-by-client" not in client


def test_a_document_is_saved_read_changed_and_deleted(database: couchdb.Database) -> None:
    name, first = database.save({"_id": "a", "n": 1})
    document = database["a"]
    document["n"] = 2
    _, second = database.save(document)

    assert (name, database["a"].rev, database["a"]["n"]) == ("a", second, 2)
    assert database.get("a", rev=first)["n"] == 1
    assert [one.rev for one in database.revisions("a")] == [second, first]
    database.delete(database["a"])
    assert "a" not in database
    assert database.get("a") is None


def test_a_document_without_an_id_gets_one(database: couchdb.Database) -> None:
    name, _ = database.save({"n": 1})

    assert database[name]["n"] == 1


def test_saving_over_what_was_not_read_is_a_conflict(database: couchdb.Database) -> None:
    database.save({"_id": "a", "n": 1})

    with pytest.raises(couchdb.ResourceConflict):
        database.save({"_id": "a", "n": 2})


def test_many_documents_are_updated_at_once(database: couchdb.Database) -> None:
    rows = database.update([{"_id": "a"}, {"_id": "b"}])
    again = database.update([{"_id": "a"}, {"_id": "c"}])

    assert [row[:2] for row in rows] == [(True, "a"), (True, "b")]
    assert (again[0][0], isinstance(again[0][2], couchdb.ResourceConflict)) == (False, True)
    assert len(database) == 3


def test_all_documents_are_listed(database: couchdb.Database) -> None:
    database.update([{"_id": "a"}, {"_id": "b"}, {"_id": "c"}])

    assert list(database) == ["a", "b", "c"]
    rows = database.view("_all_docs", startkey="b", include_docs=True).rows
    assert [row.doc.id for row in rows] == ["b", "c"]
    assert [row.id for row in database.view("_all_docs", keys=["c", "a"])] == ["c", "a"]


def test_changes_are_read_from_where_one_stopped(database: couchdb.Database) -> None:
    database.save({"_id": "a"})
    first = database.changes()
    database.save({"_id": "b"})

    assert [row["id"] for row in first["results"]] == ["a"]
    later = database.changes(since=first["last_seq"])
    assert [row["id"] for row in later["results"]] == ["b"]


def test_attachments_are_put_read_and_deleted(database: couchdb.Database) -> None:
    database.save({"_id": "a"})
    document = database["a"]

    database.put_attachment(document, BytesIO(b"content"), "f.txt", "text/plain")

    assert database.get_attachment("a", "f.txt").read() == b"content"
    database.delete_attachment(database["a"], "f.txt")
    assert database.get_attachment("a", "f.txt") is None


def test_the_server_says_who_it_is_and_gives_ids(client: couchdb.Server) -> None:
    assert client.version_info()
    assert len(set(client.uuids(3))) == 3


def test_documents_are_read_page_by_page(database: couchdb.Database) -> None:
    database.update([{"_id": f"d{n:02}"} for n in range(25)])

    assert [row.id for row in database.iterview("_all_docs", 10)] == [f"d{n:02}" for n in range(25)]


def test_a_document_is_copied(database: couchdb.Database) -> None:
    database.save({"_id": "a", "n": 1})

    rev = database.copy("a", "b")

    assert (database["b"].rev, database["b"]["n"]) == (rev, 1)


def test_conflicts_are_seen_and_settled(database: couchdb.Database) -> None:
    root = new_rev(1)
    edits = [revision({"_id": "a", "n": n}, new_rev(2), root) for n in (1, 2)]
    assert database.update(edits, new_edits=False) == []

    seen = database.get("a", conflicts=True)
    leaves = database.get("a", open_revs="all")
    database.delete({"_id": "a", "_rev": seen["_conflicts"][0]})

    assert {leaf["ok"]["n"] for leaf in leaves} == {1, 2}
    assert "_conflicts" not in database.get("a", conflicts=True)
    assert database["a"].rev == seen.rev


def test_security_is_kept(database: couchdb.Database) -> None:
    members = {"admins": {"names": ["root-admin"], "roles": []}, "members": {}}

    database.security = members

    assert database.security["admins"]["names"] == ["root-admin"]
    assert database.commit()["ok"] is True
    assert database.compact() is True


def test_changes_of_a_selector_are_read(database: couchdb.Database) -> None:
    database.update([{"_id": f"d{n}", "n": n} for n in range(6)])

    told = database.changes(filter="_selector", _selector={"selector": {"n": {"$gt": 3}}})

    assert sorted(row["id"] for row in told["results"]) == ["d4", "d5"]


def test_a_continuous_feed_tells_what_is_written_while_it_waits(
    database: couchdb.Database,
) -> None:
    database.save({"_id": "before"})
    feed = database.changes(feed="continuous", since=0, heartbeat=1_000, include_docs=True)

    before = next(feed)
    _, rev = database.save({"_id": "after", "n": 1})
    after = next(feed)
    feed.close()

    assert before["id"] == "before"
    assert after["doc"] == {"_id": "after", "_rev": rev, "n": 1}


def test_a_continuous_feed_ends_with_where_it_stopped(database: couchdb.Database) -> None:
    database.update([{"_id": "a"}, {"_id": "b"}])

    *rows, last = database.changes(feed="continuous", since=0, timeout=100)

    assert [row["id"] for row in rows] == ["a", "b"]
    assert last == {"last_seq": rows[-1]["seq"], "pending": 0}


def test_a_dump_is_loaded_into_another_database(
    tool: Tool, open_db: Api, database: couchdb.Database, tmp_path: Path
) -> None:
    """The tools keep documents and attachments, and give every document a first revision again."""
    content, dump = secrets.token_bytes(30_000), tmp_path / "dump"
    documents = [{"_id": f"d{n:02}", "n": n, "name": "مثال"} for n in range(12)]
    open_db.push(*(revision(one, new_rev(3)) for one in documents))
    open_db.request("PUT", "photo/p.png", data=content, headers={"Content-Type": "image/png"})

    dump.write_bytes(tool("dump", "--bulk-size", "5", open_db.url))
    tool("load", "--input", str(dump), f"{_address(open_db)}/{database.name}")

    *loaded, photo = [row.doc for row in database.view("_all_docs", include_docs=True)]
    assert [{name: one[name] for name in ("_id", "n", "name")} for one in loaded] == documents
    assert {one.rev[:2] for one in [*loaded, photo]} == {"1-"}
    assert database.get_attachment("photo", "p.png").read() == content


def _address(database: Api) -> str:
    """The address that databases of the same server are below."""
    return database.url.rpartition("/")[0]
