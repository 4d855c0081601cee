"""The feed of the source as it comes, read beside the work on what came before."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

from sync_server.replicator.failures import Passing, ReplicationFailure
from sync_server.replicator.source import Source
from sync_server.replicator.transport import Answer

_MOST_ROWS_AHEAD = 1_000
_PATIENCE = 0.5


class Feed:
    """A feed without an end, in a thread of its own."""

    def __init__(self, source: Source, since: Any) -> None:
        """Begins to read after `since`."""
        self._source, self._since = source, since
        self._rows: queue.Queue[Any] = queue.Queue(_MOST_ROWS_AHEAD)
        self._closed = threading.Event()
        self._answer: Answer | None = None
        threading.Thread(target=self._read, name="feed", daemon=True).start()

    def rows(self, most: int, seconds: float) -> list[Any]:
        """What has come meanwhile, at most `most` rows; empty when nothing came in `seconds`.

        Raises:
            Passing, Lasting: the feed broke or has ended, and nothing is left of it.
        """
        rows: list[Any] = []
        while len(rows) < most:
            try:
                row = self._rows.get(timeout=0.0 if rows else seconds)
            except queue.Empty:
                break
            if isinstance(row, ReplicationFailure):
                if rows:
                    self._rows.put(row)
                    break
                raise row
            rows.append(row)
        return rows

    def close(self) -> None:
        """Reads no more."""
        self._closed.set()
        if self._answer is not None:
            self._answer.wake()

    def _read(self) -> None:
        try:
            self._answer = self._source.stream(self._since)
            for line in self._answer.lines():
                if self._closed.is_set():
                    break
                if line.strip():
                    self._put(self._row(line))
        except ReplicationFailure as failure:
            self._put(failure)
        else:
            self._put(Passing("the feed of the source has ended"))
        finally:
            if self._answer is not None:
                self._answer.abandon()

    def _row(self, line: bytes) -> Any:
        """A row.

        Raises:
            Passing: it is none: the feed has ended.
        """
        try:
            row = json.loads(line)
        except (RecursionError, ValueError):
            raise self._source.connection.unintelligible() from None
        if not isinstance(row, dict) or row.get("seq") is None or "id" not in row:
            raise Passing("the feed of the source has ended")
        return row

    def _put(self, row: Any) -> None:
        """Waits for room, as long as somebody may make some."""
        while not self._closed.is_set():
            try:
                self._rows.put(row, timeout=_PATIENCE)
                return
            except queue.Full:
                continue
