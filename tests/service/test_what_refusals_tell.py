"""Whoever may not read a document learns from no answer whether it is there."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from conflict.minting import closing_rev, stub_rev
from conflict.revision import Rev
from sync_server.service.directory_changes import change_user
from sync_server.service.receipt import Receipt
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on

FIRST, SALT = "a" * 32, "0" * 32
ROOT = {"start": 1, "ids": [FIRST]}
SECOND = made_on(f"1-{FIRST}", "b" * 32)
PUSHES: dict[str, dict[str, Any]] = {
    "a first edit": {"_revisions": {"start": 1, "ids": ["b" * 32]}},
    "an edit of what stands": SECOND,
    "another body of a known revision": {"_revisions": ROOT, "data": {"sex": "male"}},
    "an edit of a merge": made_on(f"1-{FIRST}", "b" * 32, "mfoo"),
    "a stub of an attachment": {**SECOND, "_attachments": {"x.jpg": {"stub": True}}},
    "wrong answers": {**SECOND, "data": {"age": "x"}},
    "a tombstone": {**SECOND, "_deleted": True},
    "somebody else's author": {"_revisions": ROOT, "author": "amina"},
    "an unknown form": {"_revisions": ROOT, "form_rev": 99},
    "a new edit": {},
    "a new edit of what stands": {"_rev": f"1-{FIRST}"},
    "a new edit of something else": {"_rev": f"1-{'c' * 32}"},
}


def told(programme: Programme, name: str, record: str, **members: Any) -> tuple[str | None, ...]:
    programme.record = record
    receipt = programme.write(name, "k21", members.pop("data", REGISTRATION), **members)
    return receipt.code, receipt.error


def written(programme: Programme, name: str) -> dict[str, Any]:
    """A registration by somebody in a case of amina's; the members of its exact repetition."""
    programme.write("amina", "k1", CASE)
    members = {"_revisions": ROOT, "salt": SALT}
    assert programme.write(name, "k21", REGISTRATION, **members).code is None
    return members


@pytest.mark.parametrize("push", PUSHES)
def test_who_begins_no_record_is_told_the_same_of_any_record(
    programme: Programme, push: str
) -> None:
    written(programme, "amina")
    there = told(programme, "chen", programme.record, **PUSHES[push])

    assert there == told(programme, "chen", str(uuid4()), **PUSHES[push])


@pytest.mark.parametrize("push", PUSHES)
def test_what_others_have_stored_makes_no_difference(programme: Programme, push: str) -> None:
    """Who may begin records does not learn what is in those of others."""
    programme.write("amina", "k1", CASE)
    before = told(programme, "dina", programme.record, **PUSHES[push])
    programme.write("amina", "k21", REGISTRATION, _revisions=ROOT, salt=SALT)

    assert told(programme, "dina", programme.record, **PUSHES[push]) == before
    assert before != (None, None)


def moved_away(programme: Programme) -> None:
    """From now on bilal supervises another group."""
    change_user(programme.kanaf, "bilal", groups=("gedaref",))


def test_who_has_moved_away_may_repeat_what_is_stored_and_nothing_else(
    programme: Programme,
) -> None:
    members = written(programme, "bilal")
    moved_away(programme)

    assert programme.write("bilal", "k21", REGISTRATION, **members).code is None
    other = {**REGISTRATION, "age": 3}
    assert programme.write("bilal", "k21", other, **members).code == "not_allowed"
    (kept,) = programme.quarantine("bilal")
    assert kept["reason"] == "not_allowed"


def test_an_attachment_is_repeated_by_its_stub(programme: Programme) -> None:
    members = written(programme, "amina")
    photo = base64.b64encode(b"photo").decode()
    name = f"{hashlib.sha256(b'photo').hexdigest()}.jpg"
    content = {name: {"content_type": "image/jpeg", "data": photo}}
    pushed = {**members, **SECOND}
    answer = programme.write("bilal", "k21", REGISTRATION, _attachments=content, **pushed)
    assert answer.code is None
    moved_away(programme)

    stub = {"_attachments": {name: {"stub": True}}}
    assert programme.write("bilal", "k21", REGISTRATION, **stub, **pushed).code is None


@pytest.mark.parametrize("record", ["there", "unknown"])
def test_a_stub_pushed_back_is_answered_ok_whether_or_not_its_record_is_there(
    programme: Programme, record: str
) -> None:
    written(programme, "amina")
    if record == "unknown":
        programme.record = str(uuid4())
    key = programme.kanaf.vault(programme.database).programme_key
    document = f"{programme.record}:k21"
    reader = programme.caller("dina").reader
    stub = stub_rev(key, document, Rev(1, FIRST), reader)
    closing = closing_rev(key, document, Rev(1, FIRST))

    assert pushed_deletion(programme, stub).code is None
    assert pushed_deletion(programme, closing).code == "not_allowed"


def pushed_deletion(programme: Programme, rev: Rev) -> Receipt:
    path = {"start": rev.generation, "ids": [rev.digest, FIRST]}
    return programme.write("dina", "k21", {}, _revisions=path, _deleted=True)
