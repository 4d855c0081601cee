"""Who may become the owner of a record, and who gives it to them."""

from __future__ import annotations

from enum import StrEnum

from sync_server.sharing.audience import is_about
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.roles import CASE, Action


class Obstacle(StrEnum):
    """Why a record stays where it is."""

    NO_CONSENT = "no_consent"  # the child has not agreed that partners are told
    OTHER_AGENCY = "other_agency"  # it is not of the agency within which it was to change hands
    NO_RECEIVER = "no_receiver"  # nobody was named for those of its owner
    NOT_ALLOWED = "not_allowed"  # it is not for who asks to give it to that person
    UNREADABLE = "unreadable"  # its key, or something sealed with it, does not open


def can_own(person: Person) -> bool:
    """Whether a person can be given records: they begin records themselves, read and write cases,
    and are in a group, whose supervisors decide what they must not decide alone.
    """
    role = person.role
    is_caseworker = Action.REGISTER in role.actions and CASE in role.reads & role.writes
    return is_caseworker and role.scope != "none" and person.group is not None


def may_give_to(person: Person, to: Person) -> bool:
    """Whether a person gives records to another: to who can own them and begins records in a group
    of the person's, or where the person's role is about a whole agency, in that.
    """
    if Action.ASSIGN not in person.role.actions or not can_own(to):
        return False
    match person.role.scope:
        case "none":
            return False
        case "agency":
            return to.agency == person.agency
    return to.group in person.groups


def may_assign(person: Person, record: Record, to: Person) -> bool:
    """Whether a person gives a record to another: it is one that their role is about, and it stays
    in its agency.
    """
    return may_give_to(person, to) and is_about(person, record) and to.agency == record.agency


def obstacle(
    record: Record, to: Person, *, may_leave: bool, despite_consent: bool
) -> Obstacle | None:
    """What keeps a record from being handed to a person; None where nothing does.

    Args:
        may_leave: whether it may be handed to another agency, which takes the child's consent.
        despite_consent: whether it may be without that.
    """
    if record.agency == to.agency:
        return None
    if not may_leave:
        return Obstacle.OTHER_AGENCY
    return None if record.consent or despite_consent else Obstacle.NO_CONSENT
