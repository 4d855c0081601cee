"""Attachments in parts.

Source: CouchDB's documentation, api/document/attachments, HTTP Range Requests;
src/chttpd/src/chttpd_db.erl, db_attachment_req/4 and parse_ranges/3; RFC 9110, 14.
"""

from __future__ import annotations

import pytest
import requests

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Team, new_case, new_rev, photo
from tests.protocol.parts import parts

CONTENT = b"0123456789"


@pytest.fixture
def attached(open_db: Api) -> Api:
    """A database in which a/f has ten bytes and a/empty none."""
    rev = open_db.request("PUT", "a/f", data=CONTENT).json()["rev"]
    open_db.request("PUT", "a/empty", {"rev": rev}, data=b"")
    return open_db


def part(database: Api, asked: str, path: str = "a/f", **headers: str) -> requests.Response:
    return database.request("GET", path, headers={"Range": asked, **headers})


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=0-", CONTENT, "bytes 0-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"),
        ("bytes = 2 - 3", b"23", "bytes 2-3/10"),
    ],
)
def test_a_range_is_answered_206(attached: Api, asked: str, content: bytes, told: str) -> None:
    """Ours: `0-`, `-99` and spaces. CouchDB sends the first whole, makes 1-9 of the second
    (chttpd_db.erl, parse_ranges/3), and does not read spaces (MochiWeb, parse_range_request/1).
    """
    answer = part(attached, asked)

    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["Content-Range"] == told
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["ETag"] == attached.get("a/f").headers["ETag"]


def test_that_ranges_are_served_is_told_with_every_attachment(attached: Api) -> None:
    """Ours: docs/reference/protocol.md: CouchDB does so only for what it does not compress."""
    for content_type in ("text/plain", "image/jpeg"):
        attached.request("PUT", "b/f", data=CONTENT, headers={"Content-Type": content_type})
        assert attached.get("b/f").headers["Accept-Ranges"] == "bytes"
        assert part(attached, "bytes=0-0", "b/f").content == b"0"


@pytest.mark.parametrize(
    "asked", ["bytes=10-", "bytes=99-100", "bytes=3-2", "bytes=-0", "bytes=10-,-0"]
)
def test_a_range_outside_the_content_is_answered_416(attached: Api, asked: str) -> None:
    assert is_error(part(attached, asked), 416, "requested_range_not_satisfiable")


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-1"])
def test_of_nothing_there_is_no_part(attached: Api, asked: str) -> None:
    """Ours: `0-`, which CouchDB sends whole (chttpd_db.erl, parse_ranges/3)."""
    assert is_error(part(attached, asked, "a/empty"), 416, "requested_range_not_satisfiable")


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "lines=0-1",
        "0-1",
        "bytes=0-1,",
        "bytes=0-1,-",
        "bytes=" + ",".join(["0-1"] * 10),
    ],
)
def test_what_is_no_range_of_bytes_or_too_many_is_sent_whole(attached: Api, asked: str) -> None:
    """Ours: `bytes=0-1,` and `bytes=`, of which CouchDB (MochiWeb) makes a 206."""
    answer = part(attached, asked)

    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_several_ranges_come_in_parts(attached: Api) -> None:
    """Ours: `90-` is left out; CouchDB answers 416 (chttpd_db.erl, parse_ranges/3)."""
    answer = part(attached, "bytes=0-1, 3-3, 90-, -2")

    told = parts(answer.headers["Content-Type"], answer.content)
    assert answer.status_code == 206
    assert answer.headers["Content-Type"].startswith("multipart/byteranges")
    assert [one.content for one in told] == [b"01", b"3", b"89"]
    assert [one.headers["Content-Range"] for one in told] == [
        "bytes 0-1/10",
        "bytes 3-3/10",
        "bytes 8-9/10",
    ]
    assert {one.headers["Content-Type"] for one in told} == {"application/octet-stream"}


def test_of_several_ranges_the_one_that_the_content_has_comes_alone(attached: Api) -> None:
    """Ours: CouchDB answers 416 (chttpd_db.erl, parse_ranges/3)."""
    answer = part(attached, "bytes=90-,2-3")

    assert (answer.content, answer.headers["Content-Range"]) == (b"23", "bytes 2-3/10")


def test_a_download_goes_on_only_if_it_is_still_the_same_content(attached: Api) -> None:
    """Ours: docs/reference/protocol.md, `If-Range`; CouchDB does not look at it."""
    etag = attached.get("a/f").headers["ETag"]

    same = part(attached, "bytes=4-", **{"If-Range": etag})
    other = part(attached, "bytes=4-", **{"If-Range": '"other"'})

    assert (same.status_code, same.content) == (206, b"456789")
    assert (other.status_code, other.content) == (200, CONTENT)


def test_a_part_of_what_did_not_change_is_a_304(attached: Api) -> None:
    etag = attached.get("a/f").headers["ETag"]

    assert part(attached, "bytes=0-1", **{"If-None-Match": etag}).status_code == 304


def test_head_tells_of_the_whole_content(attached: Api) -> None:
    """Ours: CouchDB takes HEAD for GET, and answers 206 (chttpd_db.erl)."""
    head = attached.request("HEAD", "a/f", headers={"Range": "bytes=0-1"})

    assert (head.status_code, head.headers["Content-Length"]) == (200, "10")


def test_a_part_of_a_photo_is_for_those_who_see_it(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    document = photo(team.amina, new_case(team, referred=False).record, CONTENT)
    assert team.amina.push(document, new_rev(1)) is None
    path = f"{document['_id']}/{document['data']['file']}"

    assert part(team.amina.api, "bytes=2-3", path).content == b"23"
    for asked in ("bytes=2-3", "bytes=99-"):
        assert is_error(part(team.dina.api, asked, path), 404, "not_found")
