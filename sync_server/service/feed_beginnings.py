"""Since when a device may hold documents: what was revoked before then it never had.

A replication begins from nothing again when its checkpoint is lost, or was not yet written when its
first page was stored. By then it holds something; so does a tablet that sends its own documents
before it has asked for any (docs/adr/0018).
"""

from __future__ import annotations

from sync_server.errors import DatabaseMissing
from sync_server.service.caller import Caller
from sync_server.service.feed import BEGINNINGS
from sync_server.service.kanaf import Kanaf
from sync_server.storage.feed_beginnings import add_feed_beginning, feed_beginning
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow
from sync_server.storage.store import AlreadyThere, Connection


def had_nothing_at(kanaf: Kanaf, database: DatabaseRow, caller: Caller, since: str) -> int:
    """The seq of a case database up to which a caller's device held nothing of it.

    It is kept before it is told: what the answer tells, the device may hold from then on.

    Args:
        since: as it is given by a device that asks from the beginning, or with a seq of another
            feed: what that holds is not known, so nothing is left out for it.

    Raises:
        DatabaseMissing: the database was removed.
    """
    begins = since in BEGINNINGS
    known = _kept(kanaf, database, caller, begins=begins)
    return known if begins else 0


def begin(kanaf: Kanaf, database: DatabaseRow, caller: Caller) -> None:
    """Keeps that a caller's device holds something of a case database from now on, if it has not
    held anything before: it sends what it has, or is told what is new.

    Raises:
        DatabaseMissing: the database was removed.
    """
    _kept(kanaf, database, caller, begins=True)


def _kept(kanaf: Kanaf, database: DatabaseRow, caller: Caller, *, begins: bool) -> int:
    with kanaf.store.read() as reading:
        known = _beginning(reading.connection, database, caller)
    return _noted(kanaf, database, caller, begins=begins) if known is None else known


def _noted(kanaf: Kanaf, database: DatabaseRow, caller: Caller, *, begins: bool) -> int:
    def note(connection: Connection) -> int:
        seq = Reading(connection).update_seq(database.id) if begins else 0
        add_feed_beginning(connection, database.id, caller.person.id, caller.device, seq)
        return seq

    try:
        return kanaf.store.administratively(note)
    except AlreadyThere:
        with kanaf.store.read() as reading:
            known = _beginning(reading.connection, database, caller)
    if known is None:
        raise DatabaseMissing  # it was removed meanwhile
    return known


def _beginning(connection: Connection, database: DatabaseRow, caller: Caller) -> int | None:
    return feed_beginning(connection, database.id, caller.person.id, caller.device)
