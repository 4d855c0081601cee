"""Handovers of records to other owners: what was asked, and how far each has come."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from sync_server.storage import schema
from sync_server.storage.rows import HandoverRow, HandoverStep


def add_handover(connection: Connection, **values: Any) -> int:
    """Keeps what was asked.

    Args:
        values: those of `HandoverRow`, without the id and what comes of itself.

    Returns:
        The handover's number.
    """
    begun = {**values, "after_record": "", "handed": 0}
    added = insert(schema.handover).values(begun).returning(schema.handover.c.id)
    return int(connection.execute(added).scalar_one())


def handovers(connection: Connection) -> list[HandoverRow]:
    """All handovers, the first one first."""
    rows = connection.execute(select(schema.handover).order_by(schema.handover.c.id))
    return [HandoverRow(**row._mapping) for row in rows]


def handover(connection: Connection, handover_id: int) -> HandoverRow | None:
    """A handover by its number."""
    query = select(schema.handover).where(schema.handover.c.id == handover_id)
    row = connection.execute(query).one_or_none()
    return HandoverRow(**row._mapping) if row else None


def kept_records(connection: Connection, handover_id: int) -> list[tuple[str, str]]:
    """The records that a handover has left where they were, by id, each with why."""
    table = schema.kept_record
    query = select(table.c.record_id, table.c.why).where(table.c.handover_id == handover_id)
    rows = connection.execute(query.order_by(table.c.record_id))
    return [(row.record_id, row.why) for row in rows]


def advance(connection: Connection, step: HandoverStep) -> None:
    """Notes how far a handover has come; nothing where another process has come there before."""
    table = schema.handover
    ours = update(table).where(
        table.c.id == step.handover_id,
        table.c.after_record == step.before,
        table.c.ended_at.is_(None),
    )
    values = {
        "after_record": step.after,
        "handed": table.c.handed + step.handed,
        "ended_at": step.ended_at,
    }
    if connection.execute(ours.values(values)).rowcount and step.kept:
        rows = [
            {"handover_id": step.handover_id, "record_id": record_id, "why": why}
            for record_id, why in step.kept
        ]
        connection.execute(insert(schema.kept_record), rows)
