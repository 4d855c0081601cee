"""What has not changed is not sent again.

Source: CouchDB's documentation, api/document/common and api/document/attachments, `If-None-Match`
and `ETag`; src/chttpd/src/chttpd_db.erl, send_doc/3, for what has no ETag.
"""

from __future__ import annotations

import pytest
import requests

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Team, new_case, new_rev, photo


def unless(database: Api, path: str, etag: str, method: str = "GET") -> requests.Response:
    return database.request(method, path, headers={"If-None-Match": etag})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["a", "a?revs=true", "a?attachments=true", "a/f"])
def test_what_did_not_change_is_told_in_a_304(open_db: Api, path: str, method: str) -> None:
    """Ours: `*`, which CouchDB does not know (chttpd.erl, etag_match/2)."""
    open_db.request("PUT", "a/f", data=b"content")
    etag = open_db.get(path).headers["ETag"]

    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = unless(open_db, path, known, method)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag


def test_what_changed_is_sent(open_db: Api) -> None:
    open_db.request("PUT", "a/f", data=b"one")
    document, content = (open_db.get(path).headers["ETag"] for path in ("a", "a/f"))
    open_db.request("PUT", "a/f", {"rev": document.strip('"')}, data=b"two")

    assert unless(open_db, "a", document).status_code == 200
    assert unless(open_db, "a/f", content).content == b"two"


def test_an_attachment_stays_the_same_over_an_edit_of_its_document(open_db: Api) -> None:
    open_db.request("PUT", "a/f", data=b"content")
    etag = open_db.get("a/f").headers["ETag"]
    open_db.write({**open_db.get("a").json(), "n": 2})

    assert unless(open_db, "a/f", etag).status_code == 304


@pytest.mark.parametrize("path", ["a", "a/f"])
def test_a_browser_may_keep_what_it_asks_about_again(open_db: Api, path: str) -> None:
    """Source: CouchDB, couch_httpd.erl, maybe_add_default_headers/2.

    Ours: with a 304, too, where CouchDB tells the ETag alone (chttpd.erl, etag_respond/3).
    """
    open_db.request("PUT", "a/f", data=b"content")
    read = open_db.get(path)
    known = unless(open_db, path, read.headers["ETag"])
    part = open_db.request("GET", "a/f", headers={"Range": "bytes=0-2"})

    for answer in (read, known, part):
        assert answer.headers["Cache-Control"] == "must-revalidate"


def test_no_browser_keeps_a_photo_of_a_case(team: Team) -> None:
    """Ours: docs/reference/protocol.md: files of cases are kept by no browser."""
    document = photo(team.amina, new_case(team, referred=False).record, b"a photo")
    assert team.amina.push(document, new_rev(1)) is None

    read = team.amina.api.get(f"{document['_id']}/{document['data']['file']}")

    assert (read.content, read.headers["Cache-Control"]) == (b"a photo", "no-store")


@pytest.mark.parametrize("told", ["revs_info", "conflicts", "deleted_conflicts"])
def test_what_tells_of_other_revisions_has_no_etag(open_db: Api, told: str) -> None:
    rev = open_db.write({"_id": "a"})

    assert "ETag" not in open_db.get("a", **{told: True}).headers
    assert unless(open_db, f"a?{told}=true", f'"{rev}"').status_code == 200


def test_who_may_not_see_a_photo_is_not_told_that_it_did_not_change(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    document = photo(team.amina, new_case(team, referred=False).record, b"a photo")
    assert team.amina.push(document, new_rev(1)) is None
    path = f"{document['_id']}/{document['data']['file']}"
    etag = team.amina.api.get(path).headers["ETag"]

    assert unless(team.amina.api, path, etag).status_code == 304
    for known in (etag, "*"):
        assert is_error(unless(team.dina.api, path, known), 404, "not_found")
        assert is_error(unless(team.dina.api, document["_id"], known), 404, "not_found")


@pytest.mark.parametrize("path", ["a", "a/f"])
def test_if_match_asks_nothing_of_a_read(open_db: Api, path: str) -> None:
    """Source: CouchDB, couch_httpd.erl, etag_match/2."""
    open_db.request("PUT", "a/f", data=b"content")

    answer = open_db.request("GET", path, headers={"If-Match": '"1-other"'})

    assert answer.status_code == 200
    assert answer.content


@pytest.mark.parametrize(
    ("parameters", "headers", "stated"),
    [
        ({"rev": "1-aaa"}, {}, "{rev}"),
        ({}, {"If-Match": '"1-aaa"'}, "{rev}"),
        ({"rev": "{rev}"}, {"If-Match": '"1-aaa"'}, None),
    ],
)
def test_revisions_that_contradict_each_other_write_nothing(
    open_db: Api, parameters: dict[str, str], headers: dict[str, str], stated: str | None
) -> None:
    """Source: CouchDB, chttpd_db.erl, couch_doc_from_req/4 and extract_header_rev/2."""
    rev = open_db.write({"_id": "a"})
    sent = {name: one.format(rev=rev) for name, one in parameters.items()}
    document = {"n": 2, **({"_rev": stated.format(rev=rev)} if stated else {})}

    answer = open_db.request("PUT", "a", sent, json=document, headers=headers)

    assert is_error(answer, 400, "bad_request")
    assert open_db.get("a").json()["_rev"] == rev
