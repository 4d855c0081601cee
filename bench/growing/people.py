"""The people of a country programme, and whose the cases are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_AGENCIES = 20
_USERS_OF_AN_AGENCY = 13
"""In a small programme; a large one has no more agencies than `_AGENCIES`."""
FEW, MANY, NONE = "town", "camps", "nowhere"
"""The groups of every agency: one with as many cases as a measure asks for, one with most of them,
and, in the first agency, one without any.
"""


@dataclass(frozen=True)
class Member:
    """A user. The name of the group is that of the agency, and which of its groups it is."""

    name: str
    role: str
    agency: str
    group: str

    @property
    def tablet(self) -> str:
        """The device's name."""
        return f"{self.name}-tablet-1"


@dataclass(frozen=True)
class People:
    """Everybody.

    Attributes:
        staff: an agency manager of each agency, a supervisor of each group, and the caseworkers.
        promoted: caseworkers without cases, one after the other in the agencies' groups `FEW`.
        moved: supervisors of the group without cases.
    """

    staff: Sequence[Member]
    promoted: Sequence[Member]
    moved: Sequence[Member]

    @property
    def all(self) -> list[Member]:
        """All users."""
        return [*self.staff, *self.promoted, *self.moved]

    @property
    def agencies(self) -> list[str]:
        """The codes of the agencies."""
        return sorted({one.agency for one in self.staff})

    def caseworkers(self, kind: str) -> list[Member]:
        """Those of the groups of one kind."""
        groups = {group_of(agency, kind) for agency in self.agencies}
        return [one for one in self.staff if one.role == "caseworker" and one.group in groups]


def group_of(agency: str, kind: str) -> str:
    """The name of a group."""
    return f"{agency} {kind}"


def people(users: int, movers: int = 0) -> People:
    """So many users; `movers` of them are to be promoted, and as many to be moved.

    Raises:
        ValueError: they are too few for a caseworker in each group.
    """
    count = max(1, min(_AGENCIES, users // _USERS_OF_AN_AGENCY))
    agencies = [f"A{number:02}" for number in range(count)]
    staff = [one for agency in agencies for one in _leading(agency)]
    left = users - 2 * movers - len(staff)
    if left < 2 * count:
        raise ValueError(f"{users} users are too few for {count} agencies and {movers} movers")
    # Every agency gets one for its small group first.
    kinds = [FEW] * count + [MANY] * (left - count)
    for number, kind in enumerate(kinds):
        agency = agencies[number % count]
        group = group_of(agency, kind)
        staff.append(Member(f"caseworker-{number:03}", "caseworker", agency, group))
    return People(staff, list(_promoted(agencies, movers)), list(_moved(agencies[0], movers)))


def _leading(agency: str) -> Iterator[Member]:
    yield Member(f"manager-{agency}", "agency_manager", agency, group_of(agency, MANY))
    for kind in (FEW, MANY):
        yield Member(f"supervisor-{agency}-{kind}", "supervisor", agency, group_of(agency, kind))


def _promoted(agencies: Sequence[str], count: int) -> Iterator[Member]:
    for number in range(count):
        agency = agencies[number % len(agencies)]
        yield Member(f"promoted-{number:02}", "caseworker", agency, group_of(agency, FEW))


def _moved(agency: str, count: int) -> Iterator[Member]:
    for number in range(count):
        yield Member(f"moved-{number:02}", "supervisor", agency, group_of(agency, NONE))
