from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Team


def test_a_database_is_made_once(root: Api) -> None:
    """Source: CouchDB's documentation, api/database/common, `PUT /{db}`."""
    made, again = root.put("made-once"), root.put("made-once")

    assert (made.status_code, made.json()) == (201, {"ok": True})
    assert is_error(again, 412, "file_exists")


@pytest.mark.parametrize("name", ["Upper", "1first", "with space", "_private", "dot.ted", "é"])
def test_a_database_with_an_illegal_name_is_not_made(root: Api, name: str) -> None:
    """Source: CouchDB's documentation, api/database/common, `PUT /{db}`."""
    assert is_error(root.put(name), 400, "illegal_database_name")


def test_a_name_may_have_every_character_that_couchdb_allows(root: Api) -> None:
    """Source: CouchDB's documentation, api/database/common, `PUT /{db}`."""
    name = "a0_$()+-%2Fz"

    assert root.put(name).status_code == 201
    assert root.get(name).json()["db_name"] == "a0_$()+-/z"


def test_a_database_tells_how_much_it_holds(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/common, `GET /{db}`."""
    open_db.write({"_id": "kept"})
    open_db.delete("removed", rev=open_db.write({"_id": "removed"}))

    told = open_db.get().json()

    assert told["db_name"] == open_db.url.rpartition("/")[2]
    assert (told["doc_count"], told["doc_del_count"]) == (1, 1)
    assert told["update_seq"] == open_db.last_seq()
    assert {"sizes", "instance_start_time", "compact_running", "purge_seq"} <= told.keys()


def test_a_removed_database_is_gone_with_its_documents(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/common, `DELETE /{db}`."""
    open_db.write({"_id": "a"})

    assert open_db.delete().json() == {"ok": True}
    assert is_error(open_db.get(), 404, "not_found")
    assert is_error(open_db.get("a"), 404, "not_found")
    assert open_db.put().status_code == 201
    assert is_error(open_db.get("a"), 404, "not_found")


def test_a_database_that_never_was_is_not_found(root: Api) -> None:
    """Source: CouchDB, chttpd.erl, error_info/1, database_does_not_exist."""
    for answer in (root.get("never"), root.delete("never"), root.get("never/a")):
        assert is_error(answer, 404, "not_found")
        assert answer.json()["reason"] == "Database does not exist."


def test_who_is_no_administrator_makes_and_removes_no_database(team: Team) -> None:
    """Ours: docs/reference/errors.md, 403 and 401; CouchDB answers 401 to who is no admin."""
    everything = Api(f"{team.server.url}/sync", team.amina.persona.session)

    assert is_error(everything.put("mine"), 403, "forbidden")
    assert is_error(everything.delete(team.name), 403, "forbidden")


def test_a_programme_is_never_removed_over_the_network(root: Api, team: Team) -> None:
    """Ours: docs/reference/protocol.md, A database, DELETE."""
    assert root.delete(team.name).status_code in (403, 501)
    assert team.amina.api.get().status_code == 200


def test_a_document_may_be_posted_with_an_id_or_without(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/common, `POST /{db}`."""
    named = open_db.post(body={"_id": "named", "n": 1})
    unnamed = open_db.post(body={"n": 2})

    assert (named.status_code, named.json()["id"]) == (201, "named")
    assert open_db.get(unnamed.json()["id"]).json()["n"] == 2


def test_what_replicators_ask_of_a_database_is_answered(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/compact, misc and security."""
    assert open_db.post("_ensure_full_commit", {}).json()["ok"] is True
    assert isinstance(open_db.get("_revs_limit").json(), int)
    assert {"admins", "members"} <= open_db.get("_security").json().keys()
    assert open_db.post("_compact", {}).status_code == 202


def test_who_deletes_a_document_without_an_id_keeps_the_database(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, handle_request/1, "Let them recover safely"."""
    open_db.write({"_id": "a"})

    answer = open_db.request("DELETE", "", {"rev": "1-abc"})

    assert is_error(answer, 400, "bad_request")
    assert open_db.get("a").status_code == 200
