"""Who looks after whom: whose refused documents, tablets and accounts are somebody's business."""

from __future__ import annotations

from sync_server.sharing.facts import Person
from sync_server.sharing.roles import Action


def supervises(person: Person, other: Person) -> bool:
    """Whether a person decides what is left to the supervisors of another: one of a group of
    theirs, whatever the other's role.
    """
    is_supervisor = Action.SETTLE in person.role.actions
    return is_supervisor and not set(person.groups).isdisjoint(other.groups)


def may_employ(person: Person, other: Person) -> bool:
    """Whether a person gives another their role, place and tablets: theirs is a role that the
    person gives, and they are of the person's agency where the person's role is about that, else in
    no group in which the person is not. Who administers does so for everybody.
    """
    if Action.ADMINISTER in person.role.actions:
        return True
    if other.role.name not in person.role.gives:
        return False
    if person.role.scope == "agency":
        return other.agency == person.agency
    return bool(other.groups) and set(other.groups) <= set(person.groups)


def looks_after(person: Person, other: Person) -> bool:
    """Whether a person sees how another's tablets are."""
    return supervises(person, other) or may_employ(person, other)
