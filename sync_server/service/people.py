"""The people of the directory, as those who look after them see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.supervision import looks_after
from sync_server.storage.rows import UserRow


def people_looked_after(kanaf: Kanaf, caller: Caller) -> list[UserRow]:
    """Those whom somebody looks after, by name; who was shut out is among them."""
    registry = kanaf.registry()
    every = sorted(registry.users.values(), key=lambda one: one.name)
    return [one for one in every if looks_after(caller.person, registry.person(one))]


def agencies_in_groups(
    kanaf: Kanaf, coming: Iterable[tuple[str, Collection[str]]] = ()
) -> dict[str, list[str]]:
    """The agencies of those who are in each group, by the group's name. Supervisors see the cases
    that were begun in their groups, whatever the agency.

    Args:
        coming: the agency and the groups of people who are not there yet.
    """
    known = ((one.agency, one.groups) for one in kanaf.directory().people.values())
    found: dict[str, set[str]] = {}
    for agency, groups in (*known, *coming):
        for group in groups:
            found.setdefault(group, set()).add(agency)
    return {group: sorted(agencies) for group, agencies in sorted(found.items())}
