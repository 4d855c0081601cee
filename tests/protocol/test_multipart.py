"""Documents with their attachments beside them, in and out.

Sources: CouchDB documentation, api/document/common, Efficient Multiple Attachments Retrieving, and
api/document/attachments, Creating Multiple Attachments; chttpd_db.erl, send_docs_multipart/3 and
bulk_get_ret_multipart/4; couch_httpd_multipart.erl.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import uuid
from typing import Any

import pytest
import requests

from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import REGISTRATION, Team
from tests.protocol.parts import Part, parts, related
from tests.support.personas import case_document

PICTURE = b"\x89PNG\r\n\x00\xff--a-boundary\r\n--\r\n\r\n"
NOTE = "كنف\r\n".encode()
TYPE = 'multipart/related; boundary="a-boundary"'
JSON = {"Content-Type": "application/json"}


def digest(content: bytes) -> str:
    return "md5-" + base64.b64encode(hashlib.md5(content).digest()).decode()


def follows(content: bytes, content_type: str = "image/png", **more: Any) -> Json:
    return {"follows": True, "content_type": content_type, "length": len(content), **more}


def inline(content: bytes, content_type: str = "image/png") -> Json:
    return {"content_type": content_type, "data": base64.b64encode(content).decode()}


def body_of(document: Json, *contents: bytes) -> bytes:
    attached = [({"Content-Type": "image/png"}, content) for content in contents]
    return related((JSON, json.dumps(document).encode()), *attached)


def put(database: Api, document: Json, *contents: bytes, **parameters: Any) -> requests.Response:
    return sent(database, document["_id"], body_of(document, *contents), **parameters)


def sent(database: Api, name: str, body: bytes, **parameters: Any) -> requests.Response:
    headers = {"Content-Type": TYPE}
    return database.request("PUT", name, parameters, data=body, headers=headers)


def got(answer: requests.Response) -> list[Part]:
    assert answer.status_code == 200, answer.text
    return parts(answer.headers["Content-Type"], answer.content)


@pytest.fixture
def filled(open_db: Api) -> Api:
    """`a` has two attachments, and a conflict without."""
    attachments = {"a.png": inline(PICTURE), "b.txt": inline(NOTE, "text/plain")}
    open_db.push(
        revision({"_id": "a", "n": 2, "_attachments": attachments}, "2-b", "1-a"),
        revision({"_id": "a", "n": 1}, "2-a", "1-a"),
    )
    return open_db


# Out


def test_a_document_is_told_with_its_attachments_beside_it(filled: Api) -> None:
    answer = filled.request(
        "GET", "a", {"attachments": True}, headers={"Accept": "multipart/related"}
    )

    document, picture, note = got(answer)

    assert document.json["n"] == 2
    assert document.json["_attachments"]["a.png"] == {
        **follows(PICTURE),
        "digest": digest(PICTURE),
        "revpos": 2,
    }
    assert [picture.content, note.content] == [PICTURE, NOTE]
    assert picture.headers == {
        "Content-Disposition": 'attachment; filename="a.png"',
        "Content-Type": "image/png",
        "Content-Length": str(len(PICTURE)),
    }
    assert answer.headers["ETag"] == '"2-b"'


@pytest.mark.parametrize(
    "asked",
    [
        {"attachments": False},
        {"attachments": True, "rev": "2-a"},
        {"atts_since": ["2-b"]},
    ],
)
def test_without_an_attachment_to_tell_an_answer_is_json(filled: Api, asked: Json) -> None:
    answer = filled.request("GET", "a", asked, headers={"Accept": "multipart/related"})

    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["_id"] == "a"


@pytest.mark.parametrize("accepted", ["*/*", "multipart/*", "multipart/related, */*;q=0.1"])
def test_who_takes_everything_is_told_in_parts(filled: Api, accepted: str) -> None:
    """As CouchDB does it: only who says that they take no parts gets base64.

    Source: MochiWeb, which CouchDB asks: mochiweb_request.erl, accepts_content_type/1.
    """
    answer = filled.request("GET", "a", {"attachments": True}, headers={"Accept": accepted})

    assert len(got(answer)) == 3


@pytest.mark.parametrize("accepted", ["application/json", "multipart/related;q=0, */*"])
def test_who_takes_no_parts_is_told_json(filled: Api, accepted: str) -> None:
    """Source: MochiWeb, mochiweb_request.erl, accepts_content_type/1."""
    answer = filled.request("GET", "a", {"attachments": True}, headers={"Accept": accepted})

    assert answer.json()["_attachments"]["a.png"]["data"] == inline(PICTURE)["data"]


def test_the_leaves_of_a_document_come_in_parts_each_with_its_attachments(filled: Api) -> None:
    answer = filled.request(
        "GET",
        "a",
        {"open_revs": ["2-b", "2-a", "9-f"], "revs": True},
        headers={"Accept": "multipart/mixed"},
    )

    with_attachments, plain, missing = got(answer)

    document, picture, note = with_attachments.parts
    assert document.json["_revisions"] == {"start": 2, "ids": ["b", "a"]}
    assert [picture.content, note.content] == [PICTURE, NOTE]
    assert (plain.headers, plain.json["n"]) == ({"Content-Type": "application/json"}, 1)
    assert missing.headers == {"Content-Type": 'application/json; error="true"'}
    assert missing.json == {"missing": "9-f"}


def test_leaves_in_parts_leave_out_the_attachments_that_the_reader_has(filled: Api) -> None:
    """Ours: with `open_revs` CouchDB passes over it (attachments_multipart_test.exs)."""
    answer = filled.request(
        "GET",
        "a",
        {"open_revs": ["2-b"], "atts_since": ["2-b"]},
        headers={"Accept": "multipart/mixed"},
    )

    (document,) = got(answer)

    assert document.json["_attachments"]["a.png"]["stub"] is True


def test_many_documents_come_in_parts_to_who_takes_no_json(filled: Api) -> None:
    filled.write({"_id": "b", "n": 3})
    wanted = {"docs": [{"id": "a", "rev": "2-b"}, {"id": "b"}, {"id": "c"}]}

    answer = filled.request("POST", "_bulk_get", json=wanted, headers={"Accept": "multipart/mixed"})
    first, second, missing = got(answer)

    assert [part.content for part in first.parts[1:]] == [PICTURE, NOTE]
    assert {name: first.headers[name] for name in ("X-Doc-Id", "X-Rev-Id")} == {
        "X-Doc-Id": "a",
        "X-Rev-Id": "2-b",
    }
    assert second.json["n"] == 3
    assert missing.headers["Content-Type"] == 'application/json; error="true"'
    assert missing.json["error"] == "not_found"


def test_many_documents_come_as_json_to_who_takes_it(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, bulk_get_is_multipart/1."""
    wanted = {"docs": [{"id": "a", "rev": "2-b"}]}

    answer = filled.request("POST", "_bulk_get", json=wanted, headers={"Accept": "*/*"})

    assert answer.json()["results"][0]["docs"][0]["ok"]["n"] == 2


