"""Brings inboxes to a changed directory, a few records a transaction.

Answers follow the directory at once (`sight`); feeds follow here. A job that was interrupted goes
on where it stopped.
"""

from __future__ import annotations

from sync_server.service.audience_changes import write_audience
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf
from sync_server.service.transaction import Transaction
from sync_server.storage import fanout
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.fanout import FanoutJob
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow
from sync_server.storage.store import Connection

_RECORDS_AT_ONCE = 50
"""So many records have at most some 2,000 rows."""


def run_fanout(kanaf: Kanaf) -> bool:
    """Runs one step of the oldest job.

    Returns:
        Whether there was one.
    """
    with kanaf.store.read() as reading:
        job = fanout.next_job(reading.connection)
        if job is None:
            return False
        database = next(one for one in reading.databases() if one.id == job.database_id)
        records = reading.records_after(database.id, job.after_record, _RECORDS_AT_ONCE)
    if records:
        _bring_up_to_date(kanaf, database, records)
    kanaf.store.administratively(lambda connection: _note(connection, job, records))
    return True


def _note(connection: Connection, job: FanoutJob, records: list[str]) -> None:
    if len(records) < _RECORDS_AT_ONCE:
        fanout.end_job(connection, job.id)
    else:
        fanout.advance_job(connection, job.id, records[-1])


def _bring_up_to_date(kanaf: Kanaf, database: DatabaseRow, records: list[str]) -> None:
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[None]:
        directory = kanaf.directory_of(database, reading)
        transaction = Transaction(reading, vault, kanaf.clock(), records, [])
        parts: list[Changes] = []
        for record_id in records:
            row = transaction.record(record_id)
            if row is None:
                continue
            works: dict[str, DocumentWork] = {}
            changes = Changes()
            write_audience(transaction, directory, transaction.key(row), row, works, changes)
            for work in works.values():
                if work.is_changed:
                    work.write_to(changes, record_id)
            if changes.inbox or changes.audience:
                changes.records[record_id] = row
            parts.append(changes)
        return Plan(merged_changes(parts), None)

    kanaf.store.write(database.id, records, prepare, reads_directory=True)
