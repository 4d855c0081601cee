from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.protocol.api import Api, is_error, revision

FIRST, SECOND, OTHER = "1-" + "a" * 32, "2-" + "b" * 32, "2-" + "c" * 32


@pytest.fixture
def conflicted(open_db: Api) -> Api:
    """A database with a document of two leaves; `OTHER` wins."""
    open_db.push(revision({"_id": "a", "n": 1}, FIRST))
    open_db.push(revision({"_id": "a", "n": 2}, SECOND, FIRST))
    open_db.push(revision({"_id": "a", "n": 3}, OTHER, FIRST))
    return open_db


def test_a_document_is_read_as_it_was_written(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `GET /{db}/{docid}`."""
    document = {
        "_id": "a",
        "text": "كنف \u2028 𐀀",
        "none": None,
        "deep": [{"n": 1.5}],
        "big": 2**53,
    }

    rev = open_db.write(document)

    assert open_db.get("a").json() == {**document, "_rev": rev}


@pytest.mark.parametrize(
    "name", ["with%20space", "a%2Fb", "%D9%83", "a:b", "a+b", "%22", "a%3Fb", "Z_"]
)
def test_an_id_may_have_any_character(open_db: Api, name: str) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    written = open_db.put(name, {"n": 1})

    assert written.json()["id"] == unquote(name)
    assert open_db.get(name).json()["_id"] == unquote(name)


def test_an_edit_on_the_standing_revision_is_taken(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, Updating an Existing Document."""
    first = open_db.write({"_id": "a", "n": 1})

    answer = open_db.put("a", {"_rev": first, "n": 2})

    assert answer.json()["ok"] is True
    assert answer.json()["rev"].startswith("2-")
    assert answer.headers["ETag"] == f'"{answer.json()["rev"]}"'


def test_an_edit_may_name_its_revision_in_the_parameter_or_in_if_match(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `PUT /{db}/{docid}`."""
    first = open_db.write({"_id": "a"})

    second = open_db.put("a", {"n": 2}, rev=first).json()["rev"]
    third = open_db.request("PUT", "a", json={"n": 3}, headers={"If-Match": second})

    assert third.json()["rev"].startswith("3-")


@pytest.mark.parametrize("rev", [None, FIRST, "7-" + "d" * 32])
def test_an_edit_on_another_revision_is_a_conflict(open_db: Api, rev: str | None) -> None:
    """Source: CouchDB's documentation, replication/conflicts; chttpd.erl, error_info/1."""
    open_db.write({"_id": "a", "n": 1})

    answer = open_db.put("a", {"n": 2} if rev is None else {"n": 2, "_rev": rev})

    assert is_error(answer, 409, "conflict")
    assert answer.json()["reason"] == "Document update conflict."


def test_a_first_edit_that_names_a_revision_is_a_conflict(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, prep_and_validate_updates/6, "none exist, a conflict"."""
    assert is_error(open_db.put("new", {"_rev": FIRST}), 409, "conflict")


def test_a_deleted_document_is_gone_and_may_be_written_anew(open_db: Api) -> None:
    """Source: CouchDB, api/document/common; couch_db_updater.erl, merge_rev_tree/4."""
    first = open_db.write({"_id": "a", "n": 1})

    deleted = open_db.delete("a", rev=first)
    gone = open_db.get("a")
    again = open_db.put("a", {"n": 2})

    assert (deleted.status_code, deleted.json()["ok"]) == (200, True)
    assert is_error(gone, 404, "not_found")
    assert gone.json()["reason"] == "deleted"
    assert again.json()["rev"].startswith("3-")


def test_deleting_needs_the_standing_revision(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `DELETE /{db}/{docid}`."""
    rev = open_db.write({"_id": "a"})

    assert is_error(open_db.delete("a"), 409, "conflict")
    assert is_error(open_db.delete("a", rev=FIRST), 409, "conflict")
    assert open_db.request("DELETE", "a", headers={"If-Match": rev}).status_code == 200


def test_deleting_what_never_was_is_not_found(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `DELETE /{db}/{docid}`."""
    assert is_error(open_db.delete("never"), 404, "not_found")


def test_a_document_that_never_was_is_missing(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db_doc_get_tests.erl, t_missing_doc/1."""
    answer = open_db.get("never")

    assert is_error(answer, 404, "not_found")
    assert answer.json()["reason"] == "missing"


def test_an_older_revision_is_read_by_its_id(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, Obtaining a Specific Revision."""
    first = open_db.write({"_id": "a", "n": 1})
    open_db.write({"_id": "a", "n": 2, "_rev": first})

    assert open_db.get("a", rev=first).json() == {"_id": "a", "_rev": first, "n": 1}
    assert is_error(open_db.get("a", rev=OTHER), 404, "not_found")


def test_a_tombstone_is_read_by_its_revision(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, Retrieving Deleted Documents."""
    rev = open_db.delete("a", rev=open_db.write({"_id": "a"})).json()["rev"]

    assert open_db.get("a", rev=rev).json() == {"_id": "a", "_rev": rev, "_deleted": True}


def test_the_history_of_a_document_is_told_by_revs_and_revs_info(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `revs` and `revs_info`."""
    first = open_db.write({"_id": "a", "n": 1})
    second = open_db.write({"_id": "a", "n": 2, "_rev": first})

    told = open_db.get("a", revs=True, revs_info=True).json()

    ids = [second.partition("-")[2], first.partition("-")[2]]
    assert told["_revisions"] == {"start": 2, "ids": ids}
    assert told["_revs_info"] == [
        {"rev": second, "status": "available"},
        {"rev": first, "status": "available"},
    ]


def test_a_revision_of_which_only_the_id_came_is_told_as_missing(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, doc_meta_info/3 and open_doc_revs_int/3."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    told = open_db.get("a", revs_info=True).json()["_revs_info"]

    assert told[1] == {"rev": FIRST, "status": "missing"}
    assert is_error(open_db.get("a", rev=FIRST), 404, "not_found")


def test_the_winner_is_couchdbs_and_the_others_are_told_as_conflicts(conflicted: Api) -> None:
    """Source: CouchDB, couch_doc.erl, to_doc_info_path/1; couch_db.erl, doc_meta_info/3."""
    told = conflicted.get("a", conflicts=True).json()

    assert (told["_rev"], told["n"]) == (OTHER, 3)
    assert told["_conflicts"] == [SECOND]
    assert "_conflicts" not in conflicted.get("a").json()


def test_a_deleted_leaf_is_told_apart_from_a_conflict(conflicted: Api) -> None:
    """Source: CouchDB, couch_db.erl, doc_meta_info/3."""
    rev = conflicted.delete("a", rev=SECOND).json()["rev"]

    told = conflicted.get("a", conflicts=True, deleted_conflicts=True).json()

    assert "_conflicts" not in told
    assert told["_deleted_conflicts"] == [rev]


def test_all_leaves_are_read_at_once(conflicted: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `open_revs`."""
    rows = conflicted.get("a", open_revs="all").json()

    assert {row["ok"]["_rev"] for row in rows} == {SECOND, OTHER}


def test_the_leaves_asked_for_are_read_and_an_unknown_one_is_missing(conflicted: Api) -> None:
    """Source: CouchDB's documentation, replication/protocol, Fetch Changed Documents."""
    unknown = "2-" + "e" * 32

    rows = conflicted.get("a", open_revs=[SECOND, unknown], revs=True).json()

    assert rows[0]["ok"]["_revisions"] == {"start": 2, "ids": ["b" * 32, "a" * 32]}
    assert rows[1] == {"missing": unknown}


def test_with_latest_the_descendants_of_a_revision_are_read(conflicted: Api) -> None:
    """Source: CouchDB, chttpd_db_doc_get_tests.erl, t_ancestor_open_revs_latest/1."""
    rows = conflicted.get("a", open_revs=[FIRST], latest=True).json()

    assert {row["ok"]["_rev"] for row in rows} == {SECOND, OTHER}


def test_with_latest_a_document_is_told_as_what_became_of_the_revision(open_db: Api) -> None:
    """On its own branch, be it the losing one or deleted; PouchDB's tests want it so.

    CouchDB tells the winner (chttpd_db.erl, db_doc_req/3), although it asked for another branch.

    Ours: docs/reference/protocol.md, Documents, `latest`.
    """
    open_db.push(
        revision({"_id": "a", "side": "won"}, "5-w", "4-w", "3-w", "2-w", "1-a"),
        revision({"_id": "a", "side": "lost"}, "3-l", "2-l", "1-a"),
        revision({"_id": "a", "side": "deleted", "_deleted": True}, "3-d", "2-d", "1-a"),
    )

    became = {
        rev: open_db.get("a", rev=rev, latest=True).json()["_rev"]
        for rev in ("1-a", "2-w", "2-l", "3-l", "2-d")
    }

    assert became == {"1-a": "5-w", "2-w": "5-w", "2-l": "3-l", "3-l": "3-l", "2-d": "3-d"}
    assert open_db.get("a", rev="2-d", latest=True).json()["_deleted"] is True


def test_leaves_of_a_document_that_never_was_are_missing(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, db_doc_req/3; couch_db.erl, open_doc_revs_int/3."""
    assert is_error(open_db.get("never", open_revs="all"), 404, "not_found")
    assert open_db.get("never", open_revs=[FIRST]).json() == [{"missing": FIRST}]


@pytest.mark.parametrize(
    "rev", ["x", "1", "-1-a", "1-", "a-b", "1-é", "0-a", "1-a b", "9999999999999999-a"]
)
def test_a_malformed_revision_is_a_bad_request(open_db: Api, rev: str) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    open_db.write({"_id": "a"})

    for answer in (
        open_db.get("a", rev=rev),
        open_db.delete("a", rev=rev),
        open_db.put("a", {"_rev": rev}),
        open_db.get("a", open_revs=[rev]),
    ):
        assert answer.status_code in (400, 404), answer.text
        assert {"error", "reason"} == answer.json().keys()


@pytest.mark.parametrize("asked", ["some", "7", "{}", '"all"', "[1]", "[[]]", "[null]", ""])
def test_leaves_asked_for_by_something_else_are_a_bad_request(open_db: Api, asked: str) -> None:
    """Source: CouchDB, couch_doc.erl, parse_revs/1; chttpd.erl, catch_error/4."""
    open_db.write({"_id": "a"})

    assert is_error(open_db.get("a", open_revs=asked), 400, "bad_request")


def test_a_replicated_revision_is_stored_as_it_came(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `new_edits`."""
    document = revision({"_id": "a", "n": 2}, SECOND, FIRST)

    written = open_db.put("a", document, new_edits=False)

    assert written.json()["rev"] == SECOND
    assert open_db.get("a", revs=True).json() == document


def test_the_etag_is_the_revision_and_not_sent_twice_what_did_not_change(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `ETag` and `If-None-Match`."""
    rev = open_db.write({"_id": "a"})
    answer = open_db.get("a")

    assert answer.headers["ETag"] == f'"{rev}"'
    again = open_db.request("GET", "a", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["_unknown", "_design", "_design/", "_rev"])
def test_an_id_that_begins_with_an_underscore_is_illegal(open_db: Api, name: str) -> None:
    """Source: CouchDB, couch_doc.erl, validate_docid/1."""
    answer = open_db.post(body={"_id": name})

    assert is_error(answer, 400, "illegal_docid")


@pytest.mark.parametrize("given", [None, 7, True, [], {}, "", "a\x00b", "\ud800", "x" * 513])
def test_an_id_that_is_none_is_illegal(open_db: Api, given: object) -> None:
    """NUL, half characters and the limit of 512 bytes are ours.

    Source: CouchDB, couch_doc.erl, validate_docid/1.
    """
    assert is_error(open_db.post(body={"_id": given}), 400, "illegal_docid")


@pytest.mark.parametrize(
    "number", [2**53 + 1, 2**63 - 1, 2**63, 2**64 + 1, -(2**63) - 1, 10**30 + 7, 1e300, 0.1]
)
def test_a_number_keeps_all_its_digits(open_db: Api, number: float) -> None:
    """Source: CouchDB's documentation, api/basics, Number Handling."""
    open_db.write({"_id": "a", "n": number, "deep": {"list": [number]}})

    told = open_db.get("a").json()
    assert (told["n"], told["deep"]["list"]) == (number, [number])
    assert isinstance(told["n"], type(number)) or number == told["n"]


def test_a_tombstone_that_is_put_creates_nothing(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, update_doc/4: 200 for what is deleted."""
    rev = open_db.write({"_id": "a"})

    answer = open_db.put("a", {"_rev": rev, "_deleted": True})

    assert answer.status_code == 200
    assert open_db.get("a").status_code == 404


def test_meta_tells_revisions_and_conflicts(open_db: Api) -> None:
    """Source: CouchDB documentation, api/document/common, `meta`."""
    open_db.push(*(revision({"_id": "a"}, f"1-{digest}") for digest in "ab"))

    told = open_db.get("a", meta="true").json()

    assert told["_conflicts"] == ["1-a"]
    assert told["_revs_info"] == [{"rev": "1-b", "status": "available"}]
