"""What the rules of sharing are asked about: people, records, referrals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync_server.sharing.roles import Role


class ReferralState(StrEnum):
    """How far a referral has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True)
class Person:
    """A user of the directory."""

    id: int
    name: str
    role: Role
    agency: str
    group: str | None


@dataclass(frozen=True)
class Referral:
    """A referral as sharing sees it.

    Attributes:
        document: the name of its document within the record, `k2:<ulid>`.
        to: the user id of the addressee.
        forms: the form codes agreed in it.
    """

    document: str
    to: int
    forms: frozenset[str]
    state: ReferralState


@dataclass(frozen=True)
class Record:
    """A record as sharing sees it. `consent` is the child's to share with partners."""

    owner_id: int
    agency: str
    group: str | None
    consent: bool
    referrals: tuple[Referral, ...] = ()


@dataclass(frozen=True)
class Directory:
    """The active users, by id and by group."""

    people: Mapping[int, Person]
    supervisors: Mapping[str, tuple[Person, ...]]

    @classmethod
    def of(cls, people: Iterable[Person]) -> Directory:
        """The directory of some people."""
        by_id = {person.id: person for person in people}
        supervisors: dict[str, tuple[Person, ...]] = {}
        for person in by_id.values():
            if person.group and person.role.scope == "group":
                supervisors[person.group] = (*supervisors.get(person.group, ()), person)
        return cls(by_id, supervisors)

    def named(self, name: str) -> Person | None:
        """The active user of that name."""
        return next((person for person in self.people.values() if person.name == name), None)
