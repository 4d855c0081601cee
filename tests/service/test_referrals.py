"""Referrals that two people have filled in apart, or for somebody who is not there."""

from __future__ import annotations

from typing import Any

import pytest

from sync_server.service.directory_changes import add_user
from sync_server.service.feed import page
from sync_server.service.programme_roles import set_role
from sync_server.service.receipt import Receipt
from tests.service.clashes import settled
from tests.service.conftest import CASE, REFERRAL, Programme, made_on

TO_CHEN = {"to_user": "chen", "forms": ["k21"], "service": "health"}
TO_DINA = {**TO_CHEN, "to_user": "dina"}
MORE_TO_CHEN = {**TO_CHEN, "forms": ["k22"]}
AGREEMENT = "group.agreement"
VISIT = "k23:01JD3Z5Q8YV0M4T7W2X9B6C1AF"


def drafted(programme: Programme) -> str:
    """A case with a draft of a referral to chen; the draft's revision."""
    programme.register()
    return str(programme.write("amina", REFERRAL, TO_CHEN, state="draft").rev)


def completed(
    programme: Programme, draft: str, name: str, digit: str, data: dict[str, Any]
) -> Receipt:
    """Somebody completes the draft, having seen nothing else."""
    return programme.write(name, REFERRAL, data, **made_on(draft, digit * 32))


def clash(programme: Programme) -> dict[str, Any]:
    """A draft completed for dina by one and with more forms by another; what bilal is shown."""
    draft = drafted(programme)
    completed(programme, draft, "amina", "1", TO_DINA)
    completed(programme, draft, "bilal", "2", MORE_TO_CHEN)
    return programme.shown("bilal", REFERRAL)


def settle(programme: Programme, clash: dict[str, Any], data: dict[str, Any]) -> Receipt:
    return programme.write("bilal", REFERRAL, data, **settled(clash, AGREEMENT))


def test_what_two_agree_apart_is_never_put_together(programme: Programme) -> None:
    shown = clash(programme)

    assert [one["value"] for one in shown["merge"]["open"][AGREEMENT]] == [MORE_TO_CHEN, TO_DINA]
    assert not programme.sees("chen", REFERRAL)
    assert not programme.sees("dina", REFERRAL)


@pytest.mark.parametrize("agreed", [TO_DINA, MORE_TO_CHEN])
def test_a_referral_is_sent_to_whom_it_is_settled_to(
    programme: Programme, agreed: dict[str, Any]
) -> None:
    answer = settle(programme, clash(programme), agreed)

    assert answer.code is None
    for name in ("chen", "dina"):
        assert programme.sees(name, REFERRAL) is (name == agreed["to_user"])


def accepted_clash(programme: Programme, other: dict[str, Any]) -> dict[str, Any]:
    """As `clash`, where dina has accepted before the other completion arrived."""
    draft = drafted(programme)
    sent = completed(programme, draft, "amina", "3", TO_DINA)
    programme.write("dina", REFERRAL, {**TO_DINA, "response": "accepted"}, _rev=str(sent.rev))
    assert programme.sees("dina", "k21")
    completed(programme, draft, "bilal", "2", other)
    return programme.shown("bilal", REFERRAL)


def test_an_addressee_in_doubt_reads_nothing_even_if_shown(programme: Programme) -> None:
    shown = accepted_clash(programme, MORE_TO_CHEN)

    assert shown["data"]["to_user"] == "dina"
    for name in ("chen", "dina"):
        assert not programme.sees(name, REFERRAL)
        assert not programme.sees(name, "k21")


def test_what_one_has_accepted_is_not_settled_to_another(programme: Programme) -> None:
    shown = accepted_clash(programme, MORE_TO_CHEN)
    accepted = {"response": "accepted"}

    assert settle(programme, shown, {**MORE_TO_CHEN, **accepted}).code == "invalid_answers"
    assert settle(programme, shown, {**TO_DINA, **accepted}).code == "invalid_answers"
    over = {**shown["data"], "ended": True}
    assert programme.write("bilal", REFERRAL, over, _rev=shown["_rev"]).code is None


def test_what_one_has_accepted_is_not_completed_for_another_by_who_has_not_seen_it(
    programme: Programme,
) -> None:
    draft = drafted(programme)
    sent = completed(programme, draft, "amina", "3", TO_CHEN)
    programme.write("chen", REFERRAL, {**TO_CHEN, "response": "accepted"}, _rev=str(sent.rev))

    assert completed(programme, draft, "bilal", "2", TO_DINA).code == "invalid_answers"
    assert programme.sees("chen", "k21")
    assert not programme.sees("dina", REFERRAL)


def test_what_the_same_addressee_has_accepted_goes_on_when_settled(programme: Programme) -> None:
    shown = accepted_clash(programme, {**TO_DINA, "forms": ["k22"]})
    assert not programme.sees("dina", "k21")

    assert settle(programme, shown, {**TO_DINA, "response": "accepted"}).code is None
    assert programme.sees("dina", "k21")
    assert not programme.sees("dina", "k22")


