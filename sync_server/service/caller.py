"""Who asks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from sync_server.sharing.facts import Person
from sync_server.sharing.roles import OF_NOTHING, Action


@dataclass(frozen=True)
class Caller:
    """A person behind a request, and the device that speaks for them.

    Attributes:
        device: the device's name; empty for somebody who signed in with a password.
        session: the digest of the session's token, where the caller came in with one.
        until: when that session ends unless it is used again, in seconds since 1970.
        proof: what is kept of the token or the password that the caller came in with; None with a
            session, which ends of itself when the password is changed.
        is_lost: whether the device is lost: it may hand in what it has not sent, and sees nothing.
    """

    person: Person
    device: str
    session: bytes | None = field(default=None, repr=False)
    until: float = math.inf
    proof: bytes | None = field(default=None, repr=False, compare=False)
    is_lost: bool = False

    def lost(self) -> Caller:
        """The same person, behind a device that is lost: with a role of nothing."""
        return replace(self, person=replace(self.person, role=OF_NOTHING), is_lost=True)

    def may(self, action: Action) -> bool:
        """Whether the caller's role allows an act."""
        return action in self.person.role.actions

    @property
    def is_administrator(self) -> bool:
        """Whether the caller keeps databases and users."""
        return self.may(Action.ADMINISTER)

    @property
    def is_supervisor(self) -> bool:
        """Whether the caller decides what is left to supervisors."""
        return self.may(Action.SETTLE)

    @property
    def reader(self) -> str:
        """How deletion stubs name the caller."""
        return str(self.person.id)
