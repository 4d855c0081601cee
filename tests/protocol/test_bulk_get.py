from __future__ import annotations

import base64

import pytest

from tests.protocol.api import Api, is_error, revision

FIRST, SECOND = "1-" + "a" * 32, "2-" + "b" * 32
OTHER, THIRD = "2-" + "c" * 32, "2-" + "d" * 32


@pytest.fixture
def filled(open_db: Api) -> Api:
    open_db.push(revision({"_id": "a", "n": 1}, FIRST), revision({"_id": "a"}, SECOND, FIRST))
    return open_db


def test_revisions_are_read_with_their_history(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api, `_bulk_get`, `revs`."""
    asked = {"docs": [{"id": "a", "rev": SECOND}, {"id": "a", "rev": FIRST}]}

    rows = filled.post("_bulk_get", asked, revs=True).json()["results"]

    assert [row["id"] for row in rows] == ["a", "a"]
    told = rows[0]["docs"][0]["ok"]
    assert told["_revisions"] == {"start": 2, "ids": ["b" * 32, "a" * 32]}
    assert rows[1]["docs"][0]["ok"]["n"] == 1


def test_without_a_revision_all_leaves_are_read_deleted_ones_too(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, bulk_get_open_doc_revs1/4."""
    tombstone = {"_id": "a", "_deleted": True}
    filled.push(revision({"_id": "a"}, OTHER, FIRST), revision(tombstone, THIRD, FIRST))
    filled.push(revision({**tombstone, "_id": "gone"}, SECOND, FIRST))

    rows = filled.post("_bulk_get", {"docs": [{"id": "a"}, {"id": "gone"}]}).json()["results"]

    a, gone = [
        {doc["ok"]["_rev"]: doc["ok"].get("_deleted") for doc in row["docs"]} for row in rows
    ]
    assert a == {SECOND: None, OTHER: None, THIRD: True}
    assert gone == {SECOND: True}


def test_with_latest_the_descendants_are_read(filled: Api) -> None:
    """Source: CouchDB, chttpd_bulk_get_test.erl, t_ancestor_rev_latest/1."""
    (row,) = filled.post("_bulk_get", {"docs": [{"id": "a", "rev": FIRST}]}, latest=True).json()[
        "results"
    ]

    assert [doc["ok"]["_rev"] for doc in row["docs"]] == [SECOND]


def test_what_is_not_here_has_an_error_in_its_row(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, bulk_get_json_error_map/4."""
    asked = {"docs": [{"id": "never"}, {"id": "a", "rev": "7-x"}, {"id": "a", "rev": "bad"}]}

    rows = filled.post("_bulk_get", asked).json()["results"]

    assert len(rows) == 3
    for row in rows:
        assert {"id", "rev", "error", "reason"} <= row["docs"][0]["error"].keys()


def test_attachments_come_as_stubs_or_with_their_content(open_db: Api) -> None:
    """Source: CouchDB, chttpd_bulk_get_test.erl, t_doc_all_revs/1 and t_attachments_true/1."""
    data = base64.b64encode(b"content").decode()
    open_db.write({"_id": "a", "_attachments": {"f": {"content_type": "text/plain", "data": data}}})
    asked = {"docs": [{"id": "a"}]}

    stub = open_db.post("_bulk_get", asked).json()["results"][0]["docs"][0]["ok"]
    whole = open_db.post("_bulk_get", asked, attachments=True).json()["results"][0]["docs"][0]["ok"]

    assert stub["_attachments"]["f"]["stub"] is True
    assert whole["_attachments"]["f"]["data"] == data


@pytest.mark.parametrize(
    "body", [{}, [], 7, None, {"docs": 7}, {"docs": {}}, {"docs": [7]}, {"docs": [None]}]
)
def test_a_body_without_ids_is_a_bad_request(open_db: Api, body: object) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert is_error(open_db.request("POST", "_bulk_get", json=body), 400, "bad_request")


@pytest.mark.parametrize(
    "asked",
    [{"id": 7}, {"id": "\ud800"}, {"id": "a\x00"}, {"id": "a", "rev": 7}, {"id": "a", "rev": []}],
)
def test_a_row_of_a_wrong_type_does_not_stop_its_neighbours(filled: Api, asked: dict) -> None:
    """Half a character is ours: CouchDB refuses the whole request.

    Source: CouchDB, chttpd_db.erl, bulk_get_parse_doc_id/2 and parse_field/2.
    """
    answer = filled.post("_bulk_get", {"docs": [asked, {"id": "a", "rev": SECOND}]})

    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][-1]["docs"][0]["ok"]["_rev"] == SECOND


@pytest.fixture
def large(open_db: Api) -> Api:
    """A database with one document, `a`, that has 3 MB attached."""
    data = base64.b64encode(bytes(3_000_000)).decode()
    open_db.write({"_id": "a", "_attachments": {"f": {"content_type": "image/png", "data": data}}})
    return open_db


def test_an_answer_that_is_larger_than_memory_should_hold_comes_in_pieces(large: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, db_req/2, which writes every row as it has read it."""
    asked = [{"id": "a"}, {"id": "none"}] * 10

    answer = large.post("_bulk_get", {"docs": asked}, attachments=True)

    assert answer.headers["Transfer-Encoding"] == "chunked"
    results = answer.json()["results"]
    assert [row["id"] for row in results] == [one["id"] for one in asked]
    assert {row["docs"][0]["ok"]["_attachments"]["f"]["data"] for row in results[::2]} == {
        base64.b64encode(bytes(3_000_000)).decode()
    }
    assert all("error" in row["docs"][0] for row in results[1::2])


def test_so_does_one_in_parts(large: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, bulk_get_multipart_headers/3."""
    asked = {"docs": [{"id": "a"}] * 10}
    kinds = {"Accept": "multipart/mixed"}

    answer = large.request("POST", "_bulk_get", json=asked, headers=kinds)

    boundary = answer.headers["Content-Type"].partition('boundary="')[2].rstrip('"').encode()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.content.count(b"--" + boundary + b"\r\n") == 10
    assert answer.content.endswith(b"--" + boundary + b"--")
    assert answer.content.count(bytes(3_000_000)) == 10
