from __future__ import annotations

import base64
import hashlib

import pytest

from tests.protocol.api import Api, is_error, revision

CONTENT = b"\x00\xff content"
INLINE = {"content_type": "image/png", "data": base64.b64encode(CONTENT).decode()}


def digest(content: bytes) -> str:
    return "md5-" + base64.b64encode(hashlib.md5(content).digest()).decode()


def test_an_inline_attachment_is_told_as_a_stub_and_read_on_its_own(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, Attachments."""
    open_db.write({"_id": "a", "_attachments": {"f.png": INLINE}})

    assert open_db.get("a").json()["_attachments"] == {
        "f.png": {
            "content_type": "image/png",
            "digest": digest(CONTENT),
            "length": len(CONTENT),
            "revpos": 1,
            "stub": True,
        }
    }
    assert open_db.get("a/f.png").content == CONTENT


def test_attachments_come_with_their_content_when_asked_for(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, Retrieving Attachments Content."""
    open_db.write({"_id": "a", "_attachments": {"f.png": INLINE}})

    (told,) = open_db.get("a", attachments=True).json()["_attachments"].values()

    assert told["data"] == INLINE["data"]
    assert "stub" not in told


def test_a_stub_keeps_an_attachment_over_an_edit(open_db: Api) -> None:
    """Source: CouchDB, couch_att.erl, merge_stubs/3."""
    first = open_db.write({"_id": "a", "_attachments": {"f.png": INLINE}})
    document = open_db.get("a").json()

    second = open_db.write({**document, "n": 2})

    assert second != first
    assert open_db.get("a/f.png").content == CONTENT


def test_an_attachment_is_told_with_the_generation_in_which_it_was_added(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `revpos`."""
    first = open_db.write({"_id": "a", "n": 1})
    open_db.write({"_id": "a", "_rev": first, "_attachments": {"f": INLINE}})
    open_db.write({**open_db.get("a").json(), "n": 3})
    document = open_db.get("a").json()
    open_db.write({**document, "_attachments": {**document["_attachments"], "g": INLINE}})

    told = open_db.get("a").json()["_attachments"]

    assert (told["f"]["revpos"], told["g"]["revpos"]) == (2, 4)
    assert open_db.get("a", attachments=True).json()["_attachments"]["f"]["revpos"] == 2


def test_an_attachment_that_was_replaced_or_taken_off_was_added_anew(open_db: Api) -> None:
    """Source: CouchDB, couch_db.erl, set_new_att_revpos/1."""
    rev = open_db.request("PUT", "a/f", data=b"one").json()["rev"]
    rev = open_db.request("PUT", "a/f", {"rev": rev}, data=b"two").json()["rev"]
    assert open_db.get("a").json()["_attachments"]["f"]["revpos"] == 2
    rev = open_db.delete("a/f", rev=rev).json()["rev"]
    open_db.request("PUT", "a/f", {"rev": rev}, data=b"two")

    assert open_db.get("a").json()["_attachments"]["f"]["revpos"] == 4


def test_what_an_edit_leaves_out_is_no_longer_attached(open_db: Api) -> None:
    """Source: CouchDB, couch_doc.erl, transfer_fields/3 and merge_stubs/2."""
    first = open_db.write({"_id": "a", "_attachments": {"f.png": INLINE}})
    open_db.write({"_id": "a", "_rev": first})

    assert "_attachments" not in open_db.get("a").json()
    assert is_error(open_db.get("a/f.png"), 404, "not_found")
    assert open_db.get("a/f.png", rev=first).content == CONTENT


def test_an_attachment_is_put_replaced_and_removed_on_its_own(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, PUT and DELETE."""
    first = open_db.write({"_id": "a", "n": 1})
    headers = {"Content-Type": "text/plain"}

    put = open_db.request("PUT", "a/f.txt", {"rev": first}, data=b"one", headers=headers)
    replaced = open_db.request(
        "PUT", "a/f.txt", data=b"two", headers={**headers, "If-Match": put.json()["rev"]}
    )
    read = open_db.get("a/f.txt")
    removed = open_db.delete("a/f.txt", rev=replaced.json()["rev"])

    assert (put.status_code, put.json()["id"], put.json()["rev"][:2]) == (201, "a", "2-")
    assert (read.content, read.headers["Content-Type"].partition(";")[0]) == (b"two", "text/plain")
    assert (removed.status_code, removed.json()["ok"]) == (200, True)
    assert "_attachments" not in open_db.get("a").json()
    assert open_db.get("a").json()["n"] == 1


def test_an_attachment_makes_a_document_where_there_is_none(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, PUT."""
    put = open_db.request("PUT", "new/f", data=b"one")

    assert put.status_code == 201
    assert open_db.get("new/f").content == b"one"


def test_an_attachment_on_another_revision_is_a_conflict(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, 409."""
    first = open_db.write({"_id": "a"})
    open_db.write({"_id": "a", "_rev": first, "_attachments": {"f": INLINE}})

    assert is_error(open_db.request("PUT", "a/f", data=b"x"), 409, "conflict")
    assert is_error(open_db.request("PUT", "a/f", {"rev": first}, data=b"x"), 409, "conflict")
    assert is_error(open_db.delete("a/f"), 409, "conflict")


def test_an_attachment_that_never_was_is_not_found(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, 404."""
    open_db.write({"_id": "a"})

    assert is_error(open_db.get("a/never"), 404, "not_found")
    assert is_error(open_db.get("never/f"), 404, "not_found")
    assert is_error(open_db.delete("never/f"), 404, "not_found")


def test_what_a_document_does_not_have_cannot_be_taken_off_it(open_db: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, db_attachment_req/4."""
    first = open_db.write({"_id": "a", "_attachments": {"f": INLINE}})
    second = open_db.delete("a/f", rev=first).json()["rev"]

    for parameters in ({}, {"rev": second}):
        assert is_error(open_db.delete("a/f", **parameters), 404, "not_found")
        assert is_error(open_db.delete("a/never", **parameters), 404, "not_found")
    assert open_db.get("a").json()["_rev"] == second
    assert is_error(open_db.delete("a/f", rev=first), 409, "conflict")
    open_db.delete("a", rev=second)
    assert is_error(open_db.delete("a/f"), 404, "not_found")


@pytest.mark.parametrize("name", ["folder/f.txt", "a%2Fb", "with%20space", "%D9%83.jpg"])
def test_an_attachment_may_have_slashes_and_any_letter_in_its_name(open_db: Api, name: str) -> None:
    """Source: CouchDB, chttpd_db.erl, db_attachment_req/4; attachment_paths_test.exs."""
    assert open_db.request("PUT", f"a/{name}", data=b"x").status_code == 201
    assert open_db.get(f"a/{name}").content == b"x"


def test_an_empty_attachment_is_one_too(open_db: Api) -> None:
    """Source: CouchDB, attachments_test.exs, "empty attachments"."""
    assert open_db.request("PUT", "a/empty", data=b"").status_code == 201
    assert open_db.get("a/empty").content == b""


@pytest.mark.parametrize(
    "content_type",
    [
        *(
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
        ),
        *("application/javascript", "nonsense", "text/html\u00e9"),
    ],
)
def test_what_a_browser_could_run_is_sent_as_bytes(open_db: Api, content_type: str) -> None:
    """Ours: docs/reference/protocol.md, Attachments; CouchDB sends the type that it was given."""
    data = base64.b64encode(b"<script>alert(1)</script>").decode()
    attachment = {"content_type": content_type, "data": data}
    open_db.write({"_id": "a", "_attachments": {"f": attachment}})

    read = open_db.get("a/f")

    assert read.headers["Content-Type"] == "application/octet-stream"
    assert open_db.get("a").json()["_attachments"]["f"]["content_type"] == content_type


@pytest.mark.parametrize("content_type", ["image/png", "text/plain", "application/pdf"])
def test_no_attachment_is_shown_guessed_or_run_by_a_browser(
    open_db: Api, content_type: str
) -> None:
    """Ours: docs/reference/protocol.md, Attachments; CouchDB only has a policy, `sandbox`."""
    open_db.request("PUT", "a/f", data=b"x", headers={"Content-Type": content_type})

    headers = open_db.get("a/f").headers

    assert headers["Content-Type"].partition(";")[0] == content_type
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["ETag"] == f'"{digest(b"x").removeprefix("md5-")}"'


def test_a_stub_of_what_was_never_attached_is_refused(open_db: Api) -> None:
    """Source: CouchDB, couch_doc.erl, merge_stubs/2; chttpd.erl, error_info/1."""
    attachment = {"f": {"stub": True, "digest": digest(b"other"), "content_type": "text/plain"}}

    answer = open_db.put("a", {"_attachments": attachment})

    assert is_error(answer, 412, "missing_stub")


def test_attachments_replicate_with_the_revision_they_belong_to(open_db: Api) -> None:
    """Ours: `revpos` is counted; docs/reference/protocol.md, Documents.

    Source: CouchDB, couch_db.erl, prep_and_validate_replicated_updates/5.
    """
    first, second = "1-" + "a" * 32, "2-" + "b" * 32
    document = {"_id": "a", "_attachments": {"f": INLINE}}

    assert open_db.push(revision(document, first)) == []
    stub = {"f": {"stub": True, "digest": digest(CONTENT), "revpos": 1}}
    assert open_db.push(revision({"_id": "a", "_attachments": stub}, second, first)) == []

    assert open_db.get("a/f", rev=second).content == CONTENT


@pytest.mark.parametrize("name", ["_design", "_x"])
def test_an_attachment_with_an_illegal_name_is_refused(open_db: Api, name: str) -> None:
    """Source: CouchDB, chttpd_db.erl, validate_attachment_name/1."""
    open_db.write({"_id": "a"})

    assert 400 <= open_db.request("PUT", f"a/{name}", data=b"x").status_code < 500


def test_a_document_with_too_much_attached_is_too_large(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Limits."""
    answer = open_db.request("PUT", "a/f", data=b"x" * 9_000_000)

    assert is_error(answer, 413, "too_large")
