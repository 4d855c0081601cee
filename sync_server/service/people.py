"""The people of the directory, as those who look after them see them."""

from __future__ import annotations

from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.supervision import looks_after
from sync_server.storage.rows import UserRow


def people_looked_after(kanaf: Kanaf, caller: Caller) -> list[UserRow]:
    """Those whom somebody looks after, by name; who was shut out is among them."""
    registry = kanaf.registry()
    every = sorted(registry.users.values(), key=lambda one: one.name)
    return [one for one in every if looks_after(caller.person, registry.person(one))]
