from __future__ import annotations

import json

import pytest

from tests.protocol.api import Api, is_error, revision, row_ids


@pytest.fixture
def filled(open_db: Api) -> Api:
    """A database with the documents a, b, c, d and one that was removed."""
    for name in ("c", "a", "d", "b", "removed"):
        open_db.write({"_id": name, "n": name})
    open_db.delete("removed", rev=open_db.get("removed").json()["_rev"])
    return open_db


def test_live_documents_are_listed_by_id(filled: Api) -> None:
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
    answer = filled.get("_all_docs", **parameters)

    assert row_ids(answer) == ids
    assert answer.json()["total_rows"] == 4


def test_the_same_range_may_be_posted(filled: Api) -> None:
    answer = filled.post("_all_docs", {"startkey": "b", "limit": 2, "include_docs": True})

    assert row_ids(answer) == ["b", "c"]
    assert answer.json()["rows"][0]["doc"]["n"] == "b"


@pytest.mark.parametrize("method", ["get", "post"])
def test_keys_are_answered_one_for_one_in_their_order(filled: Api, method: str) -> None:
    keys = ["d", "never", "removed", "a", "d"]
    if method == "get":
        rows = filled.get("_all_docs", keys=keys).json()["rows"]
    else:
        rows = filled.post("_all_docs", {"keys": keys}).json()["rows"]

    assert [row["key"] for row in rows] == keys
    assert rows[1] == {"key": "never", "error": "not_found"}
    assert rows[2]["value"]["deleted"] is True
    assert rows[0] == rows[4]


def test_documents_are_included_with_their_conflicts(filled: Api) -> None:
    filled.push(revision({"_id": "e"}, "1-" + "a" * 32), revision({"_id": "e"}, "1-" + "b" * 32))

    rows = filled.get("_all_docs", key='"e"', include_docs=True, conflicts=True).json()["rows"]

    assert rows[0]["doc"]["_rev"] == "1-" + "b" * 32
    assert rows[0]["doc"]["_conflicts"] == ["1-" + "a" * 32]


def test_a_removed_document_asked_for_by_key_has_no_doc(filled: Api) -> None:
    (row,) = filled.get("_all_docs", keys=["removed"], include_docs=True).json()["rows"]

    assert row["doc"] is None


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
    assert filled.get("_all_docs", **parameters).status_code == 400


@pytest.mark.parametrize("keys", [[None], [7], [["a"]], [{}], [True], ["\ud800"], ["a\x00"]])
def test_a_key_that_can_be_no_id_is_not_found(filled: Api, keys: list) -> None:
    (row,) = filled.post("_all_docs", {"keys": keys}).json()["rows"]

    assert row["error"] == "not_found"


@pytest.mark.parametrize("body", [{"keys": 7}, {"keys": "a"}, {"keys": {}}])
def test_posted_keys_that_are_no_list_are_a_bad_request(filled: Api, body: object) -> None:
    assert is_error(filled.post("_all_docs", body), 400, "bad_request")