@pytest.mark.parametrize("is_answered", [False, True])
def test_what_was_sent_as_drafted_shares_no_more_by_another_edit_of_the_draft(
    programme: Programme, is_answered: bool
) -> None:
    draft = drafted(programme)
    assert programme.write("amina", "k22", {}, state="draft").code is None
    sent = programme.write("amina", REFERRAL, TO_CHEN, _rev=draft)
    if is_answered:
        answer = {**TO_CHEN, "response": "accepted"}
        assert programme.write("chen", REFERRAL, answer, _rev=str(sent.rev)).code is None

    wider = completed(programme, draft, "amina", "1", {**TO_CHEN, "forms": ["k21", "k22"]})

    assert wider.code == "invalid_answers"
    assert not programme.sees("chen", "k22")
    assert programme.shown("amina", REFERRAL)["data"]["forms"] == ["k21"]


def test_two_may_send_a_draft_as_it_is(programme: Programme) -> None:
    draft = drafted(programme)
    assert completed(programme, draft, "amina", "1", TO_CHEN).code is None

    assert completed(programme, draft, "bilal", "2", TO_CHEN).code is None


def test_a_draft_is_not_completed_for_nobody(programme: Programme) -> None:
    draft = drafted(programme)
    nobody = {**TO_CHEN, "to_user": "nobody"}

    assert programme.write("amina", REFERRAL, nobody, _rev=draft).code == "invalid_answers"
    assert not programme.sees("chen", REFERRAL)


def test_a_draft_may_be_to_nobody_yet(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    draft = programme.write("amina", REFERRAL, {"service": "health"}, state="draft")
    assert draft.code is None

    answer = programme.write("amina", REFERRAL, TO_CHEN, _rev=str(draft.rev))
    assert answer.code is None
    assert programme.sees("chen", REFERRAL)


def test_what_is_written_with_the_end_of_access_is_hidden_from_its_author_too(
    programme: Programme,
) -> None:
    programme.register()
    accepted = programme.refer("k23")
    visited = {"visited_on": "2026-11-22", "contact_type": "home_visit", "situation": "well"}
    done = {"to_user": "chen", "forms": ["k23"], "service": "health", "response": "done"}
    written = programme.write_together(
        "chen", (VISIT, visited, {}), (REFERRAL, done, {"_rev": str(accepted.rev)})
    )
    assert [one.code for one in written] == [None, None]

    with programme.reader("chen") as reader:
        told = {one.document_id: one for one in page(reader, 1, 1_000).changes}
        stubs = {
            one.document_id: reader.stub_of(one.document_id, one.rev)
            for one in written
            if one.rev is not None
        }
    for document, stub in stubs.items():
        assert told[document].is_revoked
        assert stub in told[document].leaves
    assert programme.sees("amina", VISIT)


@pytest.mark.parametrize(
    ("author", "addressee"), [("amina", "amina"), ("bilal", "bilal"), ("amina", "bilal")]
)
def test_nobody_is_referred_a_case_that_they_have(
    programme: Programme, author: str, addressee: str
) -> None:
    """They would keep it by the referral when they have another role, or somebody else the case."""
    programme.register()

    refused = programme.write(author, REFERRAL, {**TO_CHEN, "to_user": addressee})

    assert refused.code == "invalid_answers"
    assert problem_of(programme) == ("to_user", "not_an_addressee")


def test_who_answers_no_referrals_is_no_addressee(programme: Programme) -> None:
    programme.register()
    add_user(programme.kanaf, "clerk", role="data_clerk", agency="b")

    assert programme.write("amina", REFERRAL, {**TO_CHEN, "to_user": "clerk"}).code is not None

    assert problem_of(programme) == ("to_user", "not_an_addressee")


def test_nobody_shares_forms_that_they_do_not_see(programme: Programme) -> None:
    forms = ["k1", "k2", "k21"]
    intake = {"scope": "group", "actions": ["register", "refer"], "reads": forms, "writes": forms}
    set_role(programme.kanaf, "intake", intake)
    add_user(programme.kanaf, "ines", role="intake", agency="a", groups=("khartoum",))
    programme.register()

    both = programme.write("ines", REFERRAL, {**TO_CHEN, "forms": ["k21", "k22"]})

    assert both.code == "invalid_answers"
    assert problem_of(programme) == ("forms", "not_yours_to_share")
    assert programme.write("ines", REFERRAL, TO_CHEN).code is None


def problem_of(programme: Programme) -> tuple[str, str]:
    """The field and the code of what is wrong with the one refused document."""
    (refused,) = programme.quarantine("bilal")
    (problem,) = refused["problems"]
    return problem["path"], problem["code"]
