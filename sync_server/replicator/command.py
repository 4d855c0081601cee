"""`kanaf replicate` as somebody who types it sees it: lines, signals, the exit status."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from sync_server.replicator.address import (
    Credentials,
    InvalidAddress,
    read_address,
    read_credentials,
)
from sync_server.replicator.failures import ReplicationFailure
from sync_server.replicator.run import Order, Replication, Side

_OTHERS = 0o077


class Status(IntEnum):
    """How the command ends. What was refused in earlier runs is as good as refused now."""

    ALL_THERE = 0
    SOME_REFUSED = 1
    COULD_NOT = 2


def side(
    name: str, address: str, file: Path | None, from_environment: tuple[str, str] | None
) -> Side:
    """A database and the credentials for it: those in its address, else in the file, else in the
    environment.

    Args:
        name: of the argument, for people.

    Raises:
        InvalidAddress: one of them cannot be used; the message does not repeat it.
    """
    try:
        found, credentials = read_address(address)
        if credentials is not None and file is not None:
            raise InvalidAddress("it has credentials already: give them once")
        if credentials is None and file is not None:
            credentials = _credentials(file)
    except InvalidAddress as problem:
        raise InvalidAddress(f"{name}: {problem}") from None
    if credentials is None and from_environment is not None:
        credentials = Credentials(*from_environment)
    return Side(found, credentials)


def carry_out(order: Order, tell: Callable[[str], None], conclude: Callable[[str], None]) -> Status:
    """Replicates until everything is there, somebody stops it, or it cannot go on.

    The first SIGINT or SIGTERM ends it once how far it has come is recorded; a second one at once.

    Args:
        tell: called with lines on the way.
        conclude: called with the line that sums it up.
    """
    stop = threading.Event()

    def end(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    replication = Replication(order, tell, stop)
    try:
        is_complete = replication.run()
    except ReplicationFailure as failure:
        tell(f"Error: {failure}")
        is_complete = False
    figures = replication.figures
    conclude(figures.what_would_be_sent if order.dry else str(figures))
    if figures.refused_before:
        tell(
            f"the target has refused {figures.refused_before:,} more before, which were not "
            "offered again: --from-start offers them, and compares everything"
        )
    if stop.is_set():
        tell("stopped; the same command goes on from here")
    if not is_complete:
        return Status.COULD_NOT
    is_refused = figures.refused or figures.refused_before
    return Status.SOME_REFUSED if is_refused else Status.ALL_THERE


def _credentials(file: Path) -> Credentials:
    try:
        if file.stat().st_mode & _OTHERS:
            raise InvalidAddress(f"others may read {file}: chmod 600 {file}")
        return read_credentials(file.read_text("utf-8"))
    except (OSError, UnicodeError):
        raise InvalidAddress(f"{file} cannot be read as a file with name:secret") from None
