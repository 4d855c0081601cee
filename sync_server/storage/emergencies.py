"""Requests for emergency access."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from sync_server.storage import schema
from sync_server.storage.rows import EmergencyRequestRow

_TABLE = schema.emergency


def request(connection: Connection, request_id: str) -> EmergencyRequestRow | None:
    """A request, if it exists."""
    query = select(_TABLE).where(_TABLE.c.id == request_id)
    row = connection.execute(query).one_or_none()
    return EmergencyRequestRow(**row._mapping) if row else None


def requests_since(
    connection: Connection, asked_at: float, database_id: int | None = None
) -> list[EmergencyRequestRow]:
    """The requests since a time, of one database or of all, the newest first."""
    query = select(_TABLE).where(_TABLE.c.asked_at >= asked_at)
    if database_id is not None:
        query = query.where(_TABLE.c.database_id == database_id)
    rows = connection.execute(query.order_by(_TABLE.c.asked_at.desc(), _TABLE.c.id))
    return [EmergencyRequestRow(**row._mapping) for row in rows]


def open_requests(connection: Connection, database_id: int, user_id: int, now: float) -> int:
    """How many requests of a user nobody has granted, and could."""
    query = select(func.count()).where(
        _TABLE.c.database_id == database_id,
        _TABLE.c.user_id == user_id,
        _TABLE.c.granted_at.is_(None),
        _TABLE.c.ended_at.is_(None),
        _TABLE.c.until > now,
    )
    return int(connection.execute(query).scalar_one())


def over(connection: Connection, now: float, limit: int) -> list[EmergencyRequestRow]:
    """The requests whose time is over and whose end is not carried out, the oldest first."""
    is_over = _TABLE.c.ended_at.is_(None), _TABLE.c.until <= now
    query = select(_TABLE).where(*is_over).order_by(_TABLE.c.until, _TABLE.c.id).limit(limit)
    return [EmergencyRequestRow(**row._mapping) for row in connection.execute(query)]
