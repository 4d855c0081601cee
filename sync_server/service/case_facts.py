"""What sharing needs to know of a record, from its documents and its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sync_server.service.vault import Body
from sync_server.sharing.facts import Directory, Record, Referral, ReferralState
from sync_server.storage.rows import RecordRow, ReferralRow

NOTICE = "conflict:"
"""How the names of conflict notices begin: `conflict:<name of the document>:<hash>`."""

_PROTECTIVE = (
    ReferralState.ENDED,
    ReferralState.REJECTED,
    ReferralState.DONE,
    ReferralState.SENT,
    ReferralState.ACCEPTED,
)
"""The states of a referral, that which shows the least first."""


def record_facts(row: RecordRow) -> Record | None:
    """A record's row as sharing sees it; None for a row that is no case, such as configuration."""
    if row.owner_id is None or row.agency is None:
        return None
    referrals = tuple(
        Referral(
            document_name(one.document), one.to, frozenset(one.forms), ReferralState(one.state)
        )
        for one in row.referrals
    )
    return Record(row.owner_id, row.agency, row.group, bool(row.consent), referrals)


def with_case(row: RecordRow, bodies: Sequence[Body]) -> RecordRow:
    """The row after its case form: consent holds only where nothing that stands denies it."""
    given = (
        body.get("state") == "complete" and _certainly(body, "consent_to_share", True)
        for body in bodies
    )
    return replace(row, consent=bool(bodies) and all(given))


def with_referral(
    row: RecordRow, document_id: str, bodies: Sequence[Body], directory: Directory
) -> RecordRow:
    """The row after one of its referrals; of several bodies the most protective counts."""
    known = next((one for one in row.referrals if one.document == document_id), None)
    data: Mapping[str, Any] = bodies[0].get("data", {}) if bodies else {}
    to = directory.named(str(data.get("to_user")))
    state = min((referral_state(body) for body in bodies), key=_PROTECTIVE.index)
    if to is not None:
        codes = tuple(sorted(str(code) for code in data.get("forms") or ()))
        known = ReferralRow(document_id, to.id, codes, state.value)
    elif known is not None:  # the addressee has left since
        known = replace(known, state=state.value)
    others = [one for one in row.referrals if one.document != document_id]
    referrals = [*others, known] if known else others
    return replace(row, referrals=tuple(sorted(referrals, key=lambda one: one.document)))


def referral_state(body: Body) -> ReferralState:
    """How far a referral has come; of answers in conflict the more protective reading."""
    if body.get("state") == "draft":
        return ReferralState.ENDED
    if not _certainly_not(body, "ended", True):
        return ReferralState.ENDED
    for answer, state in (
        ("rejected", ReferralState.REJECTED),
        ("done", ReferralState.DONE),
    ):
        if not _certainly_not(body, "response", answer):
            return state
    accepted = _certainly(body, "response", "accepted")
    return ReferralState.ACCEPTED if accepted else ReferralState.SENT


def document_name(document_id: str) -> str:
    """A document's name within its record: what follows the record's id.

    A conflict notice goes by the name of the document that it is about, so that it is seen by those
    who see that one.
    """
    name = document_id.partition(":")[2]
    if name.startswith(NOTICE):
        return name.removeprefix(NOTICE).rpartition(":")[0]
    return name


def is_notice(document_id: str) -> bool:
    """Whether a document is derived from an open unit of another."""
    return document_id.partition(":")[2].startswith(NOTICE)


def _candidates(body: Body, field: str) -> list[object]:
    """Every value that a field may come to: the one shown, and those that wait for a person."""
    waiting = body.get("merge", {}).get("open", {}).get(f"data.{field}", [])
    return [body.get("data", {}).get(field), *(one.get("value") for one in waiting)]


def _certainly(body: Body, field: str, value: object) -> bool:
    return all(candidate == value for candidate in _candidates(body, field))


def _certainly_not(body: Body, field: str, value: object) -> bool:
    return all(candidate != value for candidate in _candidates(body, field))
