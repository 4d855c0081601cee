"""Brings inboxes to a changed directory.

Answers follow the directory at once (`sight`); feeds follow here. Nearly every record of a walk is
seen by the same people as before, so many are looked at together, without a lock; those that are
not are written a few a transaction. A job that was interrupted goes on where it stopped. A record
that cannot be brought up to date holds up no other: it is tried again later, by itself.

A step begins when the directory has been left alone for a moment (`Lull`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf

import structlog

from sync_server.errors import DatabaseMissing, Overloaded
from sync_server.service.audience_changes import (
    audience_of,
    concerned,
    moved_parts,
    write_record,
)
from sync_server.service.case_facts import document_name
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.transaction import Transaction
from sync_server.sharing.facts import Directory
from sync_server.storage import fanout
from sync_server.storage.availability import or_overloaded
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.fanout import FanoutJob
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow
from sync_server.storage.store import AlreadyThere, Connection

_LOOKED_AT = 100
"""So many records are compared in one go: a hundredth of a second, in which nothing else is done in
this process."""
_MOVED_AT_ONCE = 5
"""For so many pairs of a record and a user who sees other parts of it, rows are written in one
transaction: forty, where a record has eight documents."""
_USERS_AT_ONCE = 10
"""So many of those who see other parts of one record follow in one transaction all the same, eighty
rows, and the next in the next one: to plan it takes as long for one user as for all of them."""
_LULL_SECONDS = 0.25
"""Longer than from one change of a batch to the next, shorter than anybody waits for a feed."""
_PATIENCE_SECONDS = 5.0
_AGAIN_AFTER_SECONDS = 600.0
"""So long after a record could not be brought up to date is it tried again, and then ever later:
what keeps it from that waits for somebody to mend it, who reads of it in the log."""
Lot = Mapping[str, Sequence[int]]
"""Records, each with the users who see other documents of it."""
_log = structlog.get_logger()


class Lull:
    """A moment in which the directory is left alone.

    Twenty people may be given a role one after the other. What a step has planned comes to nothing
    with every change, and is planned once more under a lock for which others wait.
    """

    def __init__(self) -> None:
        self._newest = 0
        self._changed_at = self._restless_from = -inf
        self._was_quiet = True

    def seconds_left(self, newest: int, now: float) -> float:
        """How long to wait before a step; 0 once it may begin.

        Who changes people without a pause keeps feeds waiting for no more than
        `_PATIENCE_SECONDS`, and then steps follow until there is a moment.

        Args:
            newest: the id of the newest job, 0 where there is none. Ids ascend.
            now: seconds of a clock that only goes forward.
        """
        if newest > self._newest:
            if self._was_quiet:
                self._restless_from = now
            self._newest, self._changed_at, self._was_quiet = newest, now, False
        elif now >= self._changed_at + _LULL_SECONDS:
            self._was_quiet = True  # only who looks and finds no change has seen a moment
        waited_enough = self._restless_from + _PATIENCE_SECONDS
        return max(0.0, min(self._changed_at + _LULL_SECONDS, waited_enough) - now)


def newest_job(kanaf: Kanaf) -> int:
    """The id of the newest job, 0 where there is none."""
    with kanaf.store.read() as reading:
        return fanout.newest_job(reading.connection)


def run_fanout(kanaf: Kanaf) -> bool:
    """Runs one step of the oldest job. Where there is none, records that one has passed over and
    that are due are tried again.

    Jobs that it covers end with its first step: twenty people who are given a role one after the
    other cost one walk, or two.

    Returns:
        Whether there was anything to do.

    Raises:
        Overloaded: the database is away, locked or full; the step is still to be done.
    """
    return _walk_on(kanaf) or _try_again(kanaf)


def _walk_on(kanaf: Kanaf) -> bool:
    with kanaf.store.read() as reading:
        # Before the directory is read: what is covered was changed before it.
        jobs = fanout.jobs(reading.connection)
        if not jobs:
            return False
        job, *later = jobs
        database = reading.database(job.database_id)
        records = reading.records_after(database.id, job.after_record, _LOOKED_AT)
    failed = _follow(kanaf, database, records)
    covered = [one for one in later if job.covers(one)]

    def note(connection: Connection) -> None:
        _note(connection, job, covered, records)
        fanout.put_off(connection, database.id, failed, kanaf.clock(), _AGAIN_AFTER_SECONDS)

    _write_down(kanaf, note)
    return True


def _try_again(kanaf: Kanaf) -> bool:
    with kanaf.store.read() as reading:
        due = fanout.due_records(reading.connection, kanaf.clock(), _LOOKED_AT)
        if not due:
            return False
        database = reading.database(due[0].database_id)
    records = [one.record_id for one in due]
    failed = _follow(kanaf, database, records)

    def note(connection: Connection) -> None:
        fanout.caught_up(connection, database.id, [one for one in records if one not in failed])
        fanout.put_off(connection, database.id, failed, kanaf.clock(), _AGAIN_AFTER_SECONDS)

    _write_down(kanaf, note)
    return True


def _write_down(kanaf: Kanaf, note: Callable[[Connection], None]) -> None:
    with suppress(AlreadyThere):  # the database was removed, or another process has put them off
        kanaf.store.administratively(note)


def _note(
    connection: Connection, job: FanoutJob, covered: Sequence[FanoutJob], records: Sequence[str]
) -> None:
    ended = [one.id for one in covered]
    if len(records) < _LOOKED_AT:
        ended.append(job.id)
    else:
        fanout.advance_job(connection, job.id, records[-1])
    fanout.end_jobs(connection, ended)


def _follow(kanaf: Kanaf, database: DatabaseRow, records: Sequence[str]) -> list[str]:
    """Brings the inboxes of some records to the directory; those with which that failed."""
    moved: dict[str, Sequence[int]] = {}
    with kanaf.store.read() as reading:
        directory, now = kanaf.directory_of(database, reading), kanaf.clock()

        def look(some: Sequence[str]) -> None:
            moved.update(_moved(reading, database, directory, now, some))

        failed = _apart(look, records, database)
    for lot in _lots(moved):

        def write(some: Sequence[str], lot: Lot = lot) -> None:
            _bring_up_to_date(kanaf, database, {record: lot[record] for record in some})

        failed += _apart(write, [one for one in lot if one not in failed], database)
    return failed


def _apart(
    work: Callable[[Sequence[str]], None], records: Sequence[str], database: DatabaseRow
) -> list[str]:
    """Does something with records together; where that fails, with each of them by itself.

    Returns:
        Those with which it failed then, too: what keeps them from it is in the log.

    Raises:
        Overloaded: the database is away, locked or full: that is no fault of a record.
        DatabaseMissing: it was removed.
    """
    if not records:
        return []
    try:
        with or_overloaded():
            work(records)
    except (DatabaseMissing, Overloaded):
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one holds up no other
        if len(records) > 1:
            return [one for each in records for one in _apart(work, [each], database)]
        kind = type(error).__name__
        _log.error("feeds do not follow", database=database.name, record=records[0], kind=kind)
        return list(records)
    return []


def _moved(
    reading: Reading,
    database: DatabaseRow,
    directory: Directory,
    now: float,
    records: Sequence[str],
) -> Lot:
    """The records of which some users see other documents, with these users. Who sees another
    part, of which there is no document, is not among them: a form that was just published is such a
    part of every record.

    No lock is needed: whoever writes a record after this looks at it does so by this directory or a
    later one.
    """
    before: dict[str, dict[int, frozenset[str]]] = {record: {} for record in records}
    rows = reading.records(database.id, records)
    for one in reading.audiences(database.id, records):
        before[one.record_id][one.user_id] = one.parts
    steps = {
        record: moved_parts(audience_of(row, directory, now), before[record])
        for record, row in rows.items()
    }
    differing = [record for record in rows if steps[record]]
    names: dict[str, list[str]] = {record: [] for record in differing}
    for document in reading.documents_of(database.id, differing):
        names[document.record_id].append(document_name(document.document_id))
    users = {record: sorted(concerned(names[record], steps[record])) for record in differing}
    return {record: some for record, some in users.items() if some}


def _lots(moved: Lot) -> Iterator[Lot]:
    """The records and users of one transaction after the other."""
    lot: dict[str, Sequence[int]] = {}
    count = 0
    for record, users in moved.items():
        for start in range(0, len(users), _USERS_AT_ONCE):
            some = users[start : start + _USERS_AT_ONCE]
            if lot and (record in lot or count + len(some) > _MOVED_AT_ONCE):
                yield lot
                lot, count = {}, 0
            lot[record] = some
            count += len(some)
    if lot:
        yield lot


def _bring_up_to_date(kanaf: Kanaf, database: DatabaseRow, lot: Lot) -> None:
    """Writes what some users see and do not see of some records."""
    vault, records = kanaf.vault(database), [*lot]

    def prepare(reading: Reading) -> Plan[None]:
        directory = kanaf.directory_of(database, reading)
        transaction = Transaction(reading, vault, kanaf.clock(), records, [])
        transaction.take_up_records(records)
        parts: list[Changes] = []
        for record_id in records:
            row = transaction.record(record_id)
            if row is None:
                continue
            works: dict[str, DocumentWork] = {}
            changes = Changes()
            key, users = transaction.key(row), lot[record_id]
            write_record(transaction, directory, key, row, works, changes, only=users)
            if changes.inbox or changes.audience:  # else somebody has brought it up to date
                parts.append(changes)
        return Plan(merged_changes(parts), None)

    kanaf.store.write(database.id, records, prepare, reads_directory=True, is_large=True)
