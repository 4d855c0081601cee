"""What the consent form says counts: nobody is shown what the child does not agree to."""

from __future__ import annotations

from typing import Any

import pytest

from sync_server.service.feed import page
from tests.service.conftest import CASE, Programme

GIVEN = {
    "given_by": "caregiver",
    "services": True,
    "share": True,
    "share_with": ["health"],
    "given_on": "2026-11-01",
}
REFUSED = {name: one for name, one in {**GIVEN, "share": False}.items() if name != "share_with"}
WITHDRAWN = {**GIVEN, "withdrawn_on": "2026-11-20"}


@pytest.fixture
def referred(programme: Programme) -> Programme:
    """A case of which chen sees the registration, since the child consents."""
    programme.register()
    programme.refer("k21")
    assert programme.sees("chen", "k21")
    return programme


def forgotten(programme: Programme) -> set[str]:
    """The forms of the record that chen's feed takes back."""
    with programme.reader("chen") as reader:
        told = page(reader, 0, 1_000).changes
    return {one.document_id.partition(":")[2] for one in told if one.is_revoked}


def consent(programme: Programme, data: dict[str, Any], **members: Any) -> str:
    """Amina writes the consent form; its revision."""
    receipt = programme.write("amina", "k24", data, **members)
    assert receipt.code is None, receipt.code
    return str(receipt.rev)


@pytest.mark.parametrize("data", [REFUSED, WITHDRAWN])
def test_who_was_referred_to_sees_no_more_what_is_not_agreed_to(
    referred: Programme, data: dict[str, Any]
) -> None:
    rev = consent(referred, GIVEN)
    assert referred.sees("chen", "k21")

    rev = consent(referred, data, _rev=rev)

    assert not referred.sees("chen", "k21")
    assert "k21" in forgotten(referred)
    assert referred.sees("amina", "k21")

    consent(referred, GIVEN, _rev=rev)

    assert referred.sees("chen", "k21")


def test_consent_in_the_case_form_does_not_lift_what_the_consent_form_denies(
    referred: Programme,
) -> None:
    consent(referred, REFUSED)
    case = referred.shown("amina", "k1")
    edited = {**CASE, "consent_on": "2026-11-02"}
    assert referred.write("amina", "k1", edited, _rev=case["_rev"]).code is None

    assert not referred.sees("chen", "k21")


def test_a_refusal_counts_that_comes_with_the_case_in_any_order(programme: Programme) -> None:
    receipts = programme.write_together("amina", ("k24", REFUSED, {}), ("k1", CASE, {}))
    assert [one.code for one in receipts] == [None, None]

    programme.write("amina", "k21", {"sex": "female", "registered_on": "2026-11-01"})
    programme.refer("k21")

    assert not programme.sees("chen", "k21")


def test_a_refusal_that_somebody_else_wrote_meanwhile_counts_until_it_is_settled(
    referred: Programme,
) -> None:
    consent(referred, GIVEN)
    referred.fork("k24", ("amina", REFUSED), ("bilal", {**GIVEN, "share_with": ["legal"]}))

    assert not referred.sees("chen", "k21")
