"""An open database through the client library that the organisation's scripts use."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import couchdb
import pytest

from tests.support.server import ADMIN, KanafServer


@pytest.fixture
def client(server: KanafServer) -> couchdb.Server:
    name, password = (quote(one, safe="") for one in ADMIN)
    return couchdb.Server(f"http://{name}:{password}@127.0.0.1:{server.port}/sync/")


@pytest.fixture
def database(client: couchdb.Server) -> Iterator[couchdb.Database]:
    yield client.create("by-client")
    client.delete("by-client")


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
