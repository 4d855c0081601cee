"""Has both databases remember how far a replication has come, and tells what they remember."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

from sync_server.replicator import checkpoint
from sync_server.replicator.figures import Figures
from sync_server.replicator.peer import Peer

_SECONDS = 5.0
"""Between two checkpoints, while it works."""
_NOTHING: Any = object()


class Recorder:
    """The checkpoints of one session.

    Attributes:
        has_moved: whether a checkpoint was recorded that is further than where the session began.
    """

    def __init__(self, log_id: str, source: Peer, target: Peer, figures: Figures) -> None:
        self.has_moved = False
        self._log_id, self._figures = log_id, figures
        self._source, self._target = source, target
        self._session_id = uuid.uuid4().hex
        self._began = formatdate(usegmt=True)
        self._history: Sequence[checkpoint.Json] = ()
        self._first: Any = checkpoint.FROM_THE_START
        self._recorded: Any = _NOTHING
        self._recorded_at = time.monotonic()

    def begin(self, *, from_start: bool) -> Any:
        """The seq to go on from: the newest on which both databases agree.

        Args:
            from_start: whether what they remember is to count for nothing.

        Raises:
            Passing, Lasting: they do not tell.
        """
        logs = [peer.read_log(self._log_id) for peer in (self._source, self._target)]
        if not from_start:
            self._history = checkpoint.common_history(*logs)
        if self._figures.refused_before is None:
            self._figures.refused_before = checkpoint.refused_until_now(self._history)
        self._first = checkpoint.seq_to_go_on(self._history)
        if self._history:
            self._recorded = self._first
        return self._first

    def record_now_and_then(self, seq: Any) -> None:
        """As `record`, where the last time is a while ago."""
        if time.monotonic() - self._recorded_at >= _SECONDS:
            self.record(seq)

    def record(self, seq: Any) -> None:
        """Has both remember that everything up to `seq` is on the target, or refused by it.

        Raises:
            Passing, Lasting: one of them cannot; what it remembered before is not wrong.

        Source: CouchDB, couch_replicator_scheduler_job.erl, do_checkpoint/1.
        """
        if seq == self._recorded:
            return
        log = checkpoint.log_with(self._entry(seq), self._history)
        for peer in (self._target, self._source):
            peer.commit()
        for peer in (self._source, self._target):
            peer.write_log(self._log_id, log)
        self.has_moved = self.has_moved or seq != self._first
        self._history = log["history"]
        self._recorded, self._recorded_at = seq, time.monotonic()

    def _entry(self, seq: Any) -> checkpoint.Json:
        figures = self._figures
        return {
            "session_id": self._session_id,
            "start_time": self._began,
            "end_time": formatdate(usegmt=True),
            "start_last_seq": self._first,
            "end_last_seq": seq,
            "recorded_seq": seq,
            "missing_checked": figures.checked,
            "missing_found": figures.missing,
            "docs_read": figures.read,
            "docs_written": figures.written,
            "doc_write_failures": len(figures.refused),
            "refused_before": figures.refused_before,  # ours alone
        }