def test_many_documents_leave_out_the_attachments_that_the_reader_has(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, bulk_get_parse_atts_since/3."""
    entries = [{"id": "a", "rev": "2-b", "atts_since": since} for since in (["1-a"], ["2-b"])]

    new, old = filled.post("_bulk_get", {"docs": entries}).json()["results"]

    assert "data" in new["docs"][0]["ok"]["_attachments"]["a.png"]
    assert "stub" in old["docs"][0]["ok"]["_attachments"]["a.png"]


@pytest.mark.parametrize("name", ['a "b".png', "صورة.png", "a\r\nX-Evil: 1.png", "a;b=c.png"])
def test_no_name_of_an_attachment_breaks_out_of_its_header(open_db: Api, name: str) -> None:
    """Ours: CouchDB writes it as it is (couch_httpd_multipart.erl, atts_to_mp/4)."""
    open_db.write({"_id": "a", "_attachments": {name: inline(PICTURE, "image/png\r\nX-Evil: 1")}})

    answer = open_db.request("GET", "a", {"attachments": True}, headers={"Accept": "multipart/*"})

    document, picture = got(answer)
    assert picture.content == PICTURE
    assert set(picture.headers) == {"Content-Disposition", "Content-Type", "Content-Length"}
    assert sent(open_db, "b", _again(document, answer)).status_code == 201
    assert open_db.get("b").json()["_attachments"].keys() == {name}


def _again(document: Part, answer: requests.Response) -> bytes:
    """What was answered, to be sent as another document."""
    boundary = answer.headers["Content-Type"].split('"')[1].encode()
    without_rev = {name: value for name, value in document.json.items() if name != "_rev"}
    content = answer.content.replace(document.content, json.dumps(without_rev).encode())
    return content.replace(boundary, b"a-boundary")


# In


def test_a_document_and_its_attachments_are_written_as_parts(open_db: Api) -> None:
    document = {"_id": "a", "n": 1, "_attachments": {"p": follows(PICTURE), "n": follows(NOTE)}}
    boundary = "another"
    attached = [({"Content-Type": "image/png"}, content) for content in (PICTURE, NOTE)]
    body = related((JSON, json.dumps(document).encode()), *attached, boundary=boundary)

    answer = open_db.request(
        "PUT", "a", data=body, headers={"Content-Type": f"multipart/related; boundary={boundary}"}
    )

    assert answer.status_code == 201, answer.text
    assert (open_db.get("a").json()["n"], open_db.get("a/p").content) == (1, PICTURE)
    assert open_db.get("a/n").content == NOTE


def test_what_one_server_tells_in_parts_another_takes_as_it_is(filled: Api, open_db: Api) -> None:
    parameters = {"open_revs": ["2-b"], "revs": True}
    answer = filled.request("GET", "a", parameters, headers={"Accept": "multipart/mixed"})
    (leaf,) = got(answer)
    other = Api(filled.url + "-copy", filled.session)
    assert other.put().status_code == 201

    written = other.request(
        "PUT", "a", {"new_edits": False}, data=leaf.content, headers=leaf.headers
    )

    assert written.json() == {"ok": True, "id": "a", "rev": "2-b"}
    copied = other.get("a", attachments=True, revs=True).json()
    assert copied == filled.get("a", attachments=True, revs=True).json()


def test_parts_beside_stubs_and_inline_attachments_are_told_apart(open_db: Api) -> None:
    first = open_db.write({"_id": "a", "_attachments": {"old": inline(b"old")}})
    attachments = {
        "old": {"stub": True},
        "new": follows(b"new"),
        "inline": inline(b"inline"),
        "last": follows(b"last"),
    }

    put(open_db, {"_id": "a", "_rev": first, "_attachments": attachments}, b"new", b"last")

    assert {name: open_db.get(f"a/{name}").content for name in attachments} == {
        name: name.encode() for name in attachments
    }


def test_an_attachment_that_was_compressed_for_the_way_is_kept_as_it_was(open_db: Api) -> None:
    """So CouchDB's replicator sends what it keeps compressed (`att_encoding_info`).

    Ours: docs/reference/protocol.md, In parts: it is unpacked; CouchDB keeps it packed.
    """
    packed = gzip.compress(NOTE)
    told = {"encoding": "gzip", "encoded_length": len(packed), "digest": digest(packed)}

    put(open_db, {"_id": "a", "_attachments": {"n": {**follows(NOTE), **told}}}, packed)

    assert open_db.get("a/n").content == NOTE
    assert open_db.get("a").json()["_attachments"]["n"]["digest"] == digest(NOTE)


def test_a_tablet_may_send_a_photo_in_parts(team: Team) -> None:
    """Ours: what a case database takes."""
    case = case_document(str(uuid.uuid4()), "k21", "amina", team.amina.persona.device, REGISTRATION)
    name = f"photo-{hashlib.sha256(PICTURE).hexdigest()}"
    document = {**case, "_attachments": {name: follows(PICTURE)}}

    answer = put(team.amina.api, document, PICTURE)

    assert answer.status_code == 201, answer.text
    assert team.bilal.api.get(f"{case['_id']}/{name}").content == PICTURE


LIKE_SENT = {"_id": "a", "_attachments": {"p": follows(PICTURE), "n": follows(NOTE)}}


def _named(*names: str) -> bytes:
    attached = [
        ({"Content-Disposition": f'attachment; filename="{name}"'}, content)
        for name, content in zip(names, (PICTURE, NOTE), strict=True)
    ]
    return related((JSON, json.dumps(LIKE_SENT).encode()), *attached)


def test_parts_may_be_named(open_db: Api) -> None:
    """Source: CouchDB, couch_httpd_multipart.erl, mp_parse_atts/2, which passes over names."""
    assert sent(open_db, "a", _named("p", "n")).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no parts", id="no parts"),
        pytest.param(b"--a-boundary--", id="no part"),
        pytest.param(body_of(LIKE_SENT, PICTURE), id="a part too few"),
        pytest.param(body_of(LIKE_SENT, PICTURE, NOTE, NOTE), id="a part too many"),
        pytest.param(body_of(LIKE_SENT, NOTE, PICTURE), id="other lengths"),
        pytest.param(_named("n", "p"), id="other names"),
        pytest.param(related(({"Content-Type": "text/plain"}, b"{}")), id="no JSON type"),
        pytest.param(related((JSON, b"[1]")), id="no object"),
        pytest.param(related((JSON, b"{")), id="no JSON"),
        pytest.param(body_of({"_id": "a", "_attachments": [1]}, PICTURE), id="no attachments"),
        pytest.param(
            body_of(
                {"_id": "a", "_attachments": {"p": {"follows": True, "encoding": "gzip"}}}, b"x"
            ),
            id="not compressed",
        ),
        pytest.param(
            body_of(
                {"_id": "a", "_attachments": {"p": {"follows": True, "encoding": "gzip"}}},
                gzip.compress(NOTE)[:-4],
            ),
            id="compressed and cut",
        ),
    ],
)
def test_parts_that_are_not_what_the_document_says_are_refused(open_db: Api, body: bytes) -> None:
    """Ours: docs/reference/protocol.md, In parts. CouchDB passes over names, and answers 415 where
    the first part is no JSON by its type (couch_httpd_multipart.erl, mp_parse_doc/2).
    """
    assert is_error(sent(open_db, "a", body), 400, "bad_request")
    assert is_error(open_db.get("a"), 404, "not_found")


@pytest.mark.parametrize("kind", ["multipart/related", "multipart/related; boundary="])
def test_parts_without_a_boundary_are_refused(open_db: Api, kind: str) -> None:
    """Ours: to CouchDB a type without parameters is no parts (chttpd_db.erl, db_doc_req/3)."""
    body = body_of(LIKE_SENT, PICTURE, NOTE)
    answer = open_db.request("PUT", "a", data=body, headers={"Content-Type": kind})

    assert is_error(answer, 400, "bad_request")


def test_a_body_that_was_cut_anywhere_stores_nothing(open_db: Api) -> None:
    """Ours: 400; CouchDB answers 500 (chttpd_db.erl, receive_request_data/2)."""
    whole = body_of(LIKE_SENT, PICTURE, NOTE)

    answers = [sent(open_db, "a", whole[:length]) for length in range(0, len(whole) - 1, 7)]

    assert {answer.status_code for answer in answers} == {400}
    assert is_error(open_db.get("a"), 404, "not_found")
    assert sent(open_db, "a", whole).status_code == 201


def test_an_attachment_that_arrived_as_another_is_refused(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, with_stream/3; couch_httpd.erl, error_info/1, md5_mismatch."""
    told = follows(NOTE, digest=digest(NOTE[::-1]))

    answer = put(open_db, {"_id": "a", "_attachments": {"n": told}}, NOTE)

    assert is_error(answer, 400, "content_md5_mismatch")
    assert is_error(open_db.get("a"), 404, "not_found")


def test_what_unpacks_to_more_than_a_document_may_have_is_refused(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    bomb = gzip.compress(b"0" * 40_000_000)
    told = {"follows": True, "encoding": "gzip", "encoded_length": len(bomb)}

    answer = put(open_db, {"_id": "a", "_attachments": {"n": told}}, bomb)

    assert is_error(answer, 413, "too_large")
