"""What a caller is told while the database is away, is locked for long, or has no room."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from psycopg.errors import (
    ForeignKeyViolation,
    IdleInTransactionSessionTimeout,
    ProgramLimitExceeded,
)
from sqlalchemy import exc

from sync_server.errors import Overloaded

_SQLITE_PASSES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_log = structlog.get_logger()


@contextmanager
def or_overloaded() -> Iterator[None]:
    """Makes what passes by itself, or with an administrator's help, a reason to come again later.

    Raises:
        Overloaded: the database is away, locked or full; nothing of the transaction was stored, or
            its commit was not answered, and it may be sent again.
    """
    try:
        yield
    except exc.TimeoutError:
        _log.error("no connection became free")
        raise Overloaded from None
    except (exc.OperationalError, exc.InterfaceError, exc.InternalError) as error:
        if not _passes(error):
            raise
        _log.error("the database is away", kind=type(error.orig).__name__)
        raise Overloaded from None


def names_what_is_gone(error: exc.IntegrityError) -> bool:
    """Whether a row was to name one that is not there."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    return isinstance(error.orig, ForeignKeyViolation)


def _passes(error: exc.DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the primary code: https://sqlite.org/rescode.html
        return (error.orig.sqlite_errorcode & 0xFF) in _SQLITE_PASSES
    if isinstance(error, exc.InternalError):
        return isinstance(error.orig, IdleInTransactionSessionTimeout)
    # psycopg's OperationalError: the server is away, starting, stopping or full; but what is too
    # large for it will be so the next time, too.
    return not isinstance(error.orig, ProgramLimitExceeded)
