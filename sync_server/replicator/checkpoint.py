"""How far a replication has come, as both databases remember it. Pure.

Each database keeps a log of checkpoints, the newest first. What counts is a checkpoint that both
know: each is written only when everything up to it is stored on the target, first to the source
and then to the target, and either of them may have been restored or made anew since.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]
FROM_THE_START = 0
_MOST_ENTRIES = 50
_MOST_BYTES = 48_000
"""Of a log: a Kanaf takes `_local` documents of up to 64 KiB."""
_OF_ONE_SESSION = 2
"""Checkpoints of one session that are kept: the source may know one that the target does not."""


def common_history(source_log: Json, target_log: Json) -> Sequence[Json]:
    """The source's checkpoints since which nothing was lost: the newest that both know comes first.

    CouchDB takes the newest session that both know, and from the source how far it came. Here both
    have to agree on that too: a database that was restored from a backup within a session would
    otherwise be believed to hold what it lost.

    Source: CouchDB, couch_replicator_scheduler_job.erl, compare_replication_logs/2.
    """
    known = {_key(entry) for entry in _entries(target_log)}
    history = list(_entries(source_log))
    for position, entry in enumerate(history):
        if _key(entry) in known:
            return history[position:]
    return []


def seq_to_go_on(history: Sequence[Json]) -> Any:
    """The `since` with which a replication goes on; it is the source's, and opaque."""
    return history[0]["recorded_seq"] if history else FROM_THE_START


def refused_until_now(history: Sequence[Json]) -> int:
    """How many leaves the target has refused since the start; who writes no such count had none."""
    newest = history[0] if history else {}
    counts = (newest.get(name) for name in ("doc_write_failures", "refused_before"))
    return sum(count for count in counts if type(count) is int)


def log_with(entry: Json, history: Sequence[Json]) -> Json:
    """The log of a new checkpoint on top of earlier ones.

    Args:
        entry: with `session_id` and `recorded_seq`.
        history: the newest first; the oldest are forgotten.

    Source: CouchDB documentation, replication/protocol, Record Replication Checkpoint.
    """
    kept, size = [entry], len(json.dumps(entry))
    of_session = 1
    for one in history:
        of_session += one["session_id"] == entry["session_id"]
        if one["session_id"] == entry["session_id"] and of_session > _OF_ONE_SESSION:
            continue
        size += len(json.dumps(one))
        if len(kept) == _MOST_ENTRIES or size > _MOST_BYTES:
            break
        kept.append(one)
    return {
        "session_id": entry["session_id"],
        "source_last_seq": entry["recorded_seq"],
        "history": kept,
    }


def _entries(log: Json) -> Iterator[Json]:
    """The entries of a log that can be understood; anybody may have written it."""
    history = log.get("history")
    for entry in history if isinstance(history, list) else ():
        is_entry = isinstance(entry, dict) and isinstance(entry.get("session_id"), str)
        if is_entry and entry.get("recorded_seq") is not None:
            yield entry


def _key(entry: Json) -> tuple[str, str]:
    return entry["session_id"], json.dumps(entry["recorded_seq"])
