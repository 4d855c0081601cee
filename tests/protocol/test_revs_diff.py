from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error, revision

FIRST, SECOND, OTHER = "1-" + "a" * 32, "2-" + "b" * 32, "3-" + "c" * 32


def test_what_the_database_lacks_is_told_by_document(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/misc, `POST /{db}/_revs_diff`."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    told = open_db.post("_revs_diff", {"a": [FIRST, SECOND, OTHER], "b": [FIRST]}).json()

    assert told["a"] == {"missing": [OTHER], "possible_ancestors": [SECOND]}
    assert told["b"] == {"missing": [FIRST]}


def test_a_document_that_lacks_nothing_is_left_out(open_db: Api) -> None:
    """Source: CouchDB, chttpd_revs_diff_tests.erl, t_revs_diff_all_revs/1, t_empty_revs_diff/1."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    assert open_db.post("_revs_diff", {"a": [SECOND]}).json() == {}
    assert open_db.post("_revs_diff", {}).json() == {}


@pytest.mark.parametrize(
    "body",
    [[], 7, None, "a", {"a": 7}, {"a": {}}, {"a": "1-a"}, {"a": [7]}, {"a": ["x"]}, {"a": [None]}],
)
def test_revisions_of_a_wrong_type_are_a_bad_request(open_db: Api, body: object) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert is_error(open_db.request("POST", "_revs_diff", json=body), 400, "bad_request")


def test_an_id_that_can_be_none_is_lacking_or_refused(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, get_missing_revs/2; chttpd.erl, catch_error/4."""
    for name in ("\ud800", "a\x00", "", "_x", "x" * 600):
        assert open_db.post("_revs_diff", {name: [FIRST]}).status_code in (200, 400)
