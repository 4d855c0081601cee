"""How many statements a piece of work sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from sync_server.storage.store import Store


class Statements:
    """A count of statements; `executemany` counts once."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def counting(self, store: Store) -> Iterator[None]:
        """Counts what is executed inside."""
        watched = {store.reader, store.writer_engine}
        for engine in watched:
            event.listen(engine, "before_cursor_execute", self._one)
        try:
            yield
        finally:
            for engine in watched:
                event.remove(engine, "before_cursor_execute", self._one)

    def _one(self, *_: object) -> None:
        self.count += 1
