"""A document with the attachments that a client does not have yet.

Sources: CouchDB's documentation, api/document/common, `atts_since` and `att_encoding_info`;
chttpd_db.erl, db_doc_req/3: `atts_since` asks for attachments by itself; couch_db.erl,
find_ancestor_rev_pos/2: the newest ancestor counts.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest

from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import Team, new_case, new_rev, photo

OTHER = "1-" + "f" * 32


def inline(content: bytes) -> Json:
    return {"content_type": "text/plain", "data": base64.b64encode(content).decode()}


@dataclass(frozen=True)
class Attached:
    """A document a: first without attachments, then with old, then with old and new."""

    database: Api
    bare: str
    old: str
    new: str

    def contents(self, **parameters: object) -> dict[str, bool]:
        """Whether each attachment comes with its content, by name."""
        attachments = self.database.get("a", **parameters).json()["_attachments"]
        assert all(("data" in one) != ("stub" in one) for one in attachments.values())
        return {name: "data" in one for name, one in attachments.items()}


@pytest.fixture
def attached(open_db: Api) -> Attached:
    bare = open_db.write({"_id": "a"})
    old = open_db.write({"_id": "a", "_rev": bare, "_attachments": {"old": inline(b"old")}})
    known = open_db.get("a").json()["_attachments"]
    new = open_db.write({"_id": "a", "_rev": old, "_attachments": {**known, "new": inline(b"new")}})
    return Attached(open_db, bare, old, new)


def test_what_was_attached_after_the_revision_comes_with_its_content(attached: Attached) -> None:
    assert attached.contents(atts_since=[attached.bare]) == {"old": True, "new": True}
    assert attached.contents(atts_since=[attached.old]) == {"old": False, "new": True}
    assert attached.contents(atts_since=[attached.new]) == {"old": False, "new": False}


def test_the_newest_ancestor_counts(attached: Attached) -> None:
    known = [attached.bare, OTHER, attached.old]

    assert attached.contents(atts_since=known) == {"old": False, "new": True}


@pytest.mark.parametrize("known", [[], [OTHER]])
def test_who_has_no_ancestor_gets_everything(attached: Attached, known: list[str]) -> None:
    assert attached.contents(atts_since=known) == {"old": True, "new": True}


def test_with_attachments_asked_for_it_is_the_same(attached: Attached) -> None:
    told = attached.contents(atts_since=[attached.old], attachments=True)

    assert told == {"old": False, "new": True}


def test_an_older_revision_is_told_by_its_own_ancestors(attached: Attached) -> None:
    assert attached.contents(rev=attached.old, atts_since=[attached.new]) == {"old": True}
    assert attached.contents(rev=attached.old, atts_since=[attached.old]) == {"old": False}


def test_leaves_are_told_so_too(attached: Attached) -> None:
    """Ours: with `open_revs` CouchDB passes over it (attachments_multipart_test.exs)."""
    (row,) = attached.database.get("a", open_revs="all", atts_since=[attached.old]).json()

    assert "stub" in row["ok"]["_attachments"]["old"]
    assert "data" in row["ok"]["_attachments"]["new"]


def test_a_content_that_was_replaced_is_sent(attached: Attached) -> None:
    attached.database.request("PUT", "a/old", {"rev": attached.new}, data=b"other")

    assert attached.contents(atts_since=[attached.new]) == {"old": True, "new": False}


def test_what_an_ancestor_had_that_never_came_is_sent(open_db: Api) -> None:
    """Ours: `revpos` is counted; CouchDB keeps what it was told (docs/reference/protocol.md)."""
    first, second, third = "1-" + "a" * 32, "2-" + "b" * 32, "3-" + "c" * 32
    document = {"_id": "a", "_attachments": {"f": inline(b"content")}}
    open_db.push(revision(document, first), revision(document, third, second, first))

    told = open_db.get("a", atts_since=[second]).json()["_attachments"]["f"]

    assert "data" in told


@pytest.mark.parametrize("known", ["7", "{}", '"1-a"', "[7]", '["x"]', "{", "[null]"])
@pytest.mark.parametrize("leaves", [{}, {"open_revs": "all"}])
def test_what_is_no_list_of_revisions_is_a_bad_request(
    attached: Attached, known: str, leaves: dict[str, str]
) -> None:
    """Source: CouchDB, couch_doc.erl, parse_revs/1 and parse_rev/1."""
    answer = attached.database.get("a", atts_since=known, **leaves)

    assert is_error(answer, 400, "bad_request")


def test_no_encoding_is_told_of_what_is_not_compressed(attached: Attached) -> None:
    """Ours: docs/reference/protocol.md, `att_encoding_info`; CouchDB compresses texts."""
    told = attached.database.get("a", att_encoding_info=True).json()

    assert told == attached.database.get("a").json()
    assert not {"encoding", "encoded_length"} & told["_attachments"]["old"].keys()


def test_a_photo_is_not_sent_again_with_the_next_edit_of_its_document(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    document = photo(team.amina, new_case(team, referred=False).record, b"a photo")
    name, file, first, second = document["_id"], document["data"]["file"], new_rev(1), new_rev(2)
    stubs = {file: {"stub": True, "content_type": "image/jpeg", "revpos": 1}}
    assert team.amina.push(document, first) is None
    assert (
        team.amina.push({**document, "salt": "0" * 32, "_attachments": stubs}, second, first)
        is None
    )

    (told,) = team.amina.api.get(name, atts_since=[first]).json()["_attachments"].values()

    assert (told.get("stub"), told["revpos"]) == (True, 1)
    assert is_error(team.dina.api.get(name, atts_since=[first]), 404, "not_found")
