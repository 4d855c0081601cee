"""Who is a member of an open database, and who keeps it: CouchDB's security object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.sharing.facts import Person

ADMINISTRATOR = "_admin"
"""CouchDB's role of those who keep the server."""


@dataclass(frozen=True)
class Group:
    """People by their names and their roles."""

    names: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def has(self, person: Person) -> bool:
        """Whether somebody is one of them."""
        return person.name in self.names or person.role.name in self.roles

    @property
    def is_empty(self) -> bool:
        """Whether it names nobody at all."""
        return not self.names and not self.roles


@dataclass(frozen=True)
class Membership:
    """Who may enter a database, beside those who keep the server."""

    admins: Group
    members: Group

    @classmethod
    def of(cls, security: Mapping[str, Any] | None) -> Membership:
        """What a valid security object says; None is CouchDB's ready one, which names nobody."""
        nobody_else = {"roles": [ADMINISTRATOR]}
        given = {"admins": nobody_else, "members": nobody_else} if security is None else security
        return cls(_group(given.get("admins", {})), _group(given.get("members", {})))

    def administers(self, person: Person) -> bool:
        """Whether somebody may change design documents and settings of the database."""
        return self.admins.has(person)

    def admits(self, person: Person) -> bool:
        """Whether somebody may read and write: everybody with an account where nobody is named.

        Source: CouchDB, couch_db.erl, check_is_member/1; it lets in those without an account, too.
        """
        return self.members.is_empty or self.members.has(person) or self.administers(person)


def _group(given: Mapping[str, Any]) -> Group:
    return Group(frozenset(given.get("names", ())), frozenset(given.get("roles", ())))
