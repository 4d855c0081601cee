"""Edits that try to get more than they should, or to take something away."""

from __future__ import annotations

import pytest

from sync_server.errors import DocumentMissing
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import page
from sync_server.service.waiting_for_people import quarantined
from tests.service.conftest import CASE, REGISTRATION, Programme

REFERRAL = "k2:01JD3Z5Q8YV0M4T7W2X9B6C1AE"
SENT = {"to_user": "chen", "forms": ["k21", "k23"], "service": "health"}
VISIT = {"visited_on": "2026-11-02", "contact_type": "home_visit", "situation": "."}


def refused(programme: Programme, name: str) -> list[str]:
    caller = programme.caller(name)
    return [one["reason"] for one in quarantined(programme.kanaf, programme.database, caller)]


def referred(programme: Programme) -> str:
    """A case whose registration is referred to chen; the referral's revision."""
    programme.write("amina", "k1", CASE)
    programme.write("amina", "k21", REGISTRATION)
    return str(programme.write("amina", REFERRAL, SENT).rev)


def test_a_refused_edit_stays_in_quarantine_when_another_one_is_accepted(
    programme: Programme,
) -> None:
    first = programme.write("amina", "k21", REGISTRATION)
    programme.write("amina", "k21", {"age": "old"}, _rev=str(first.rev))
    programme.write("amina", "k21", {**REGISTRATION, "age": 4}, _rev=str(first.rev))
    assert refused(programme, "amina") == ["invalid_answers"]


def test_another_body_of_a_known_revision_stays_in_quarantine(programme: Programme) -> None:
    revisions = {"start": 1, "ids": ["a" * 32]}
    first = programme.write("amina", "k21", REGISTRATION, _revisions=revisions)
    programme.write("amina", "k21", {**REGISTRATION, "age": 3}, _revisions=revisions)
    programme.write("amina", "k21", {**REGISTRATION, "age": 4}, _rev=str(first.rev))
    assert refused(programme, "amina") == ["same_revision_other_content"]


def test_a_generation_beyond_any_history_is_refused_and_the_feed_goes_on(
    programme: Programme,
) -> None:
    far = {"start": 999_999_999, "ids": ["abc"]}
    assert programme.write("amina", "k21", REGISTRATION, _revisions=far).error == "forbidden"
    assert programme.write("amina", "k21", REGISTRATION).code is None
    assert programme.shown("bilal", "k21")["data"] == REGISTRATION


def test_the_addressee_cannot_keep_a_referral_open_by_an_invented_merge(
    programme: Programme,
) -> None:
    sent = referred(programme)
    invented = {"start": 3, "ids": ["f" * 32, "mfoo", sent.partition("-")[2]]}
    answer = {**SENT, "response": "accepted"}
    assert programme.write("chen", REFERRAL, answer, _revisions=invented).code == "unknown_merge"
    accepted = programme.write("chen", REFERRAL, answer, _rev=sent)
    ended = {**SENT, "response": "accepted", "ended": True}
    programme.write("amina", REFERRAL, ended, _rev=str(accepted.rev))
    with pytest.raises(DocumentMissing):
        programme.shown("chen", "k21")


def test_a_settlement_slipped_in_behind_a_plain_edit_needs_the_right_to_settle(
    programme: Programme,
) -> None:
    consent = "data.consent_to_share"
    programme.write("amina", "k1", {"status": "open"}, state="draft")
    programme.fork("k1", ("amina", CASE), ("bilal", {**CASE, "consent_to_share": False}))
    clash = programme.shown("amina", "k1")
    revs = [candidate["rev"] for candidate in clash["merge"]["open"][consent]]
    plain = programme.write(
        "amina", "k1", {**clash["data"], "status": "closed"}, _rev=clash["_rev"]
    )
    assert plain.rev is not None
    assert programme.shown("amina", "k1")["_rev"] != str(plain.rev), "the unit is still open"
    slipped = {"start": plain.rev.generation + 1, "ids": ["b" * 32, plain.rev.digest]}
    answer = programme.write("amina", "k1", CASE, _revisions=slipped, settles={consent: revs})
    assert answer.code == "not_allowed"


def test_who_loses_access_never_hears_of_what_came_with_the_end(programme: Programme) -> None:
    sent = referred(programme)
    accepted = programme.write("chen", REFERRAL, {**SENT, "response": "accepted"}, _rev=sent)
    ended = {**SENT, "response": "accepted", "ended": True}
    visit = "k23:01JD3Z5Q8YV0M4T7W2X9B6C1AF"
    programme.write_together(
        "amina",
        (visit, VISIT, {}),
        (REFERRAL, ended, {"_rev": str(accepted.rev)}),
    )
    with programme.kanaf.store.read() as reading:
        reader = DocumentReader(
            programme.kanaf, reading, programme.database, programme.caller("chen")
        )
        found = page(programme.kanaf, reader, 1, 10_000)
    assert f"{programme.record}:{visit}" not in {one.document_id for one in found.changes}
    assert all(one.leaves for one in found.changes)


def test_an_acceptance_and_a_visit_in_one_push_are_both_taken(programme: Programme) -> None:
    sent = referred(programme)
    receipts = programme.write_together(
        "chen",
        (REFERRAL, {**SENT, "response": "accepted"}, {"_rev": sent}),
        ("k23:01JD3Z5Q8YV0M4T7W2X9B6C1AF", VISIT, {}),
    )
    assert [receipt.code for receipt in receipts] == [None, None]


def test_a_draft_gives_no_consent(programme: Programme) -> None:
    sent = referred(programme)
    programme.write("chen", REFERRAL, {**SENT, "response": "accepted"}, _rev=sent)
    standing = programme.shown("amina", "k1")["_rev"]
    programme.write("amina", "k1", CASE, _rev=standing, state="draft")
    with pytest.raises(DocumentMissing):
        programme.shown("chen", "k21")
