"""What sharing needs to know of a record, from its documents and its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conflict.value import Value, equal
from sync_server.service.candidates import candidates, is_certain, is_complete
from sync_server.service.vault import Body
from sync_server.sharing.facts import Directory, Record, Referral, ReferralState
from sync_server.storage.rows import RecordRow, ReferralRow

SHARED = "shared"
"""The record of a case database's configuration, which every member sees."""

NOTICE = "conflict:"
"""How the names of conflict notices begin: `conflict:<name of the document>:<hash>`."""

AGREEMENT = ("to_user", "forms")
"""What has to be certain of a referral before it shares anything."""

_PROTECTIVE = (
    ReferralState.ENDED,
    ReferralState.REJECTED,
    ReferralState.DONE,
    ReferralState.SENT,
    ReferralState.ACCEPTED,
)
"""The states of a referral, that which shows the least first."""


def record_facts(row: RecordRow, now: float) -> Record | None:
    """A record's row as sharing sees it at a time in seconds since 1970; None for a row that is no
    case, such as configuration.
    """
    if row.owner_id is None or row.agency is None:
        return None
    referrals = tuple(
        Referral(
            document_name(one.document), one.to, frozenset(one.forms), ReferralState(one.state)
        )
        for one in row.referrals
    )
    in_emergency = frozenset(one.user for one in row.emergencies if one.until > now)
    return Record(
        row.owner_id, row.agency, row.group, bool(row.consent), referrals, row.area, in_emergency
    )


def with_consent(row: RecordRow, cases: Sequence[Body], consents: Sequence[Body]) -> RecordRow:
    """The row after its case form and its consent form, which there need not be.

    The child's consent to share holds where the case form certainly says so and nothing denies it
    that stands or waits for a person: no answer refuses to share or tells of a withdrawal.

    Args:
        cases: the live bodies of the case form.
        consents: those of the consent form, drafts too.
    """
    given = (is_complete(body) and _certainly(body, "consent_to_share", True) for body in cases)
    denied = any(map(_denies_sharing, consents))
    return replace(row, consent=bool(cases) and all(given) and not denied)


def _denies_sharing(body: Body) -> bool:
    """Whether a consent form says, or may come to say, that nothing is shared (any more)."""
    is_withdrawn = not _certainly(body, "withdrawn_on", None)
    return is_withdrawn or not _certainly_not(body, "share", False)


def with_referral(
    row: RecordRow,
    document_id: str,
    bodies: Sequence[Body],
    directory: Directory,
    named_before: object = None,
) -> RecordRow:
    """The row after one of its referrals; of several bodies the most protective counts.

    Args:
        named_before: the addressee's name in what stood before. Where nobody active has that name
            any more, the addressee has left, and stays the addressee; where it is another name now,
            the referral is to nobody.
    """
    known = next((one for one in row.referrals if one.document == document_id), None)
    data: Mapping[str, Any] = bodies[0].get("data", {}) if bodies else {}
    name = data.get("to_user")
    to = directory.named(name) if isinstance(name, str) else None
    state = _state_of_all(bodies)
    if to is not None:
        codes = tuple(sorted(str(code) for code in data.get("forms") or ()))
        known = ReferralRow(document_id, to.id, codes, state.value)
    elif known is not None:
        known = replace(known, state=state.value) if name == named_before else None
    others = [one for one in row.referrals if one.document != document_id]
    referrals = [*others, known] if known else others
    return replace(row, referrals=tuple(sorted(referrals, key=lambda one: one.document)))


def _state_of_all(bodies: Sequence[Body]) -> ReferralState:
    agreements = [agreement(body) for body in bodies]
    if not all(equal(agreements[0], other) for other in agreements[1:]):
        return ReferralState.ENDED
    return min(map(referral_state, bodies), key=_PROTECTIVE.index, default=ReferralState.ENDED)


def agreement(body: Body) -> list[Any]:
    """Whom a referral is to, and what it shares, as far as it says."""
    return [body.get("data", {}).get(name) for name in AGREEMENT]


def referral_state(body: Body) -> ReferralState:
    """How far a referral has come; of answers in conflict the more protective reading.

    While it is open whom it is to or what it shares, nothing is agreed that could be shared.
    """
    if not is_complete(body) or not is_agreed(body):
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


def is_agreed(body: Body) -> bool:
    """Whether it is certain whom a referral is to and what it shares."""
    return all(is_certain(body, name) for name in AGREEMENT)


def document_name(document_id: str) -> str:
    """A document's name within its record: what follows the record's id.

    A conflict notice goes by the name of the document that it is about, so that it is seen by those
    who see that one.
    """
    name = document_id.partition(":")[2]
    if name.startswith(NOTICE):
        return name.removeprefix(NOTICE).rpartition(":")[0]
    return name


def form_code(document_id: str) -> str:
    """The code of the form that a document is of."""
    return document_name(document_id).partition(":")[0]


def is_notice(document_id: str) -> bool:
    """Whether a document is derived from an open unit of another."""
    return document_id.partition(":")[2].startswith(NOTICE)


def _certainly(body: Body, field: str, value: Value) -> bool:
    return all(equal(candidate, value) for candidate in candidates(body, field))


def _certainly_not(body: Body, field: str, value: Value) -> bool:
    return not any(equal(candidate, value) for candidate in candidates(body, field))
