"""What every server that is measured can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bench.protocol.connection import Connection, Credentials

CASES = "cases"


class Peer(ABC):
    """A running server.

    Attributes:
        name: that the tables have.
        port: on this machine's loopback; the same after a restart.
        credentials: that every request is signed in with; None: it needs none.
    """

    name: str
    port: int
    credentials: Credentials | None

    @abstractmethod
    def durability(self) -> str:
        """What an answered write survives; for Kanaf asked of the server and asserted."""

    @abstractmethod
    def processes(self) -> list[int]:
        """All processes of the server, without those of a database beside it."""

    @abstractmethod
    def database_processes(self) -> list[int]:
        """All processes of the database; none where it is part of the server."""

    @abstractmethod
    def path(self, database: str) -> str:
        """Of a database; `CASES` is there from the start."""

    @abstractmethod
    def create(self, database: str) -> None:
        """Makes an empty database without rules."""

    def settle(self) -> None:
        """What a server that has just been filled does of itself within its first minutes."""
        return

    @abstractmethod
    def restart(self) -> None:
        """Stops the server and starts it again on the same data."""

    @abstractmethod
    def feed(self) -> str:
        """The path of all changes that the caseworker may see in `CASES`."""

    def connect(self) -> Connection:
        """A new connection."""
        return Connection(self.port, self.credentials)

    def connect_caseworker(self) -> Connection:
        """A new connection of the caseworker who reads the feed."""
        return self.connect()

    def connect_author(self) -> Connection:
        """A new connection of the one who writes all other documents in `CASES`."""
        return self.connect()
