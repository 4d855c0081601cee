from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error, row_ids

DESIGN = {"language": "javascript", "views": {"all": {"map": "function (doc) { emit(doc._id); }"}}}


def test_a_design_document_is_stored_listed_and_removed_like_any_other(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/ddoc/common; for `%2F` chttpd_db.erl, db_req/2."""
    rev = open_db.put("_design/cases", DESIGN).json()["rev"]

    assert open_db.get("_design/cases").json() == {**DESIGN, "_id": "_design/cases", "_rev": rev}
    assert open_db.get("_design%2Fcases").json()["_rev"] == rev
    assert row_ids(open_db.get("_all_docs")) == ["_design/cases"]
    assert open_db.delete("_design/cases", rev=rev).status_code == 200
    assert is_error(open_db.get("_design/cases"), 404, "not_found")


def test_a_design_document_may_have_an_attachment(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/ddoc/common, `/{db}/_design/{ddoc}/{attname}`."""
    rev = open_db.put("_design/cases", DESIGN).json()["rev"]

    put = open_db.request("PUT", "_design/cases/a.txt", {"rev": rev}, data=b"text")

    assert put.status_code == 201, put.text
    assert open_db.get("_design/cases/a.txt").content == b"text"


@pytest.mark.parametrize(
    "path", ["_view/all", "_show/all", "_list/all/all", "_update/all", "_rewrite/x"]
)
def test_nothing_in_a_design_document_is_ever_run(open_db: Api, path: str) -> None:
    """Ours: docs/reference/protocol.md, Answered 501."""
    open_db.put("_design/cases", DESIGN)

    assert is_error(open_db.get(f"_design/cases/{path}"), 501, "not_implemented")
    assert is_error(open_db.post(f"_design/cases/{path}", {}), 501, "not_implemented")


@pytest.mark.parametrize("path", ["_find", "_index", "_explain"])
def test_mango_is_not_implemented(open_db: Api, path: str) -> None:
    """Ours: docs/reference/protocol.md, Answered 501."""
    assert is_error(open_db.post(path, {"selector": {}}), 501, "not_implemented")
    assert is_error(open_db.get(path), 501, "not_implemented")


@pytest.mark.parametrize(
    "parameters", [{"filter": "cases/mine"}, {"filter": "_view", "view": "cases/all"}]
)
def test_a_feed_through_a_filter_is_not_implemented(open_db: Api, parameters: dict) -> None:
    """Ours: docs/reference/protocol.md, Answered 501."""
    assert is_error(open_db.get("_changes", **parameters), 501, "not_implemented")
