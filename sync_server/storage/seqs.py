"""A database's seqs, given out one transaction after another."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, bindparam, func, literal, select, update

from sync_server.errors import DatabaseMissing
from sync_server.storage import schema
from sync_server.storage.reading import Reading

_QUEUES = 0x6B616E61
"""The class of our advisory locks; the second half of a lock's key is the database's id."""


def allocate_seqs(connection: Connection, database_id: int, count: int) -> int:
    """Takes the next `count` seqs of a database; others wait until this transaction ends.

    Returns:
        The last one taken; where `count` is 0 the row is only read.

    Raises:
        DatabaseMissing: the database was removed.
    """
    if not count:
        return Reading(connection).update_seq(database_id)
    values = {"this_database": database_id, "count": count}
    taken = connection.execute(_statement(connection.dialect.name), values).scalar_one_or_none()
    if taken is None:
        raise DatabaseMissing
    return int(taken)


@lru_cache
def _statement(dialect: str) -> Any:
    """Counts `update_seq` up, under the lock of the database's row.

    On PostgreSQL those who wait for a row that is written all the time are all woken by every
    commit, to wait for its next version. So they queue for an advisory lock, and reach the row one
    by one. What orders them is still the row's lock.
    """
    table = schema.database
    this = bindparam("this_database", type_=Integer)
    taken = (
        update(table)
        .values(update_seq=table.c.update_seq + bindparam("count", type_=BigInteger))
        .returning(table.c.update_seq)
    )
    if dialect != "postgresql":
        return taken.where(table.c.id == this)
    queue = func.pg_advisory_xact_lock(literal(_QUEUES, Integer), this)
    turn = select(this.label("database_id")).select_from(queue.table_valued("held")).cte("turn")
    return taken.where(table.c.id == turn.c.database_id)
