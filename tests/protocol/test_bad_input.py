from __future__ import annotations

import gzip
import zlib

import pytest
import requests

from tests.protocol.api import Api, is_error

WRITES = [
    ("PUT", "a"),
    ("POST", ""),
    ("POST", "_bulk_docs"),
    ("POST", "_bulk_get"),
    ("POST", "_revs_diff"),
    ("PUT", "_local/a"),
]
READS = ["a", "_all_docs", "_changes", "a/f"]
PARAMETERS = [
    *("rev", "open_revs", "since", "limit", "skip", "startkey", "endkey", "key", "keys", "feed"),
    *("timeout", "heartbeat", "style", "revs", "filter", "descending", "attachments", "conflicts"),
]
WORDS = {"error", "reason"}
VALUES = ["", "[]", "{}", '"', "-1", "1e400", "\x00", "[" * 2000]


def is_told(answer: requests.Response) -> bool:
    """Whether a refusal is CouchDB's JSON, with a status that blames the request."""
    is_json = answer.headers["Content-Type"].startswith("application/json")
    return (
        400 <= answer.status_code < 500 and is_json and {"error", "reason"} <= answer.json().keys()
    )


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"{",
            b"nonsense",
            b"{'a': 1}",
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b"\xff\xfe{}",
        ),
        *(b'{"a": 1}}', b"[" * 100_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"a": "\x01"}'),
    ],
    ids=range(12),
)
def test_malformed_json_is_a_bad_request(open_db: Api, method: str, path: str, body: bytes) -> None:
    """Source: CouchDB, chttpd.erl, catch_error/4, invalid_json.

    Ours: JSON that is nested too deeply (docs/reference/errors.md, invalid_json).
    """
    headers = {"Content-Type": "application/json"}

    assert is_error(open_db.request(method, path, data=body, headers=headers), 400, "bad_request")


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", [None, True, 7, 1.5, "text", [], [[]], [7], [{}]])
def test_json_of_the_wrong_type_is_refused_in_json(
    open_db: Api, method: str, path: str, body: object
) -> None:
    """Source: CouchDB, chttpd.erl, json_body_obj/1; couch_doc.erl, from_json_obj/2."""
    assert is_told(open_db.request(method, path, json=body))


@pytest.mark.parametrize("member", ["_rev", "_revisions", "_deleted", "_attachments", "_id"])
@pytest.mark.parametrize("value", [True, 7, 1.5, "x", [], {}, [7], {"a": 7}, 10**400, "\ud800"])
def test_a_member_of_the_wrong_type_never_breaks_the_server(
    open_db: Api, member: str, value: object
) -> None:
    """Ours: docs/reference/protocol.md, Not there: a row is refused alone."""
    for new_edits in (True, False):
        document = {"_id": "a", member: value}
        answer = open_db.put("a", document, new_edits=new_edits)
        assert answer.status_code in (200, 201) or is_told(answer), answer.text
        rows = open_db.post("_bulk_docs", {"docs": [document], "new_edits": new_edits})
        assert rows.status_code == 201, rows.text


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_of_the_wrong_type_never_breaks_the_server(
    open_db: Api, path: str, parameter: str
) -> None:
    """Ours: CouchDB answers 500 to some (chttpd_db.erl, parse_changes_query/1)."""
    open_db.put("a", {"_attachments": {"f": {"data": ""}}})
    for value in VALUES:
        answer = open_db.get(path, **{parameter: value})
        assert answer.status_code in (200, 404, 501) or is_told(answer), (value, answer.text)


@pytest.mark.parametrize("value", [10**400, -(10**19), 2**63, 2**64])
def test_a_number_without_end_never_breaks_the_server(open_db: Api, value: int) -> None:
    """Ours: whatever the number, the server does not break."""
    answer = open_db.put("a", {"n": value})

    assert answer.status_code == 201 or is_told(answer), answer.text
    if answer.status_code == 201:
        assert open_db.get("a").status_code == 200


def test_a_deeply_nested_document_is_refused_in_json(open_db: Api) -> None:
    """Ours: docs/reference/errors.md, invalid_json."""
    deep: object = 1
    for _ in range(200):
        deep = [deep]

    assert is_told(open_db.put("a", {"deep": deep}))


@pytest.mark.parametrize("headers", [{"Content-Type": "text/html"}, {}])
def test_a_body_is_read_as_json_whatever_its_type(open_db: Api, headers: dict) -> None:
    """Source: CouchDB, chttpd_db.erl, db_doc_req/3, PUT."""
    assert open_db.request("PUT", "a", data=b"{}", headers=headers).status_code == 201


def test_a_gzipped_body_is_read(open_db: Api) -> None:
    """Source: CouchDB, couch_httpd.erl, maybe_decompress/2."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    answer = open_db.request("PUT", "a", data=gzip.compress(b'{"n": 1}'), headers=headers)

    assert answer.status_code == 201
    assert open_db.get("a").json()["n"] == 1


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", b"no gzip", id="no gzip"),
        pytest.param("gzip", gzip.compress(b"{}")[:-4], id="cut"),
        pytest.param("gzip", b"", id="empty"),
        pytest.param("br", b"{}", id="another encoding"),
        pytest.param("gzip, gzip", b"{}", id="twice"),
    ],
)
def test_a_body_that_is_not_encoded_as_it_says_is_refused(
    open_db: Api, encoding: str, body: bytes
) -> None:
    """Source: CouchDB, couch_httpd.erl, maybe_decompress/2, for other encodings.

    Ours: broken gzip, which ends in a 500 there.
    """
    answer = open_db.request("PUT", "a", data=body, headers={"Content-Encoding": encoding})

    assert is_told(answer)


def test_a_body_that_unpacks_to_too_much_is_too_large(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Limits: decompressed bytes count."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = b"0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()

    answer = open_db.request("PUT", "a", data=bomb, headers={"Content-Encoding": "gzip"})

    assert len(bomb) < 1_000_000
    assert is_error(answer, 413, "too_large")


def test_a_document_that_is_too_large_is_refused(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert is_error(open_db.put("a", {"text": "x" * 8_100_000}), 413, "too_large")


@pytest.mark.parametrize("path", ["%FF", "%00", "a%00b", "%ED%A0%80", "..%2F..%2Fetc", "a/%FF"])
def test_a_path_that_is_no_text_never_breaks_the_server(open_db: Api, path: str) -> None:
    """Ours: whatever the path, the server does not break."""
    for method in ("GET", "PUT", "DELETE"):
        answer = open_db.request(method, path, json={})
        assert answer.status_code in (200, 201) or is_told(answer), answer.text


def test_an_error_never_repeats_what_was_sent(open_db: Api) -> None:
    """Ours: docs/reference/errors.md; CouchDB's reasons name ids and attachments."""
    secret = "a-name-nobody-should-read-in-a-log"

    answers = [
        open_db.request("PUT", "a", data=f'{{"x": {secret}'.encode()),
        open_db.put("a", {"_attachments": {secret: 7}}),
        open_db.get("_all_docs", startkey=secret),
    ]

    assert not any(secret in answer.text for answer in answers)
