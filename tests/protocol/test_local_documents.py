from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Tablet, Team
from tests.support.personas import add_device


def test_a_local_document_is_written_again_and_again_and_never_replicated(open_db: Api) -> None:
    """Source: CouchDB, api/local; couch_db_updater.erl, increment_local_doc_revs/1."""
    first = open_db.put("_local/a", {"n": 1})
    second = open_db.put("_local/a", {"n": 2, "_rev": first.json()["rev"]})

    assert (first.status_code, first.json()["id"], first.json()["rev"]) == (201, "_local/a", "0-1")
    assert second.json()["rev"] == "0-2"
    assert open_db.get("_local/a").json() == {"_id": "_local/a", "_rev": "0-2", "n": 2}
    assert open_db.get("_changes").json()["results"] == []
    assert open_db.get("_all_docs").json()["rows"] == []


def test_a_local_document_that_never_was_is_missing(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, open_doc_int/3; chttpd_db.erl, db_doc_req/3."""
    assert is_error(open_db.get("_local/never"), 404, "not_found")
    assert is_error(open_db.delete("_local/never"), 404, "not_found")


def test_writing_over_a_local_document_unread_is_a_conflict(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    open_db.put("_local/a", {"n": 1})

    for body in ({"n": 2}, {"n": 2, "_rev": "0-7"}, {"n": 2, "_rev": 1}):
        assert is_error(open_db.put("_local/a", body), 409, "conflict")


def test_a_local_document_is_removed(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/local, `DELETE /{db}/_local/{docid}`."""
    rev = open_db.put("_local/a", {}).json()["rev"]

    assert open_db.delete("_local/a", rev=rev).json()["ok"] is True
    assert is_error(open_db.get("_local/a"), 404, "not_found")


@pytest.mark.parametrize("body", [[], 7, "a", None])
def test_a_local_document_that_is_no_object_is_a_bad_request(open_db: Api, body: object) -> None:
    """Source: CouchDB, couch_doc.erl, from_json_obj/2; chttpd.erl, json_body/1."""
    answer = open_db.request("PUT", "_local/a", json=body)

    assert is_error(answer, 400, "bad_request")


def test_a_local_document_of_more_than_64_kib_is_too_large(open_db: Api) -> None:
    """Ours: docs/reference/settings.md, Limits that are not settings."""
    assert is_error(open_db.put("_local/a", {"text": "x" * 70_000}), 413, "too_large")


@pytest.mark.parametrize("name", ["a%2Fb", "with%20space", "%D9%83", "x.y=~"])
def test_a_local_document_may_have_any_name(open_db: Api, name: str) -> None:
    """Source: CouchDB, chttpd_db.erl, db_req/2."""
    assert open_db.put(f"_local/{name}", {"n": 1}).status_code == 201
    assert open_db.get(f"_local/{name}").json()["n"] == 1


def test_each_user_has_checkpoints_of_their_own(team: Team) -> None:
    """Ours: docs/reference/protocol.md, Documents, checkpoints."""
    team.amina.api.put("_local/users", {"n": "amina"})

    assert is_error(team.dina.api.get("_local/users"), 404, "not_found")
    assert team.dina.api.put("_local/users", {"n": "dina"}).json()["rev"] == "0-1"
    assert team.amina.api.get("_local/users").json()["n"] == "amina"


def test_each_device_of_a_user_has_checkpoints_of_its_own(team: Team) -> None:
    """Ours: docs/reference/protocol.md, Documents, checkpoints."""
    second = add_device(team.server, "amina", "amina-tablet-for-checkpoints")
    tablet = Tablet(second, Api(team.amina.api.url, second.session))
    team.amina.api.put("_local/devices", {"n": 1})

    assert is_error(tablet.api.get("_local/devices"), 404, "not_found")


def test_a_local_document_whose_id_is_longer_than_any_is_refused(open_db: Api) -> None:
    """Ours: docs/reference/settings.md, Limits that are not settings."""
    answer = open_db.put("_local/" + "x" * 6_000, {"n": 1})

    assert is_error(answer, 400, "illegal_docid")
    assert open_db.put("_local/" + "x" * 512, {"n": 1}).status_code == 201


def test_a_local_document_that_is_put_as_deleted_is_gone(open_db: Api) -> None:
    """Source: CouchDB, couch_bt_engine.erl, write_doc_infos/3."""
    rev = open_db.put("_local/x", {"n": 1}).json()["rev"]

    open_db.put("_local/x", {"_rev": rev, "_deleted": True})

    assert open_db.get("_local/x").status_code == 404


def test_a_local_document_may_be_named_as_one_segment(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, db_req/2."""
    open_db.put("_local/x", {"n": 1})

    assert open_db.get("_local%2Fx").json()["n"] == 1
    assert open_db.put("_local%2fy", {"n": 2}).status_code == 201
    assert open_db.get("_local/y").json()["n"] == 2
