from __future__ import annotations

import base64
import json

import pytest
import requests

from tests.protocol.api import Api, is_error, revision, row_ids


@pytest.fixture
def filled(open_db: Api) -> Api:
    """A database with the documents a, b, c, d and one that was removed."""
    for name in ("c", "a", "d", "b", "removed"):
        open_db.write({"_id": name, "n": name})
    open_db.delete("removed", rev=open_db.get("removed").json()["_rev"])
    return open_db


def test_live_documents_are_listed_by_id(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api, `GET /{db}/_all_docs`."""
    told = filled.get("_all_docs").json()

    rev = filled.get("a").json()["_rev"]
    assert (told["total_rows"], told["offset"]) == (4, 0)
    assert [row["id"] for row in told["rows"]] == ["a", "b", "c", "d"]
    assert told["rows"][0] == {"id": "a", "key": "a", "value": {"rev": rev}}


def test_each_row_is_a_line_for_clients_that_read_by_lines(filled: Api) -> None:
    """Source: CouchDB, couch_mrview_http.erl, view_cb/2."""
    answer = filled.get("_all_docs", include_docs=True)
    first, *rows, bracket = answer.text.splitlines()

    assert (first, bracket) == ('{"total_rows":4,"offset":0,"rows":[', "]}")
    assert [json.loads(row.removesuffix(",")) for row in rows] == answer.json()["rows"]
    assert filled.get("_all_docs", limit=0).json()["rows"] == []


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"startkey": '"b"'}, ["b", "c", "d"]),
        ({"endkey": '"b"'}, ["a", "b"]),
        ({"start_key": '"b"', "end_key": '"c"'}, ["b", "c"]),
        ({"startkey": '"b"', "endkey": '"c"', "inclusive_end": False}, ["b"]),
        ({"startkey": '"aa"'}, ["b", "c", "d"]),
        ({"key": '"c"'}, ["c"]),
        ({"key": '"never"'}, []),
        ({"descending": True}, ["d", "c", "b", "a"]),
        ({"descending": True, "startkey": '"c"', "endkey": '"b"'}, ["c", "b"]),
        ({"descending": True, "startkey": '"c"', "endkey": '"a"', "inclusive_end": False},
         ["c", "b"]),
        ({"limit": 2}, ["a", "b"]),
        ({"limit": 0}, []),
        ({"skip": 3}, ["d"]),
        ({"skip": 9}, []),
        ({"startkey": '"b"', "skip": 1, "limit": 1}, ["c"]),
        ({"startkey": '"z"', "endkey": '"\ufff0"'}, []),
    ],
)  # fmt: skip
def test_a_range_is_chosen_by_parameters(filled: Api, parameters: dict, ids: list[str]) -> None:
    """Source: CouchDB's documentation, api/ddoc/views, its parameters and `total_rows`."""
    answer = filled.get("_all_docs", **parameters)

    assert row_ids(answer) == ids
    assert answer.json()["total_rows"] == 4


def test_the_same_range_may_be_posted(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api, `POST /{db}/_all_docs`."""
    answer = filled.post("_all_docs", {"startkey": "b", "limit": 2, "include_docs": True})

    assert row_ids(answer) == ["b", "c"]
    assert answer.json()["rows"][0]["doc"]["n"] == "b"


@pytest.mark.parametrize("method", ["get", "post"])
def test_keys_are_answered_one_for_one_in_their_order(filled: Api, method: str) -> None:
    """Source: CouchDB, fabric_view_all_docs.erl, go/5; couch_mrview_http.erl, row_to_json/2."""
    keys = ["d", "never", "removed", "a", "d"]
    if method == "get":
        rows = filled.get("_all_docs", keys=keys).json()["rows"]
    else:
        rows = filled.post("_all_docs", {"keys": keys}).json()["rows"]

    assert [row["key"] for row in rows] == keys
    assert rows[1] == {"key": "never", "error": "not_found"}
    assert rows[2]["value"]["deleted"] is True
    assert rows[0] == rows[4]


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ({"limit": 2}, ["d", "never"]),
        ({"limit": 0}, []),
        ({"skip": 2}, ["removed", "a"]),
        ({"skip": 9}, []),
        ({"skip": 1, "limit": 1}, ["never"]),
        ({"descending": True}, ["a", "removed", "never", "d"]),
        ({"descending": True, "skip": 1, "limit": 2}, ["removed", "never"]),
    ],
)
def test_of_keys_those_are_told_that_the_parameters_choose(
    filled: Api, parameters: dict, keys: list[str]
) -> None:
    """Source: CouchDB, fabric_view_all_docs.erl, go/5."""
    told = filled.post("_all_docs", {"keys": ["d", "never", "removed", "a"], **parameters}).json()

    assert [row["key"] for row in told["rows"]] == keys
    assert (told["total_rows"], told["offset"]) == (4, None)


@pytest.mark.parametrize(
    ("parameters", "offset"),
    [
        ({}, 0),
        ({"skip": 3}, 3),
        ({"skip": 9}, 4),
        ({"startkey": '"b"'}, 1),
        ({"startkey": '"bb"', "skip": 1}, 3),
        ({"startkey": '"b"', "limit": 0}, 1),
        ({"key": '"c"'}, 2),
        ({"endkey": '"c"'}, 0),
        ({"descending": True, "startkey": '"b"'}, 2),
        ({"descending": True, "startkey": '"c"', "skip": 1}, 2),
    ],
)
def test_the_offset_counts_what_comes_before(filled: Api, parameters: dict, offset: int) -> None:
    """Source: CouchDB, couch_mrview.erl, map_fold/3; fabric_view_all_docs.erl, handle_message/3."""
    assert filled.get("_all_docs", **parameters).json()["offset"] == offset


def test_ids_are_in_the_order_of_their_bytes(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/bulk-api: `_all_docs` is in raw collation."""
    ids = ["B", "Z", "a", "a b", "a-b", "aB", "ab", "b", "\u00e9", "\ufb00", "\U00010437"]
    open_db.post("_bulk_docs", {"docs": [{"_id": one} for one in reversed(ids)]})

    assert row_ids(open_db.get("_all_docs")) == ids
    assert row_ids(open_db.get("_all_docs", descending=True)) == ids[::-1]
    for at, one in enumerate(ids):
        assert row_ids(open_db.post("_all_docs", {"startkey": one, "limit": 3})) == ids[at : at + 3]
        assert row_ids(open_db.post("_all_docs", {"endkey": one})) == ids[: at + 1]


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"startkey": "b\x00"}, ["c", "d"]),
        ({"endkey": "b\x00"}, ["a", "b"]),
        ({"startkey": "\x00"}, ["a", "b", "c", "d"]),
        ({"startkey": "\ud800"}, []),
        ({"endkey": "b\udfff"}, ["a", "b"]),
        ({"key": "b\x00"}, []),
        ({"skip": 10**30}, []),
        ({"limit": 10**30}, ["a", "b", "c", "d"]),
    ],
)
def test_a_range_may_begin_and_end_at_what_can_be_no_id(
    filled: Api, parameters: dict, ids: list[str]
) -> None:
    """Ours: CouchDB takes no half characters."""
    assert row_ids(filled.post("_all_docs", parameters)) == ids


