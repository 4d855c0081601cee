"""A document copied to another id.

Source: CouchDB's documentation, api/document/common, `COPY /{db}/{docid}`; and
src/chttpd/src/chttpd_util.erl, parse_copy_destination_header/1, for what is refused.
"""

from __future__ import annotations

import base64

import pytest
import requests

from tests.protocol.api import Api, is_error, revision
from tests.protocol.cases import Team, new_case, ulid

FIRST, SECOND = "1-" + "a" * 32, "2-" + "b" * 32


def copied(
    database: Api, source: str, destination: str | None, **parameters: str
) -> requests.Response:
    headers = {} if destination is None else {"Destination": destination}
    return database.request("COPY", source, parameters, headers=headers)


def test_a_document_is_copied_to_a_new_id(open_db: Api) -> None:
    open_db.write({"_id": "a", "n": 1})

    answer = copied(open_db, "a", "b")

    rev = answer.json()["rev"]
    assert (answer.status_code, answer.json()) == (201, {"ok": True, "id": "b", "rev": rev})
    assert answer.headers["ETag"] == f'"{rev}"'
    assert rev.startswith("1-")
    assert open_db.get("b").json() == {"_id": "b", "_rev": rev, "n": 1}


def test_a_copy_has_no_history_and_leaves_the_source_alone(open_db: Api) -> None:
    first = open_db.write({"_id": "a", "n": 1})
    second = open_db.write({"_id": "a", "_rev": first, "n": 2})

    copied(open_db, "a", "b")

    assert open_db.get("b", revs=True).json()["_revisions"]["start"] == 1
    assert open_db.get("a").json()["_rev"] == second


def test_attachments_are_copied(open_db: Api) -> None:
    data = base64.b64encode(b"\x00content").decode()
    open_db.write({"_id": "a", "_attachments": {"f": {"content_type": "text/plain", "data": data}}})

    copied(open_db, "a", "b")

    assert open_db.get("b/f").content == b"\x00content"
    told = open_db.get("b").json()["_attachments"]["f"]
    assert (told["content_type"], told["length"]) == ("text/plain", 8)


def test_an_older_revision_is_copied_by_rev_or_if_match(open_db: Api) -> None:
    first = open_db.write({"_id": "a", "n": 1})
    open_db.write({"_id": "a", "_rev": first, "n": 2})

    copied(open_db, "a", "b", rev=first)
    open_db.request("COPY", "a", headers={"Destination": "c", "If-Match": f'"{first}"'})

    assert open_db.get("b").json()["n"] == 1
    assert open_db.get("c").json()["n"] == 1


def test_the_destination_is_overwritten_when_its_revision_is_named(open_db: Api) -> None:
    open_db.write({"_id": "a", "n": 1})
    there = open_db.write({"_id": "b", "n": 2})

    assert is_error(copied(open_db, "a", "b"), 409, "conflict")
    assert is_error(copied(open_db, "a", f"b?rev={FIRST}"), 409, "conflict")
    answer = copied(open_db, "a", f"b?rev={there}")

    assert answer.json()["rev"].startswith("2-")
    assert open_db.get("b").json()["n"] == 1


@pytest.mark.parametrize(
    ("destination", "document"),
    [("with%20space", "with space"), ("a%2Fb", "a/b"), ("%D9%83", "\u0643"), ("a+b", "a+b")],
)
def test_the_destination_is_written_as_in_an_address(
    open_db: Api, destination: str, document: str
) -> None:
    """Source: CouchDB, chttpd_db.erl, db_doc_req/3, COPY; chttpd.erl, unquote/1."""
    open_db.write({"_id": "a"})

    assert copied(open_db, "a", destination).json()["id"] == document
    assert open_db.get(destination).json()["_id"] == document


def test_a_design_document_is_copied_too(open_db: Api) -> None:
    open_db.put("_design/a", {"language": "javascript"})

    assert copied(open_db, "_design/a", "_design/b").status_code == 201
    assert open_db.get("_design/b").json()["language"] == "javascript"


@pytest.mark.parametrize(
    "destination",
    [None, "", "http://127.0.0.1/db/b", "https://b", "b?", "b?rev=", "b?x=1", "b?rev=x", "%ff"],
)
def test_a_destination_that_is_none_is_a_bad_request(open_db: Api, destination: str | None) -> None:
    """Ours: an empty id and `%ff`, which CouchDB does not look at, and `b?`, a 500 there."""
    open_db.write({"_id": "a"})

    assert is_error(copied(open_db, "a", destination), 400, "bad_request")


@pytest.mark.parametrize("destination", ["_x", "_local/x", "a%00b"])
def test_an_illegal_id_is_no_destination(open_db: Api, destination: str) -> None:
    """Ours: CouchDB does not look at it (chttpd_db.erl, db_doc_req/3, COPY)."""
    open_db.write({"_id": "a"})

    assert is_error(copied(open_db, "a", destination), 400, "illegal_docid")


def test_what_is_missing_or_deleted_is_not_copied(open_db: Api) -> None:
    open_db.delete("gone", rev=open_db.write({"_id": "gone"}))
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    assert is_error(copied(open_db, "never", "b"), 404, "not_found")
    assert is_error(copied(open_db, "gone", "b"), 404, "not_found")
    assert is_error(copied(open_db, "a", "b", rev=FIRST), 404, "not_found")
    assert is_error(open_db.get("b"), 404, "not_found")


def test_a_case_that_the_caller_does_not_see_is_missing(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    case = new_case(team)

    answer = copied(team.dina.api, case.registration, f"{case.record}:k22")

    assert is_error(answer, 404, "not_found")


def test_a_form_of_a_case_is_not_copied_to_the_id_of_another(team: Team) -> None:
    """Ours: docs/reference/protocol.md: writing has rules."""
    case = new_case(team)

    answer = copied(team.amina.api, case.registration, f"{case.record}:k8:{ulid()}")

    assert is_error(answer, 403, "forbidden")
    assert answer.json()["reason"].startswith("unknown_form")


def test_nobody_copies_what_another_wrote_as_their_own(team: Team) -> None:
    """Ours: docs/reference/protocol.md: writing has rules."""
    case, other = new_case(team), new_case(team, referred=False)
    there = other.revs[other.registration]

    answer = copied(team.bilal.api, case.registration, f"{other.registration}?rev={there}")

    assert is_error(answer, 403, "forbidden")
    assert answer.json()["reason"].startswith("false_author")
