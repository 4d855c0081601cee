"""What a replication is given and what it answers, in PouchDB's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """What PouchDB sends by HTTP Basic; never part of an address, so that no log shows it."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Denied:
    """A document that the other side refused and PouchDB will not send again.

    `name` is "forbidden" or "unauthorized". PouchDB tells documents in a batch apart by id only:
    when one leaf of a document is refused, each leaf of it in the batch is reported as denied.
    """

    id: str
    name: str
    reason: str


@dataclass(frozen=True)
class Replicated:
    """The result of one direction of a replication.

    Attributes:
        ok: False when it broke off.
        status: "complete", "cancelled" or "aborting".
        docs_read: leaves fetched from the source.
        docs_written: leaves that the target took.
        doc_write_failures: documents that it did not take, denied ones included.
        errors: the rows of these documents: id, name, reason, ...
        denied: one entry per `denied` event, in the order of the events.
        last_seq: the source's sequence up to which all is done; a number or an opaque text.
    """

    ok: bool
    status: str
    docs_read: int
    docs_written: int
    doc_write_failures: int
    errors: tuple[Mapping[str, Any], ...]
    denied: tuple[Denied, ...]
    last_seq: int | str


@dataclass(frozen=True)
class Synced:
    """The two directions of a sync, which PouchDB runs side by side."""

    push: Replicated
    pull: Replicated


def replicated(result: Mapping[str, Any], denied: list[Mapping[str, Any]]) -> Replicated:
    """PouchDB's `result` object and the rows of its `denied` events as one value."""
    return Replicated(
        ok=result["ok"],
        status=result["status"],
        docs_read=result["docs_read"],
        docs_written=result["docs_written"],
        doc_write_failures=result["doc_write_failures"],
        errors=tuple(result["errors"]),
        denied=tuple(_denied(row) for row in denied),
        last_seq=result["last_seq"],
    )


def _denied(row: Mapping[str, Any]) -> Denied:
    return Denied(id=row["id"], name=row["name"], reason=row.get("reason") or row["message"])
