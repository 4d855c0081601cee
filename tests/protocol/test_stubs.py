"""Attachments that an edit leaves as they are, named without their content.

Source: CouchDB, couch_att.erl, merge_stubs/3: a stub means what the revision has that the edit is
made on; couch_db.erl, prep_and_validate_replicated_updates/5 and make_first_doc_on_disk/4: where
edits between are not known, the nearest ancestor whose body is here.
"""

from __future__ import annotations

import pytest
import requests

from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import Team, new_case, new_rev, photo
from tests.protocol.test_attachments import digest
from tests.protocol.test_case_pushing import is_refused
from tests.protocol.test_detaching import attached
from tests.support.server import KanafServer


def stub(**members: object) -> Json:
    return {"_attachments": {"f": {"stub": True, "content_type": "text/plain", **members}}}


def replicated(database: Api, document: Json, *revs: str) -> requests.Response:
    return database.put("a", revision({"_id": "a", **document}, *revs), new_edits=False)


def test_a_stub_does_not_bring_back_what_was_taken_off(open_db: Api) -> None:
    first = open_db.write({"_id": "a", **attached(b"one")})
    second = open_db.write({"_id": "a", "_rev": first})

    assert is_error(open_db.put("a", {"_rev": second, **stub()}), 412, "missing_stub")
    assert "_attachments" not in open_db.get("a").json()


def test_a_stub_of_an_older_content_is_not_taken_for_the_newer_one(open_db: Api) -> None:
    first = open_db.write({"_id": "a", **attached(b"one")})
    told = open_db.get("a").json()["_attachments"]
    second = open_db.write({"_id": "a", "_rev": first, **attached(b"two")})

    for older in ({"_attachments": told}, stub(revpos=1)):
        assert is_error(open_db.put("a", {"_rev": second, **older}), 412, "missing_stub")
    assert open_db.get("a").json()["_rev"] == second


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"revpos": 2},
        {"revpos": 2, "digest": digest(b"two")},
        {"revpos": 2, "digest": digest(b"what CouchDB compressed")},
    ],
)
def test_a_stub_of_what_is_there_keeps_it(open_db: Api, members: Json) -> None:
    first = open_db.write({"_id": "a", **attached(b"one")})
    second = open_db.write({"_id": "a", "_rev": first, **attached(b"two")})

    open_db.write({"_id": "a", "_rev": second, **stub(**members)})

    assert open_db.get("a/f").content == b"two"
    assert open_db.get("a").json()["_attachments"]["f"]["revpos"] == 2


def test_a_digest_alone_tells_an_older_content_too(server: KanafServer, open_db: Api) -> None:
    """CouchDB does not look at it.

    Ours: docs/reference/protocol.md, A stub.
    """
    first = open_db.write({"_id": "a", **attached(b"one")})
    second = open_db.write({"_id": "a", "_rev": first, **attached(b"two")})

    older, known = stub(digest=digest(b"one")), stub(digest=digest(b"two"))

    assert is_error(open_db.put("a", {"_rev": second, **older}), 412, "missing_stub")
    assert open_db.put("a", {"_rev": second, **known}).status_code == 201


@pytest.mark.parametrize("revpos", [3, 2**70])
def test_a_stub_of_what_is_yet_to_come_is_refused(open_db: Api, revpos: int) -> None:
    first = open_db.write({"_id": "a", **attached(b"one")})

    answer = open_db.put("a", {"_rev": first, **stub(revpos=revpos)})

    assert 400 <= answer.status_code < 500


def test_a_stub_may_rest_on_an_ancestor_before_edits_that_never_came(open_db: Api) -> None:
    """Ours: `revpos` is counted; CouchDB compares what it was told (merge_stubs/3)."""
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))

    assert replicated(open_db, stub(revpos=1), "4-d", "3-c", "2-b", "1-a").status_code == 201

    assert open_db.get("a/f", rev="4-d").content == b"one"


def test_a_path_that_was_cut_short_goes_on_in_the_tree(open_db: Api) -> None:
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))
    open_db.push(revision({"_id": "a"}, "3-x", "2-b", "1-a"))

    assert replicated(open_db, stub(), "3-y", "2-b").status_code == 201

    assert open_db.get("a/f", rev="3-y").content == b"one"


def test_of_what_was_replicated_the_nearest_ancestor_counts(open_db: Api) -> None:
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))
    open_db.push(revision({"_id": "a"}, "2-b", "1-a"))

    answer = replicated(open_db, stub(), "4-d", "3-c", "2-b", "1-a")

    assert is_error(answer, 412, "missing_stub")


def test_of_a_known_revision_no_stub_is_asked_for(open_db: Api) -> None:
    open_db.push(revision({"_id": "a"}, "1-a"))

    assert replicated(open_db, stub(), "1-a").status_code == 201
    assert "_attachments" not in open_db.get("a").json()


def test_a_digest_proves_what_another_server_counted_otherwise(
    server: KanafServer, open_db: Api
) -> None:
    """Who sent revision 2 here without 1 may have had its attachment in 1. CouchDB keeps what it
    was told then, here it is counted.

    Ours: docs/reference/protocol.md, A stub.
    """
    open_db.push(revision({"_id": "a", **attached(b"one")}, "2-b", "1-a"))
    known = stub(digest=digest(b"one"), revpos=1)

    assert replicated(open_db, known, "3-c", "2-b", "1-a").status_code == 201
    assert replicated(open_db, stub(revpos=1), "4-d", "3-c", "2-b", "1-a").status_code == 201
    assert open_db.get("a/f").content == b"one"


def test_several_edits_that_a_tablet_made_offline_keep_a_photo(team: Team) -> None:
    """Ours: what a case database takes."""
    document = photo(team.amina, new_case(team, referred=False).record, b"a photo")
    file, revs = document["data"]["file"], [new_rev(n) for n in (5, 4, 3, 2, 1)]
    assert team.amina.push(document, revs[-1]) is None
    kept = {file: {"stub": True, "digest": digest(b"a photo"), "revpos": 1}}

    edited = {**document, "salt": "0" * 32, "_attachments": kept}

    assert team.amina.push(edited, *revs) is None
    assert team.amina.api.get(f"{document['_id']}/{file}").content == b"a photo"
    assert team.amina.push(edited, *revs) is None


def test_a_photo_that_was_replaced_is_not_brought_back_by_a_stub(team: Team) -> None:
    """Ours: docs/reference/errors.md, missing_stub in quarantine."""
    record = new_case(team, referred=False).record
    document, other = photo(team.amina, record, b"one"), photo(team.amina, record, b"two")
    first, second, third = new_rev(1), new_rev(2), new_rev(3)
    team.amina.push(document, first)
    replaced = {**other, "_id": document["_id"]}
    assert team.amina.push(replaced, second, first) is None

    older = {**document, "_attachments": {document["data"]["file"]: {"stub": True}}}

    assert is_refused(team.amina.push(older, third, second, first), "missing_stub")
