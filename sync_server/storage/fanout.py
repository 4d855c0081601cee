"""Jobs that bring inboxes to a changed directory; they survive a stop."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from sync_server.storage import schema


@dataclass(frozen=True)
class FanoutJob:
    """A walk over all records of a database; those up to `after_record` are done."""

    id: int
    database_id: int
    after_record: str


def add_job(connection: Connection, database_id: int) -> None:
    """Asks for a walk over a database's records."""
    values = {"database_id": database_id, "after_record": ""}
    connection.execute(insert(schema.fanout_job).values(values))


def next_job(connection: Connection) -> FanoutJob | None:
    """The oldest job that is not done."""
    table = schema.fanout_job
    row = connection.execute(select(table).order_by(table.c.id).limit(1)).one_or_none()
    return FanoutJob(**row._mapping) if row else None


def advance_job(connection: Connection, job_id: int, after_record: str) -> None:
    """Notes how far a job has come."""
    table = schema.fanout_job
    connection.execute(update(table).where(table.c.id == job_id).values(after_record=after_record))


def end_job(connection: Connection, job_id: int) -> None:
    """Removes a job that has walked to the end."""
    connection.execute(delete(schema.fanout_job).where(schema.fanout_job.c.id == job_id))


def pending_jobs(connection: Connection, database_id: int) -> int:
    """How many jobs of a database are not done."""
    table = schema.fanout_job
    query = select(func.count()).where(table.c.database_id == database_id)
    return int(connection.execute(query).scalar_one())
