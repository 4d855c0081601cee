"""Brings inboxes to a changed directory.

Answers follow the directory at once (`sight`); feeds follow here. Nearly every record of a walk is
seen by the same people as before, so many are looked at together, without a lock; those that are
not are written a few a transaction. A job that was interrupted goes on where it stopped.

A step begins when the directory has been left alone for a moment (`Lull`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

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
from sync_server.storage import fanout
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.fanout import FanoutJob
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow
from sync_server.storage.store import Connection

_LOOKED_AT = 100
"""So many records are compared in one go: a hundredth of a second, in which no other request of
this process is answered."""
_MOVED_AT_ONCE = 5
"""For so many pairs of a record and a user who sees other parts of it, rows are written in one
transaction: forty, where a record has eight documents. Somebody else's write may have to wait for
the planning of one, the writing of another and the planning of a third. A record is not divided."""
_LULL_SECONDS = 0.25
"""Longer than from one change of a batch to the next, shorter than anybody waits for a feed."""
_PATIENCE_SECONDS = 5.0


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
    """Runs one step of the oldest job.

    Jobs that it covers end with its first step: twenty people who are given a role one after the
    other cost one walk, or two.

    Returns:
        Whether there was one.
    """
    with kanaf.store.read() as reading:
        # At one moment, before the directory is read: what is covered was changed before it.
        jobs = fanout.jobs(reading.connection)
        if not jobs:
            return False
        job, *later = jobs
        database = reading.database(job.database_id)
        records = reading.records_after(database.id, job.after_record, _LOOKED_AT)
        moved = _moved(kanaf, reading, database, records)
    for some in _parts(moved):
        _bring_up_to_date(kanaf, database, some)
    covered = [one for one in later if job.covers(one)]
    kanaf.store.administratively(lambda connection: _note(connection, job, covered, records))
    return True


def _note(
    connection: Connection, job: FanoutJob, covered: Sequence[FanoutJob], records: Sequence[str]
) -> None:
    ended = [one.id for one in covered]
    if len(records) < _LOOKED_AT:
        ended.append(job.id)
    else:
        fanout.advance_job(connection, job.id, records[-1])
    fanout.end_jobs(connection, ended)


def _moved(
    kanaf: Kanaf, reading: Reading, database: DatabaseRow, records: Sequence[str]
) -> dict[str, int]:
    """The records of which some users see other documents, with the number of these users. Who sees
    another part, of which there is no document, is not among them: a form that was just published
    is such a part of every record.

    No lock is needed: whoever writes a record after this looks at it does so by this directory or a
    later one.
    """
    directory, now = kanaf.directory_of(database, reading), kanaf.clock()
    before: dict[str, dict[int, frozenset[str]]] = {record: {} for record in records}
    rows = reading.records(database.id, records)
    for one in reading.audiences(database.id, records):
        before[one.record_id][one.user_id] = one.parts
    moved = {
        record: moved_parts(audience_of(row, directory, now), before[record])
        for record, row in rows.items()
    }
    differing = [record for record, steps in moved.items() if steps]
    names: dict[str, list[str]] = {record: [] for record in differing}
    for document in reading.documents_of(database.id, differing):
        names[document.record_id].append(document_name(document.document_id))
    counts = {record: len(concerned(names[record], moved[record])) for record in differing}
    return {record: count for record, count in counts.items() if count}


def _parts(moved: Mapping[str, int]) -> Iterator[list[str]]:
    """The records of one transaction after the other."""
    part: list[str] = []
    users = 0
    for record, count in moved.items():
        if part and users + count > _MOVED_AT_ONCE:
            yield part
            part, users = [], 0
        part.append(record)
        users += count
    if part:
        yield part


def _bring_up_to_date(kanaf: Kanaf, database: DatabaseRow, records: Sequence[str]) -> None:
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[None]:
        directory = kanaf.directory_of(database, reading)
        transaction = Transaction(reading, vault, kanaf.clock(), records, [])
        transaction.take_up_all(records)
        parts: list[Changes] = []
        for record_id in records:
            row = transaction.record(record_id)
            if row is None:
                continue
            works: dict[str, DocumentWork] = {}
            changes = Changes()
            write_record(transaction, directory, transaction.key(row), row, works, changes)
            if changes.inbox or changes.audience:  # else somebody has brought it up to date
                parts.append(changes)
        return Plan(merged_changes(parts), None)

    kanaf.store.write(database.id, records, prepare, reads_directory=True, is_large=True)
