"""Jobs that bring inboxes to a changed directory; they survive a stop."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

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
