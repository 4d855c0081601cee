"""Edits made apart that leave a unit open; the edit that settles it, and the notices of it."""

from __future__ import annotations

from typing import Any

from sync_server.service.feed import page
from tests.service.conftest import CASE, REGISTRATION, Programme

AGE, CONSENT = "data.age", "data.consent_to_share"


def age_clash(programme: Programme) -> dict[str, Any]:
    """Two ages for one child."""
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21", ("amina", {**REGISTRATION, "age": 7}), ("bilal", {**REGISTRATION, "age": 9})
    )
    return programme.shown("bilal", "k21")


def case_clash(programme: Programme, **bilals: Any) -> dict[str, Any]:
    """A case that amina and bilal have filled in apart, he with some answers of his own."""
    programme.write("amina", "k1", {"status": "open"}, state="draft")
    programme.fork("k1", ("amina", CASE), ("bilal", {**CASE, **bilals}))
    return programme.shown("bilal", "k1")


def consent_clash(programme: Programme) -> dict[str, Any]:
    """Consent noted as given and as refused by two people."""
    return case_clash(programme, consent_to_share=False)


def settled(clash: dict[str, Any], unit: str, *, among: str = "open") -> dict[str, Any]:
    """The members of an edit that settles an open unit, or one that somebody was `told` of."""
    revs = [candidate["rev"] for candidate in clash["merge"][among][unit]]
    return {"_rev": clash["_rev"], "settles": {unit: revs}}


def notices_of(programme: Programme, name: str) -> list[dict[str, Any]]:
    """The conflict notices that somebody's feed shows them."""
    with programme.reader(name) as reader:
        found = [one.document_id for one in page(reader, 0, 10_000).changes if not one.is_revoked]
        ids = [one for one in found if ":conflict:" in one]
        return [programme.read(name, one) for one in ids if not reader.leaves(one)[0].deleted]
