"""Where something new is found, and which methods an address takes.

Source: CouchDB, chttpd_db.erl (`Location` of databases, documents, copies and attachments) and
chttpd.erl, send_method_not_allowed/2.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest
import requests

from tests.protocol.api import SECONDS, Api, is_error
from tests.support.server import KanafServer


def followed(database: Api, made: requests.Response) -> requests.Response:
    """What is at the address that an answer tells."""
    assert made.status_code == 201, made.text
    return database.session.get(made.headers["Location"], timeout=SECONDS)


def test_a_new_database_is_where_its_answer_says(root: Api) -> None:
    made = root.request("PUT", quote("at/a+b", safe=""))

    assert followed(root, made).json()["db_name"] == "at/a+b"
    root.request("DELETE", quote("at/a+b", safe=""))


@pytest.mark.parametrize("name", ["plain", "with space", "a/b", "ä%2F?#", "_design/d"])
def test_a_document_is_where_its_answer_says(open_db: Api, name: str) -> None:
    put = open_db.put(quote(name, safe=""), {"n": 1})

    assert followed(open_db, put).json()["_id"] == name


def test_a_posted_document_is_where_its_answer_says(open_db: Api) -> None:
    posted = open_db.request("POST", "", json={"n": 2})
    assert followed(open_db, posted).json()["n"] == 2


def test_a_copy_is_where_its_answer_says(open_db: Api) -> None:
    open_db.write({"_id": "a", "n": 1})

    copied = open_db.request("COPY", "a", headers={"Destination": "b"})

    assert followed(open_db, copied).json()["_id"] == "b"


def test_an_attachment_is_where_its_answer_says(open_db: Api) -> None:
    made = open_db.request("PUT", "a/folder/f%20x", data=b"content")

    assert followed(open_db, made).content == b"content"


def test_what_was_removed_is_nowhere(open_db: Api) -> None:
    rev = open_db.write({"_id": "a"})

    assert "Location" not in open_db.request("DELETE", "a", {"rev": rev}).headers


def test_an_address_that_does_not_take_a_method_tells_those_that_it_takes(open_db: Api) -> None:
    answer = open_db.request("PATCH", "a")

    assert is_error(answer, 405, "method_not_allowed")
    assert {"GET", "HEAD", "PUT", "DELETE", "COPY"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("GET", "_bulk_docs", "POST"),
        ("DELETE", "_all_docs", "POST"),
        ("PUT", "_revs_diff", "POST"),
        ("COPY", "_security", "PUT"),
        ("GET", "_purge", "POST"),
    ],
)
def test_an_endpoint_is_no_document(open_db: Api, method: str, path: str, taken: str) -> None:
    answer = open_db.request(method, path)

    assert is_error(answer, 405, "method_not_allowed")
    assert taken in answer.headers["Allow"].split(", ")


def test_where_there_is_nothing_a_person_is_told_where_to_look(server: KanafServer) -> None:
    """Ours: the prefix; at its root CouchDB says welcome."""
    answer = requests.get(f"{server.url}/", timeout=SECONDS)

    assert answer.status_code == 404
    assert "/sync/" in answer.json()["reason"]
    assert "/console/" in answer.json()["reason"]


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("_changes?feed=never", "feed"),
        ("_changes?limit=-1", "limit"),
        ("_changes?filter=_none", "filter"),
        ("_all_docs?skip=x", "skip"),
        ("_all_docs?startkey=1", "startkey"),
        ("a?open_revs=x", "open_revs"),
        ("a?atts_since=1", "atts_since"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(open_db: Api, path: str, about: str) -> None:
    """Ours: its name, and one word; CouchDB says `query_parse_error` of `skip`."""
    answer = open_db.session.get(f"{open_db.url}/{path}", timeout=SECONDS)

    assert is_error(answer, 400, "bad_request")
    assert answer.json()["reason"].endswith(f"({about})")
