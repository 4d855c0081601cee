"""The code of conduct: its versions, and who accepted which. A change is one of the directory."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select

from sync_server.storage import schema
from sync_server.storage.rows import ConductRow


def add_conduct(connection: Connection, texts: Mapping[str, str], now: float) -> int:
    """Adds a version, its texts by language.

    Returns:
        Its number.
    """
    version = 1 + (connection.execute(select(func.max(schema.conduct.c.version))).scalar() or 0)
    values = {"version": version, "texts": json.dumps(dict(texts)), "published_at": now}
    connection.execute(insert(schema.conduct).values(values))
    return int(version)


def last_conduct(connection: Connection) -> ConductRow | None:
    """The last version; None where there is none."""
    table = schema.conduct
    query = select(table).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else ConductRow(row.version, json.loads(row.texts), row.published_at)


def accepted(connection: Connection, version: int) -> dict[int, float]:
    """Who accepted a version, by id, and when, in seconds since 1970."""
    table = schema.acceptance
    query = select(table.c.user_id, table.c.accepted_at).where(table.c.version == version)
    return {row.user_id: row.accepted_at for row in connection.execute(query)}


def accept(connection: Connection, user_id: int, version: int, now: float) -> None:
    """Notes that somebody accepted a version, unless they did."""
    if user_id not in accepted(connection, version):
        values = {"user_id": user_id, "version": version, "accepted_at": now}
        connection.execute(insert(schema.acceptance).values(values))
