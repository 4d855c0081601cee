"""What the rules of sharing are asked about: people, records, referrals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync_server.sharing.roles import Role, Scope


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
    """The active users.

    Attributes:
        people: by id.
        by_scope: those whose role is about a whole group or agency, by which of the two and its
            name.
    """

    people: Mapping[int, Person]
    by_scope: Mapping[tuple[Scope, str], tuple[Person, ...]]

    @classmethod
    def of(cls, people: Iterable[Person]) -> Directory:
        """The directory of some people."""
        by_id = {person.id: person for person in people}
        by_scope: dict[tuple[Scope, str], tuple[Person, ...]] = {}
        for person in by_id.values():
            scope = person.role.scope
            name = {"group": person.group, "agency": person.agency}.get(scope)
            if name:
                by_scope[scope, name] = (*by_scope.get((scope, name), ()), person)
        return cls(by_id, by_scope)

    def in_scope(self, group: str | None, agency: str) -> tuple[Person, ...]:
        """Those whose role is about a whole group, or a whole agency."""
        of_group = self.by_scope.get(("group", group or ""), ())
        return (*of_group, *self.by_scope.get(("agency", agency), ()))

    def named(self, name: str) -> Person | None:
        """The active user of that name."""
        return next((person for person in self.people.values() if person.name == name), None)
