"""Whether a pooled connection to PostgreSQL still leads to a server.

To ask the server at every use, as SQLAlchemy's `pool_pre_ping` does, is a round trip more for every
transaction. When the server goes, this machine's kernel knows; looking there costs a microsecond.
The server itself is asked only after a rest, in which a firewall may have forgotten the connection.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

_REST_SECONDS = 5.0
_LOOKS = 2  # a server that stops says so first: the end comes behind its message


def check_liveness(engine: Engine) -> None:
    """Has every connection looked at before it is used again; dead ones are replaced."""

    def look(connection: Any, record: Any, proxy: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is None:  # it has just been made
            return
        try:
            for _ in range(_LOOKS):
                connection.pgconn.consume_input()
            if time.monotonic() - used_at > _REST_SECONDS:
                engine.dialect.do_ping(connection)
        except psycopg.OperationalError:
            raise InvalidatePoolError from None

    event.listen(engine, "checkout", look)
    event.listen(engine, "checkin", _note_the_time)


def _note_the_time(_: object, record: Any) -> None:
    record.info["used_at"] = time.monotonic()
