"""Answers in gzip. CouchDB gives none by default: chttpd_response_compression_test.erl."""

from __future__ import annotations

import base64
import gzip
import json
import random

import pytest
import requests

from tests.protocol.api import Api
from tests.protocol.test_streams import Stream

LONG = {"_id": "a", "text": "kanaf " * 1000}


def got(database: Api, path: str, encodings: str | None) -> requests.Response:
    headers = {"Accept-Encoding": encodings} if encodings else {"Accept-Encoding": ""}
    answer = database.request("GET", path, headers=headers, stream=True)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("encodings", ["gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.5", "*"])
def test_who_takes_gzip_gets_it(open_db: Api, encodings: str) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    rev = open_db.write(LONG)

    answer = got(open_db, "a", encodings)
    packed = answer.raw.read()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(packed) < 400
    assert LONG["text"].encode() in gzip.decompress(packed)
    assert answer.headers["ETag"] == f'"{rev}"'
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("encodings", [None, "identity", "br", "gzip;q=0"])
def test_who_does_not_take_gzip_gets_plain_bytes(open_db: Api, encodings: str | None) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    open_db.write(LONG)

    answer = got(open_db, "a", encodings)

    assert "Content-Encoding" not in answer.headers
    assert LONG["text"].encode() in answer.raw.read()


def test_what_fits_into_one_packet_is_sent_as_it_is(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    open_db.write({"_id": "a", "text": "kanaf " * 10})

    assert "Content-Encoding" not in got(open_db, "a", "gzip").headers


def test_attachments_are_sent_as_they_are(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, `Content-Encoding`."""
    open_db.request("PUT", "a/f", data=b"x" * 5000, headers={"Content-Type": "image/png"})

    answer = got(open_db, "a/f", "gzip")

    assert "Content-Encoding" not in answer.headers
    assert answer.raw.read() == b"x" * 5000


def test_a_large_answer_is_packed_whole(open_db: Api) -> None:
    """It is packed in pieces, so that others have their turn between them.

    Ours: docs/reference/protocol.md, Limits.
    """
    texts = [f"{at} " + "kanaf " * 5_000 for at in range(50)]
    open_db.post(
        "_bulk_docs", {"docs": [{"_id": f"{at:02}", "t": t} for at, t in enumerate(texts)]}
    )

    answer = got(open_db, "_all_docs?include_docs=true", "gzip")
    packed = answer.raw.read()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(packed) < 100_000
    rows = json.loads(gzip.decompress(packed))["rows"]
    assert [row["doc"]["t"] for row in rows] == texts


@pytest.mark.parametrize(("megabytes", "encoding"), [(0.5, "gzip"), (1.5, None)])
def test_many_pictures_are_sent_as_they_are(
    open_db: Api, megabytes: float, encoding: str | None
) -> None:
    """Ours: what is in base64 for JSON's sake packs to three quarters of it, and takes long."""
    picture = random.Random(1).randbytes(int(megabytes * 750_000))
    data = base64.b64encode(picture).decode()
    stub = {"content_type": "image/png", "data": data}
    open_db.put("a", {"text": LONG["text"], "_attachments": {"f": stub}})

    answer = got(open_db, "a?attachments=true", "gzip")
    content = answer.raw.read()

    assert answer.headers.get("Content-Encoding") == encoding
    assert int(answer.headers["Content-Length"]) == len(content)
    assert "Accept-Encoding" in answer.headers["Vary"]
    told = gzip.decompress(content) if encoding else content
    assert json.loads(told)["_attachments"]["f"]["data"] == data


def test_a_feed_that_goes_on_is_told_as_it_comes(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    open_db.write(LONG)
    headers = {"Accept-Encoding": "gzip"}

    with Stream(open_db, include_docs=True, heartbeat=1000, headers=headers) as stream:
        assert "Content-Encoding" not in stream.answer.headers
        assert stream.row()["doc"]["text"] == LONG["text"]


def test_what_did_not_change_is_told_so_without_content(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `If-None-Match`."""
    rev = open_db.write(LONG)

    headers = {"Accept-Encoding": "gzip", "If-None-Match": f'"{rev}"'}
    assert open_db.request("GET", "a", headers=headers).status_code == 304


def test_the_head_of_an_answer_tells_its_length_packed(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `HEAD /{db}/{docid}`."""
    open_db.write(LONG)
    length = got(open_db, "a", "gzip").headers["Content-Length"]

    head = open_db.request("HEAD", "a", headers={"Accept-Encoding": "gzip"})

    assert head.headers["Content-Length"] == length
