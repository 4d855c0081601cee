"""Who looks after whom: whose refused documents, tablets and accounts are somebody's business."""

from __future__ import annotations

from sync_server.sharing.facts import Person
from sync_server.sharing.roles import Action


def supervises(person: Person, other: Person) -> bool:
    """Whether a person decides what is left to the supervisors of another: one of a group of
    theirs, whatever the other's role; of their agency, where the person's role is about that.
    """
    if Action.SETTLE not in person.role.actions:
        return False
    is_of_other_agency = person.role.scope == "agency" and other.agency != person.agency
    return not is_of_other_agency and not set(person.groups).isdisjoint(other.groups)


def may_employ(person: Person, other: Person) -> bool:
    """Whether a person gives another their role, place and tablets: theirs is a role that the
    person gives, and they are of the person's agency where the person's role is about that; where
    it is about groups, in one of these and in no other. Who administers does so for everybody.
    """
    if Action.ADMINISTER in person.role.actions:
        return True
    if other.role.name not in person.role.gives:
        return False
    match person.role.scope:
        case "agency":
            return other.agency == person.agency
        case "group":
            return bool(other.groups) and set(other.groups) <= set(person.groups)
    return False


def looks_after(person: Person, other: Person) -> bool:
    """Whether a person sees how another's tablets are."""
    return supervises(person, other) or may_employ(person, other)


def may_refuse(person: Person, other: Person) -> bool:
    """Whether a person has a tablet refused, or says that it is lost: their own, and that of
    somebody whom they look after, but of nobody else who supervises or administers.
    """
    if person.id == other.id:
        return True
    is_peer = bool(other.role.actions & {Action.SETTLE, Action.ADMINISTER})
    return may_employ(person, other) or (supervises(person, other) and not is_peer)
