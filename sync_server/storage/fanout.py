"""Jobs that bring inboxes to a changed directory, and the records that they passed over; both
survive a stop.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from sync_server.storage import schema


@dataclass(frozen=True)
class FanoutJob:
    """A walk over all records of a database; those up to `after_record` are done."""

    id: int
    database_id: int
    after_record: str

    def covers(self, other: FanoutJob) -> bool:
        """Whether nothing is left of a later job once this one is done.

        Two that have not begun walk over the same records; what either was asked for after is known
        to a walk that begins now.
        """
        is_whole = self.after_record == other.after_record == ""
        return is_whole and self.database_id == other.database_id


def add_job(connection: Connection, database_id: int) -> None:
    """Asks for a walk over a database's records."""
    values = {"database_id": database_id, "after_record": ""}
    connection.execute(insert(schema.fanout_job).values(values))


def jobs(connection: Connection) -> list[FanoutJob]:
    """The jobs that are not done, the oldest first, as of one moment."""
    rows = connection.execute(select(schema.fanout_job).order_by(schema.fanout_job.c.id))
    return [FanoutJob(**row._mapping) for row in rows]


def newest_job(connection: Connection) -> int:
    """The id of the newest job that is not done, 0 where there is none."""
    query = select(func.coalesce(func.max(schema.fanout_job.c.id), 0))
    return int(connection.execute(query).scalar_one())


def advance_job(connection: Connection, job_id: int, after_record: str) -> None:
    """Notes how far a job has come."""
    table = schema.fanout_job
    connection.execute(update(table).where(table.c.id == job_id).values(after_record=after_record))


def end_jobs(connection: Connection, ids: Collection[int]) -> None:
    """Removes jobs of which nothing is left."""
    connection.execute(delete(schema.fanout_job).where(schema.fanout_job.c.id.in_(ids)))


def pending_jobs(connection: Connection, database_id: int) -> int:
    """How many jobs of a database are not done."""
    table = schema.fanout_job
    query = select(func.count()).where(table.c.database_id == database_id)
    return int(connection.execute(query).scalar_one())


@dataclass(frozen=True)
class Lagging:
    """A record that could not be brought up to date.

    Attributes:
        since: when that was first tried in vain, in seconds since 1970.
        due_at: when it is tried again.
    """

    database_id: int
    record_id: str
    since: float
    due_at: float


def due_records(connection: Connection, now: float, limit: int) -> list[Lagging]:
    """Records of one database that are to be tried again, those first that have waited longest.

    Args:
        now: in seconds since 1970.
    """
    table = schema.lagging_record
    query = select(table).where(table.c.due_at <= now).order_by(table.c.due_at).limit(limit)
    found = [Lagging(**row._mapping) for row in connection.execute(query)]
    return [one for one in found if one.database_id == found[0].database_id]


def lagging_records(connection: Connection, database_id: int) -> int:
    """How many records of a database wait for another try."""
    table = schema.lagging_record
    query = select(func.count()).where(table.c.database_id == database_id)
    return int(connection.execute(query).scalar_one())


def put_off(
    connection: Connection, database_id: int, records: Sequence[str], now: float, wait: float
) -> None:
    """Notes that records could not be brought up to date. They are tried again after `wait`
    seconds, and each time in vain after as long as they have lagged by then.
    """
    if not records:
        return
    table = schema.lagging_record
    rows = connection.execute(select(table).where(*_are(database_id, records)))
    since = {row.record_id: row.since for row in rows}
    lagging = [(one, since.get(one, now)) for one in records]
    caught_up(connection, database_id, records)
    connection.execute(
        insert(table),
        [
            vars(Lagging(database_id, one, first, now + max(wait, now - first)))
            for one, first in lagging
        ],
    )


def caught_up(connection: Connection, database_id: int, records: Sequence[str]) -> None:
    """Notes that records are as the directory says."""
    if records:
        connection.execute(delete(schema.lagging_record).where(*_are(database_id, records)))


def _are(database_id: int, records: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    table = schema.lagging_record
    return table.c.database_id == database_id, table.c.record_id.in_(records)
