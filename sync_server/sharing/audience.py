"""Who sees which parts of a record: the one place that decides it.

A *part* is a form code (`k21`: every document of that form) or the name of one document within the
record (`k2:01J…`: that referral alone). A document is seen whole or not at all. The roles of those
who are asked about have codes, no words: see `roles.in_programme`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_server.sharing.facts import (
    Directory,
    Person,
    Record,
    Referral,
    ReferralState,
    areas_around,
)

Parts = frozenset[str]
NOTHING: Parts = frozenset()


def audience(record: Record, directory: Directory) -> Mapping[int, Parts]:
    """The parts of a record that each user sees; who sees nothing is left out.

    The owner, and those whose role is about the group, the agency or the area of the record, see
    what their roles read. The addressee of a referral sees the referral itself, and once it is
    accepted the forms agreed in it, while the child consents and until it is done, rejected or
    ended. Who was let in by emergency sees what their role reads so. Who keeps the server sees no
    record else.
    """
    candidates = {record.owner_id, *(referral.to for referral in record.referrals)}
    candidates |= record.in_emergency | {person.id for person in directory.around(record)}
    people = (directory.people[one] for one in candidates if one in directory.people)
    seen = {person.id: visible_parts(person, record) for person in people}
    return {user: parts for user, parts in seen.items() if parts}


def visible_parts(person: Person, record: Record) -> Parts:
    """The parts of a record that one user sees."""
    parts = lasting_parts(person, record)
    return parts | person.role.in_emergency if person.id in record.in_emergency else parts


def lasting_parts(person: Person, record: Record) -> Parts:
    """The parts that a user sees as their work. What they were let in to by emergency is not among
    them: it is only read.
    """
    parts = set(person.role.reads) if is_about(person, record) else set()
    if person.role.scope != "none":
        for referral in record.referrals:
            if referral.to == person.id:
                parts |= _referred_parts(referral, consent=record.consent)
    return frozenset(parts)


def sees(parts: Parts, document_name: str) -> bool:
    """Whether a document, by its name within the record (`k21`, `k2:01J…`), is among the parts."""
    return document_name.partition(":")[0] in parts or document_name in parts


def is_about(person: Person, record: Record) -> bool:
    """Whether a record is one of those that a person's role is about."""
    match person.role.scope:
        case "none":
            return False
        case "group" if record.group in person.groups:
            return True
        case "agency" if person.agency == record.agency:
            return True
        case "area" if person.area in (*areas_around(record.area),):
            return True
    return person.id == record.owner_id


def _referred_parts(referral: Referral, *, consent: bool) -> set[str]:
    if referral.state not in (ReferralState.SENT, ReferralState.ACCEPTED):
        return set()
    agreed = referral.forms if referral.state is ReferralState.ACCEPTED and consent else set()
    return {referral.document, *agreed}
