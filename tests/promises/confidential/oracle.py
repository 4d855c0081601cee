"""Who may see which document of a record: written from the prose, and from nothing else.

Source: docs/reference/permissions.md, and the section on sharing of the design. Nothing here may
import `sync_server`: what is wrong there would be wrong here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_SYSTEM = frozenset({"k1", "k2", "k7", "k8"})
_LIBRARY = frozenset(f"k{number}" for number in range(20, 29))
_PUBLISHED = frozenset({"k100"})
"""The one form that the programme of this test publishes; no survivor tells by it, and it tells
nobody who the child is.
"""

WHOSE = {
    "caseworker": "own",
    "supervisor": "group",
    "service_provider": "own",
    "agency_manager": "agency",
    "tracing_officer": "agency",
    "data_clerk": "group",
    "hub": "area",
    "information_officer": "nobody's",
    "national_viewer": "nobody's",
    "administrator": "nobody's",
}
"""Whose records a role is about, one's own included."""
READS: Mapping[str, frozenset[str]] = {
    "caseworker": _SYSTEM | _LIBRARY | _PUBLISHED,
    "supervisor": _SYSTEM | _LIBRARY | _PUBLISHED,
    "service_provider": _SYSTEM | _LIBRARY | _PUBLISHED,
    "agency_manager": _SYSTEM | _LIBRARY | _PUBLISHED,
    "tracing_officer": frozenset({"k1", "k7", "k8", "k20", "k21", "k23", "k27"}),
    "data_clerk": (_SYSTEM | _LIBRARY | _PUBLISHED) - {"k2", "k8", "k20"},
    "hub": _SYSTEM | _LIBRARY | _PUBLISHED,
    "information_officer": frozenset(),
    "national_viewer": frozenset(),
    "administrator": frozenset(),
}
BEGIN_RECORDS = frozenset({"caseworker", "supervisor", "data_clerk"})
SUPERVISE = frozenset({"supervisor"})
GIVE = {
    "supervisor": ("group", {"caseworker", "service_provider", "data_clerk"}),
}
"""Where a role gives others theirs, and which: who gives them sees them, and their tablets."""


@dataclass
class Somebody:
    """A user, as the directory has them now."""

    name: str
    role: str
    agency: str
    group: str | None
    area: str | None = None
    may_come_in: bool = True


@dataclass
class ReferralNow:
    """A referral as it stands: `sent`, `accepted`, or anything that is over."""

    to: str
    forms: frozenset[str]
    state: str = "sent"


@dataclass
class RecordNow:
    """A record as it stands.

    Attributes:
        referrals: by the names of their documents within the record, `k2:<ulid>`.
    """

    owner: str
    agency: str
    group: str | None
    consent: bool
    area: str | None = None
    referrals: dict[str, ReferralNow] = field(default_factory=dict)


def sees(who: Somebody, record: RecordNow, name: str) -> bool:
    """Whether somebody may see a document, by its name within the record (`k21`, `k2:01J…`).

    A conflict notice is seen by those who see the document that it is about.
    """
    if not who.may_come_in or WHOSE[who.role] == "nobody's":
        return False
    if name.startswith("conflict:"):
        name = name.removeprefix("conflict:").rpartition(":")[0]
    form = name.partition(":")[0]
    if _is_theirs(who, record) and form in READS[who.role]:
        return True
    return any(
        _is_referred(one, referral, form, name, consent=record.consent)
        for referral, one in record.referrals.items()
        if one.to == who.name
    )


def supervises(who: Somebody, other: Somebody) -> bool:
    """Whether somebody is the supervisor of another's group."""
    return who.role in SUPERVISE and who.group is not None and who.group == other.group


def looks_after(who: Somebody, other: Somebody) -> bool:
    """Whether somebody is told who another is, and how their tablets are."""
    if who.role == "administrator" or supervises(who, other):
        return True
    where, roles = GIVE.get(who.role, ("nowhere", set()))
    is_near = {
        "group": who.group is not None and who.group == other.group,
        "agency": who.agency == other.agency,
    }.get(where, False)
    return is_near and other.role in roles


def gives_records_to(who: Somebody, other: Somebody) -> bool:
    """Whether somebody assigns records to another, and so is told who can be given them."""
    if who.role == "agency_manager":
        return who.agency == other.agency
    return who.role in SUPERVISE and who.group is not None and who.group == other.group


def _is_theirs(who: Somebody, record: RecordNow) -> bool:
    return (
        record.owner == who.name
        or (WHOSE[who.role] == "group" and who.group is not None and who.group == record.group)
        or (WHOSE[who.role] == "agency" and who.agency == record.agency)
        or (
            WHOSE[who.role] == "area"
            and who.area is not None
            and (record.area or "").startswith(who.area)
        )
    )


def _is_referred(one: ReferralNow, referral: str, form: str, name: str, *, consent: bool) -> bool:
    if one.state not in ("sent", "accepted"):
        return False
    return name == referral or (one.state == "accepted" and consent and form in one.forms)
