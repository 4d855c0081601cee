from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.api import Api, is_error, revision

FIRST, SECOND = "1-" + "a" * 32, "2-" + "b" * 32


def test_each_new_edit_is_answered_in_its_place(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api, Transaction Semantics."""
    standing = open_db.write({"_id": "a"})
    documents = [{"_id": "b"}, {"_id": "a"}, {"n": 1}, {"_id": "a", "_rev": standing, "n": 2}]

    answer = open_db.post("_bulk_docs", {"docs": documents})

    rows = answer.json()
    assert answer.status_code == 201
    assert (rows[0]["ok"], rows[0]["id"], rows[0]["rev"][:2]) == (True, "b", "1-")
    assert (rows[1]["id"], rows[1]["error"]) == ("a", "conflict")
    assert rows[1]["reason"] == "Document update conflict."
    assert open_db.get(rows[2]["id"]).json()["n"] == 1
    assert rows[3]["rev"].startswith("2-")


def test_replicated_revisions_are_stored_as_they_came_and_not_answered(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, update_docs/4: only errors of replicated edits are told."""
    assert open_db.push(revision({"_id": "a"}, FIRST), revision({"_id": "a"}, SECOND, FIRST)) == []

    assert open_db.get("a").json()["_rev"] == SECOND


def test_a_repeated_replication_changes_nothing(open_db: Api) -> None:
    """Source: CouchDB, couch_db_updater.erl, merge_rev_trees/3, "nothing changed"."""
    document = revision({"_id": "a", "n": 1}, FIRST)
    open_db.push(document)
    before = open_db.last_seq()

    assert open_db.push(document, document) == []
    assert open_db.last_seq() == before


def test_documents_are_deleted_in_bulk(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api, Updating Documents in Bulk."""
    rev = open_db.write({"_id": "a"})

    (row,) = open_db.post(
        "_bulk_docs", {"docs": [{"_id": "a", "_rev": rev, "_deleted": True}]}
    ).json()

    assert row["ok"] is True
    assert open_db.get("a").json()["reason"] == "deleted"


def test_a_refused_document_does_not_stop_its_neighbours(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Not there; CouchDB refuses the whole request."""
    bad = [7, None, {"_id": 7}, {"_id": "x", "_unknown": 1}, {"_id": "_x"}, {"_id": "y", "_rev": 1}]

    rows = open_db.post("_bulk_docs", {"docs": [{"_id": "a"}, *bad, {"_id": "b"}]}).json()

    assert [row.get("ok", False) for row in rows] == [True, *[False] * len(bad), True]
    assert all({"error", "reason"} <= row.keys() for row in rows[1:-1])


@pytest.mark.parametrize(
    "body", [{}, [], 7, None, "docs", {"docs": None}, {"docs": {}}, {"docs": 7}, {"docs": "a"}]
)
def test_a_body_without_documents_is_a_bad_request(open_db: Api, body: object) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert is_error(open_db.request("POST", "_bulk_docs", json=body), 400, "bad_request")


def test_no_documents_are_no_error(open_db: Api) -> None:
    """Source: CouchDB, fabric_doc_update.erl, go/3."""
    assert open_db.post("_bulk_docs", {"docs": []}).json() == []
    assert open_db.push() == []


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"_rev": 7},
        {"_rev": "7"},
        {"_rev": FIRST, "_revisions": {"start": 1, "ids": []}},
        {"_rev": FIRST, "_revisions": {"start": "1", "ids": ["a" * 32]}},
        {"_rev": FIRST, "_revisions": {"start": 1, "ids": ["a" * 32, "b" * 32]}},
        {"_rev": FIRST, "_revisions": {"start": 1, "ids": [7]}},
        {"_rev": FIRST, "_revisions": {"start": -1, "ids": ["a"]}},
        {"_rev": FIRST, "_revisions": {"start": 10**30, "ids": ["a"]}},
        {"_rev": FIRST, "_revisions": {"start": True, "ids": ["a" * 32]}},
        {"_rev": FIRST, "_revisions": {}},
        {"_rev": SECOND, "_revisions": {"start": 1, "ids": ["a" * 32]}},
        {"_rev": FIRST, "_attachments": 7},
        {"_rev": FIRST, "_attachments": {"a": 7}},
        {"_rev": FIRST, "_attachments": {"a": {"data": 7}}},
        {"_rev": FIRST, "_attachments": {"a": {"data": "?"}}},
        {"_rev": FIRST, "_attachments": {"a": {"stub": True, "digest": {}}}},
        {"_rev": FIRST, "_attachments": {"": {"data": ""}}},
        {"_rev": FIRST, "text": "\ud800"},
        {"_rev": FIRST, "\ud800": 1},
    ],
)
def test_a_malformed_replicated_document_is_refused_in_its_row(open_db: Api, members: dict) -> None:
    """Ours: CouchDB refuses the whole request, or takes some of these."""
    rows = open_db.push({"_id": "a", **members}, revision({"_id": "b"}, FIRST))

    assert [row["id"] for row in rows] == ["a"]
    assert {"error", "reason"} <= rows[0].keys()
    assert open_db.get("a").status_code == 404
    assert open_db.get("b").status_code == 200


def test_five_hundred_documents_are_taken_at_once(open_db: Api) -> None:
    """Source: CouchDB's documentation, config/replicator, `worker_batch_size`."""
    documents = [revision({"_id": f"d{n:03}"}, FIRST) for n in range(500)]

    assert open_db.push(*documents) == []
    assert open_db.get().json()["doc_count"] == 500


def test_a_refused_revision_is_told_by_its_id(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, update_doc_result_to_json/1."""
    stub = {"f": {"stub": True, "digest": "md5-x"}}
    sent = [
        revision({"_id": "a", "_attachments": stub}, "2-b", "1-a"),
        revision({"_id": "a", "_attachments": stub}, "2-c", "1-a"),
        revision({"_id": "b", "_unknown": 1}, "1-d"),
    ]

    rows = open_db.push(*sent)

    assert [(row["id"], row["rev"]) for row in rows] == [("a", "2-b"), ("a", "2-c"), ("b", "1-d")]


@pytest.mark.parametrize("value", ["false", 0, None, []])
def test_new_edits_that_is_neither_true_nor_false_stores_nothing(open_db: Api, value: Any) -> None:
    """Source: CouchDB, chttpd_db.erl, "`new_edits` parameter must be a boolean"."""
    answer = open_db.post("_bulk_docs", {"docs": [{"_id": "a"}], "new_edits": value})

    assert is_error(answer, 400, "bad_request")
    assert open_db.get("a").status_code == 404
