"""The changes feed: at once, or waiting for the next change (`longpoll`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request

from sync_server.errors import InvalidRequest, NeverRun, WrongCredentials
from sync_server.http.answers import answer, written
from sync_server.http.requests import (
    flag,
    json_body,
    the_caller,
    the_database,
    the_kanaf,
    whole_number,
)
from sync_server.http.routes import Routes
from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.feed import Change, Page, SeqTag, page
from sync_server.service.kanaf import Kanaf
from sync_server.storage.arrivals import ANYBODY
from sync_server.storage.rows import DatabaseKind, DatabaseRow

routes = Routes("changes", "/sync")
_DEFAULT_LIMIT = 1_000_000_000
_LONGEST_WAIT = 60_000
_SHORTEST_HEARTBEAT = 1_000


@dataclass(frozen=True, slots=True)
class _Feed:
    """A request for changes, apart from the request's context, in which nobody waits.

    Attributes:
        wait: milliseconds to wait for a change; 0 for none.
        heartbeat: milliseconds between signs of life while waiting; None for none.
    """

    kanaf: Kanaf
    database: DatabaseRow
    caller: Caller
    since: str
    limit: int
    descending: bool
    all_leaves: bool
    include_docs: bool
    conflicts: bool
    attachments: bool
    wait: int
    heartbeat: int | None


@routes.on("GET POST", "/<segment:db>/_changes")
def changes(db: str) -> Response:
    """What has changed for the caller after `since`."""
    if request.method == "POST":
        json_body(default={})
    feed = _feed(db)
    first, since = _first_page(feed)
    if feed.wait == 0 or first["results"]:
        return answer(first)
    waiting = Response(_waited(feed, since), mimetype="application/json")
    waiting.headers["Cache-Control"] = "must-revalidate"
    return waiting


def _feed(db: str) -> _Feed:
    if request.args.get("filter") or request.args.get("view"):
        raise NeverRun
    kind = request.args.get("feed", "normal")
    if kind not in ("normal", "longpoll"):
        raise NeverRun if kind in ("continuous", "eventsource") else InvalidRequest
    heartbeat = request.args.get("heartbeat")
    beats = None
    if heartbeat == "true":
        beats = _LONGEST_WAIT
    elif heartbeat not in (None, "false"):
        beats = max(whole_number("heartbeat", 0), _SHORTEST_HEARTBEAT)
    return _Feed(
        kanaf=the_kanaf(),
        database=the_database(db),
        caller=the_caller(),
        since=request.args.get("since", request.headers.get("Last-Event-ID", "0")),
        limit=whole_number("limit", _DEFAULT_LIMIT),
        descending=flag("descending"),
        all_leaves=request.args.get("style") == "all_docs",
        include_docs=flag("include_docs"),
        conflicts=flag("conflicts"),
        attachments=flag("attachments"),
        wait=0 if kind == "normal" else min(whole_number("timeout", _LONGEST_WAIT), _LONGEST_WAIT),
        heartbeat=beats,
    )


def _first_page(feed: _Feed) -> tuple[dict[str, Any], int]:
    with feed.kanaf.store.read() as reading:
        reader = DocumentReader(feed.kanaf, reading, feed.database, feed.caller)
        tag = SeqTag(feed.kanaf, reader.sight)
        if feed.since == "now":
            since = reading.update_seq(feed.database.id)
        else:
            since = tag.read(feed.since)
        return _page_answer(feed, reader, tag, since), since


def _waited(feed: _Feed, since: int) -> Iterator[bytes]:
    """Signs of life, then the first page that is not empty; or an empty one when time is up.

    With a heartbeat a client waits without end, as in CouchDB.
    """
    is_open = feed.database.kind is DatabaseKind.OPEN
    reader_id = ANYBODY if is_open else feed.caller.person.id
    deadline = None if feed.heartbeat else time.monotonic() + feed.wait / 1000
    with feed.kanaf.arrivals.waiting(feed.database.id, reader_id) as news:
        while True:
            found = _page_since(feed, since)
            if found["results"] or (deadline and time.monotonic() >= deadline):
                break
            if feed.heartbeat:
                while not news.wait(feed.heartbeat / 1000):
                    yield b"\n"
            else:
                assert deadline is not None, "without a heartbeat there is a deadline"
                news.wait(max(0.0, deadline - time.monotonic()))
            news.clear()
    yield written(found) + b"\n"


def _page_since(feed: _Feed, since: int) -> dict[str, Any]:
    feed = _with_rights_of_now(feed)
    with feed.kanaf.store.read() as reading:
        reader = DocumentReader(feed.kanaf, reading, feed.database, feed.caller)
        return _page_answer(feed, reader, SeqTag(feed.kanaf, reader.sight), since)


def _with_rights_of_now(feed: _Feed) -> _Feed:
    """The feed for its caller as the directory has them now, who may have waited for hours."""
    person = feed.kanaf.directory().people.get(feed.caller.person.id)
    if person is None:
        raise WrongCredentials
    return replace(feed, caller=Caller(person, feed.caller.device))


def _page_answer(feed: _Feed, reader: DocumentReader, tag: SeqTag, since: int) -> dict[str, Any]:
    found = page(feed.kanaf, reader, since, feed.limit, descending=feed.descending)
    if feed.include_docs:
        reader.load({change.document_id for change in found.changes if not change.is_revoked})
    return {
        "results": [_row(feed, reader, tag, change) for change in found.changes],
        "last_seq": tag.written(_last_seq(found, since)),
        "pending": found.pending,
    }


def _last_seq(found: Page, since: int) -> int:
    return max(found.last_seq, since)


def _row(feed: _Feed, reader: DocumentReader, tag: SeqTag, change: Change) -> dict[str, Any]:
    leaves = change.leaves if feed.all_leaves else change.leaves[:1]
    row: dict[str, Any] = {
        "seq": tag.written(change.seq),
        "id": change.document_id,
        "changes": [{"rev": str(rev)} for rev in leaves],
    }
    if change.deleted:
        row["deleted"] = True
    if feed.include_docs:
        row["doc"] = _document(feed, reader, change)
    return row


def _document(feed: _Feed, reader: DocumentReader, change: Change) -> dict[str, Any]:
    if change.is_revoked:
        return {"_id": change.document_id, "_rev": str(change.leaves[0]), "_deleted": True}
    wanted = Shape(conflicts=feed.conflicts, attachments=feed.attachments)
    return reader.read(change.document_id, change.leaves[0], wanted)
