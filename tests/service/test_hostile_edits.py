"""Edits that try to get more than they should, or to take something away."""

from __future__ import annotations

from sync_server.service.feed import page
from tests.service.clashes import CONSENT, consent_clash, settled
from tests.service.conftest import CASE, REFERRAL, REGISTRATION, Programme, made_on

SENT = {"to_user": "chen", "forms": ["k21", "k23"], "service": "health"}
VISIT = {"visited_on": "2026-11-02", "contact_type": "home_visit", "situation": "."}


def refused(programme: Programme, name: str) -> list[str]:
    return [one["reason"] for one in programme.quarantine(name)]


def referred(programme: Programme) -> str:
    """A case whose registration is referred to chen; the referral's revision."""
    programme.register()
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
    invented = made_on(sent, "f" * 32, "mfoo")
    answer = {**SENT, "response": "accepted"}
    assert programme.write("chen", REFERRAL, answer, **invented).code == "unknown_merge"
    accepted = programme.write("chen", REFERRAL, answer, _rev=sent)
    programme.write("amina", REFERRAL, {**answer, "ended": True}, _rev=str(accepted.rev))
    assert not programme.sees("chen", "k21")


def test_a_settlement_slipped_in_behind_a_plain_edit_needs_the_right_to_settle(
    programme: Programme,
) -> None:
    clash = consent_clash(programme)
    plain = programme.write(
        "amina", "k1", {**clash["data"], "status": "closed"}, _rev=clash["_rev"]
    )
    assert programme.shown("amina", "k1")["_rev"] != str(plain.rev), "the unit is still open"
    slipped = {"settles": settled(clash, CONSENT)["settles"], **made_on(plain.rev, "b" * 32)}
    assert programme.write("amina", "k1", CASE, **slipped).code == "not_allowed"


def test_who_loses_access_never_hears_of_what_came_with_the_end(programme: Programme) -> None:
    programme.register()
    accepted = programme.refer(*SENT["forms"])
    ended = {**SENT, "response": "accepted", "ended": True}
    visit = "k23:01JD3Z5Q8YV0M4T7W2X9B6C1AF"
    programme.write_together(
        "amina",
        (visit, VISIT, {}),
        (REFERRAL, ended, {"_rev": str(accepted.rev)}),
    )
    with programme.reader("chen") as reader:
        found = page(reader, 1, 10_000)
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
    programme.register()
    programme.refer("k21")
    standing = programme.shown("amina", "k1")["_rev"]
    programme.write("amina", "k1", CASE, _rev=standing, state="draft")
    assert not programme.sees("chen", "k21")
