"""What the rules of sharing are asked about: people, records, referrals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sync_server.sharing.roles import Catalog, Role, Scope, in_programme


class ReferralState(StrEnum):
    """How far a referral has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True)
class Person:
    """A user of the directory.

    Attributes:
        groups: the first is the one in which they begin records.
        area: the code of an administrative area, such as `SD01`.
    """

    id: int
    name: str
    role: Role
    agency: str
    groups: tuple[str, ...] = ()
    area: str | None = None

    @property
    def group(self) -> str | None:
        """The group in which they begin records."""
        return self.groups[0] if self.groups else None


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
    """A record as sharing sees it.

    Attributes:
        consent: the child's to share with partners.
        in_emergency: the ids of the users who were let in by emergency, as of now.
    """

    owner_id: int
    agency: str
    group: str | None
    consent: bool
    referrals: tuple[Referral, ...] = ()
    area: str | None = None
    in_emergency: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Directory:
    """The active users.

    Attributes:
        people: by id.
        by_scope: those whose role is about a whole group, agency or area, by which of these and its
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
            for place in _wide_scopes(person):
                by_scope[place] = (*by_scope.get(place, ()), person)
        return cls(by_id, by_scope)

    def in_programme(self, catalog: Catalog) -> Directory:
        """The same people, their roles with the codes of a programme's forms."""
        roles = {one.role for one in self.people.values()}
        by_role = {role: in_programme(role, catalog) for role in roles}
        return Directory.of(replace(one, role=by_role[one.role]) for one in self.people.values())

    def around(self, record: Record) -> Iterator[Person]:
        """Those whose role is about the whole group, agency or area of a record."""
        yield from self.by_scope.get(("group", record.group or ""), ())
        yield from self.by_scope.get(("agency", record.agency), ())
        for around in areas_around(record.area):
            yield from self.by_scope.get(("area", around), ())

    def named(self, name: str) -> Person | None:
        """The active user of that name."""
        return next((person for person in self.people.values() if person.name == name), None)


def areas_around(area: str | None) -> Iterator[str]:
    """The codes of the areas that an area is in, itself included: a code begins with those of the
    areas around it.

    Source: the common operational datasets on administrative boundaries (P-codes).
    """
    return (area[:end] for end in range(1, len(area) + 1)) if area else iter(())


def _wide_scopes(person: Person) -> list[tuple[Scope, str]]:
    match person.role.scope:
        case "group":
            return [("group", name) for name in person.groups]
        case "agency":
            return [("agency", person.agency)]
        case "area" if person.area:
            return [("area", person.area)]
    return []
