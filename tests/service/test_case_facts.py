"""What sharing reads from documents while something in them is open."""

from __future__ import annotations

from typing import Any

import pytest

from sync_server.service.case_facts import with_consent, with_referral
from sync_server.sharing.facts import Directory, Person
from sync_server.sharing.roles import ROLES
from sync_server.storage.rows import RecordRow, ReferralRow

DOCUMENT = "r:k2:1"
CHEN = Person(3, "chen", ROLES["service_provider"], "b")
DIRECTORY = Directory.of([CHEN])
AGREED = {"to_user": "chen", "forms": ["k21"], "service": "health", "response": "accepted"}
ROW = RecordRow("r", 0, b"")


def body(data: dict[str, Any], unit: str = "", *values: object, **members: Any) -> dict[str, Any]:
    """A complete document in which a unit is open between some values; None for a missing one."""
    waiting = [{"rev": "2-a"} | ({} if one is None else {"value": one}) for one in values]
    merge = {"merge": {"open": {unit: waiting}}} if unit else {}
    return {"state": "complete", "data": data, **merge, **members}


def consents(cases: list[dict[str, Any]], *forms: dict[str, Any]) -> bool:
    """Whether the child consents by these bodies of the case form and of the consent form."""
    return bool(with_consent(ROW, cases, forms).consent)


def state(*bodies: dict[str, Any]) -> str:
    """How far a referral with these bodies has come."""
    (referral,) = with_referral(ROW, DOCUMENT, bodies, DIRECTORY).referrals
    return referral.state


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        ("data.to_user", ["chen", "dina"]),
        ("data.forms", [["k21"], ["k21", "k22"]]),
        ("data.forms[k21]", ["k21", None]),
        ("group.agreement", [AGREED, {**AGREED, "to_user": "dina"}]),
        ("group.agreement", [AGREED, {**AGREED, "forms": ["k22"]}]),
        ("group.agreement", [AGREED, None]),
        ("group.response", [{"response": "accepted"}, {"response": "done"}]),
        ("group.end", [{}, {"ended": True}]),
        ("state", ["complete", "draft"]),
    ],
)
def test_a_referral_in_doubt_shares_nothing(unit: str, values: list[object]) -> None:
    assert state(body(AGREED)) == "accepted"
    assert state(body(AGREED, unit, *values)) in ("ended", "done")


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        ("group.agreement", [AGREED, AGREED]),
        ("data.to_user", ["chen", "chen"]),
        ("data.urgency", ["low", "high"]),
        ("group.other", [{"urgency": "low"}, {}]),
    ],
)
def test_a_referral_whose_agreement_nobody_doubts_goes_on(unit: str, values: list[object]) -> None:
    assert state(body(AGREED, unit, *values)) == "accepted"


def test_a_referral_that_stands_twice_shares_only_what_both_agree() -> None:
    assert state(body(AGREED), body({**AGREED, "urgency": "high"})) == "accepted"
    assert state(body(AGREED), body({**AGREED, "forms": ["k21", "k22"]})) == "ended"


def test_consent_given_in_what_may_be_a_draft_does_not_count() -> None:
    given = {"consent_to_share": True}

    assert consents([body(given)])
    assert not consents([body(given, "state", "complete", "draft")])
    assert not consents([body(given, "group.x", given, {"consent_to_share": False})])


@pytest.mark.parametrize(
    "forms",
    [
        [body({"share": False})],
        [body({"share": True, "withdrawn_on": "2026-11-25"})],
        [body({"withdrawn_on": "2026-11-25"}, state="draft")],
        [body({"share": True}), body({"share": False})],
        [body({"share": True}, "data.share", True, False)],
        [body({"share": True}, "data.withdrawn_on", None, "2026-11-25")],
        [body({"share": True}, "group.x", {"share": True}, {"share": False})],
    ],
)
def test_what_a_consent_form_refuses_or_withdraws_is_not_consented_to(
    forms: list[dict[str, Any]],
) -> None:
    given = body({"consent_to_share": True})

    assert not consents([given], *forms)
    assert consents([given])
    assert consents([given], body({"share": True}))


def test_a_consent_form_alone_gives_no_consent() -> None:
    agreed = body({"share": True})

    assert not consents([], agreed)
    assert not consents([body({"consent_to_share": False})], agreed)


def test_an_addressee_who_has_left_stays_the_addressee() -> None:
    before = with_referral(ROW, DOCUMENT, [body(AGREED)], DIRECTORY)
    after = with_referral(
        before, DOCUMENT, [body({**AGREED, "response": "done"})], Directory.of([]), "chen"
    )

    assert after.referrals == (ReferralRow(DOCUMENT, 3, ("k21",), "done"),)


def test_a_referral_to_an_unknown_name_is_to_nobody() -> None:
    before = with_referral(ROW, DOCUMENT, [body(AGREED)], DIRECTORY)
    after = with_referral(
        before, DOCUMENT, [body({**AGREED, "to_user": "chem"})], DIRECTORY, "chen"
    )

    assert after.referrals == ()
