"""Several listings in one answer.

Source: CouchDB's documentation, api/database/bulk-api, `POST /{db}/_all_docs/queries`; and
src/chttpd/src/chttpd_db.erl, multi_all_docs_view/4, for the parameters of the address.
"""

from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Team, new_case


@pytest.fixture
def filled(open_db: Api) -> Api:
    """A database with the documents a, b and c."""
    for name in ("c", "a", "b"):
        open_db.write({"_id": name, "n": name})
    return open_db


def test_each_query_is_answered_as_a_listing_of_its_own(filled: Api) -> None:
    queries = [
        {"keys": ["c", "never"]},
        {"startkey": "b"},
        {"descending": True, "limit": 1, "skip": 1},
        {},
    ]

    told = filled.post("_all_docs/queries", {"queries": queries}).json()

    assert told["results"] == [filled.post("_all_docs", query).json() for query in queries]


def test_documents_are_included_for_the_query_that_asks(filled: Api) -> None:
    queries = [{"key": "a", "include_docs": True}, {"key": "a"}]

    first, second = filled.post("_all_docs/queries", {"queries": queries}).json()["results"]

    assert first["rows"][0]["doc"]["n"] == "a"
    assert "doc" not in second["rows"][0]


def test_parameters_of_the_address_hold_for_what_a_query_leaves_out(filled: Api) -> None:
    queries = [{}, {"limit": 2}]

    told = filled.post("_all_docs/queries", {"queries": queries}, limit=1).json()["results"]

    assert [len(listing["rows"]) for listing in told] == [1, 2]


def test_no_queries_have_no_results(filled: Api) -> None:
    assert filled.post("_all_docs/queries", {"queries": []}).json() == {"results": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"queries": 7},
        {"queries": {}},
        {"queries": [7]},
        {"queries": [None]},
        {"queries": [{"keys": 7}]},
        {"queries": [{}, {"limit": "many"}]},
        {"queries": [{}] * 101},
    ],
)
def test_queries_that_make_no_sense_are_a_bad_request(filled: Api, body: object) -> None:
    """Source: CouchDB, chttpd_db.erl, db_req/2; couch_mrview_util.erl, get_view_queries/1.

    Ours: up to 100, and one word for all. CouchDB says `query_parse_error` of a wrong limit, and
    500 of a query that is no object.
    """
    answer = filled.request("POST", "_all_docs/queries", json=body)

    assert is_error(answer, 400, "bad_request")


def test_a_case_is_listed_for_those_who_see_it_only(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    name = new_case(team).registration
    queries = {"queries": [{"keys": [name]}, {"key": name}]}

    seen = team.amina.api.post("_all_docs/queries", queries).json()["results"]
    keyed, ranged = team.dina.api.post("_all_docs/queries", queries).json()["results"]

    assert [listing["rows"][0]["id"] for listing in seen] == [name, name]
    assert keyed["rows"] == [{"key": name, "error": "not_found"}]
    assert ranged["rows"] == []
    assert ranged["total_rows"] == team.dina.api.get("_all_docs").json()["total_rows"]


def test_more_rows_than_are_told_at_once_are_too_many(filled: Api) -> None:
    """Ours: CouchDB writes each row as it finds it; here they are in memory together."""
    queries = [{"keys": ["none"] * 1_001}] * 100

    answer = filled.post("_all_docs/queries", {"queries": queries})

    assert is_error(answer, 413, "too_large")