def test_more_documents_than_are_read_at_once_are_all_told(open_db: Api) -> None:
    """Ours: how many documents are read at once."""
    ids = [f"n{at:04}" for at in range(1_101)]
    open_db.post("_bulk_docs", {"docs": [{"_id": one, "of": one} for one in ids]})

    whole = open_db.get("_all_docs", include_docs=True)
    some = open_db.get("_all_docs", skip=50, limit=1_001).json()["rows"]
    keyed = open_db.post("_all_docs", {"keys": ids[::-1], "include_docs": True}).json()["rows"]

    rows = whole.json()["rows"]
    assert [row["doc"]["of"] for row in rows] == ids
    assert len(whole.text.splitlines()) == len(rows) + 2
    assert [row["id"] for row in some] == ids[50:1_051]
    assert keyed == rows[::-1]
    assert open_db.get("_all_docs", limit=0).json()["total_rows"] == len(ids)


def test_documents_are_included_with_their_conflicts(filled: Api) -> None:
    """Source: CouchDB's documentation, api/ddoc/views, `include_docs` and `conflicts`."""
    filled.push(revision({"_id": "e"}, "1-" + "a" * 32), revision({"_id": "e"}, "1-" + "b" * 32))

    rows = filled.get("_all_docs", key='"e"', include_docs=True, conflicts=True).json()["rows"]

    assert rows[0]["doc"]["_rev"] == "1-" + "b" * 32
    assert rows[0]["doc"]["_conflicts"] == ["1-" + "a" * 32]


def test_a_removed_document_asked_for_by_key_has_no_doc(filled: Api) -> None:
    """Source: CouchDB, fabric_view_all_docs.erl, open_doc_int/4."""
    (row,) = filled.get("_all_docs", keys=["removed"], include_docs=True).json()["rows"]
    (without,) = filled.get("_all_docs", keys=["removed"]).json()["rows"]

    assert row["doc"] is None
    assert without == {name: value for name, value in row.items() if name != "doc"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "-1"},
        {"limit": "many"},
        {"skip": "1.5"},
        {"startkey": "b"},
        {"startkey": "{"},
        {"keys": "7"},
        {"keys": '{"a": 1}'},
    ],
)
def test_a_range_that_makes_no_sense_is_a_bad_request(filled: Api, parameters: dict) -> None:
    """Source: CouchDB, couch_mrview_http.erl, parse_pos_int/1; chttpd.erl, catch_error/4."""
    assert filled.get("_all_docs", **parameters).status_code == 400


@pytest.mark.parametrize("keys", [[None], [7], [["a"]], [{}], [True], ["\ud800"], ["a\x00"]])
def test_a_key_that_can_be_no_id_is_not_found(filled: Api, keys: list) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    (row,) = filled.post("_all_docs", {"keys": keys}).json()["rows"]

    assert row["error"] == "not_found"


@pytest.mark.parametrize("body", [{"keys": 7}, {"keys": "a"}, {"keys": {}}])
def test_posted_keys_that_are_no_list_are_a_bad_request(filled: Api, body: object) -> None:
    """Source: CouchDB, chttpd_db.erl, db_req/2, "`keys` body member must be an array"."""
    assert is_error(filled.post("_all_docs", body), 400, "bad_request")


def test_a_listing_tells_no_more_of_attachments_than_is_held_in_memory(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    data = base64.b64encode(bytes(3_000_000)).decode()
    file = {"content_type": "image/png", "data": data}
    open_db.write({"_id": "a", "_attachments": {"f": file}})

    def asked(times: int) -> requests.Response:
        keys = {"keys": ["a"] * times}
        return open_db.post("_all_docs", keys, include_docs=True, attachments=True)

    assert len(asked(3).json()["rows"]) == 3
    assert is_error(asked(30), 413, "too_large")


def test_a_key_that_is_asked_for_many_times_is_told_up_to_some_size(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    open_db.write({"_id": "a", "text": "x" * 1_000_000})

    answer = open_db.post("_all_docs", {"keys": ["a"] * 100}, include_docs=True)

    assert is_error(answer, 413, "too_large")
