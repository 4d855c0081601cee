"""The changes feed: at once, or waiting for the next change (`longpoll`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import Response, current_app, request
from gevent.event import Event

from sync_server.errors import InvalidRequest, NeverRun
from sync_server.http.answers import answer, written
from sync_server.http.requests import (
    flag,
    the_caller,
    the_database,
    the_kanaf,
    whole_number,
)
from sync_server.http.routes import Routes
from sync_server.replication.change_rows import Told, Wanted, told
from sync_server.replication.filters import wanted_filter
from sync_server.replication.latest_pages import Asked, LatestPages
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import SeqTag
from sync_server.storage.arrivals import ANYBODY, Arrivals
from sync_server.storage.rows import DatabaseKind

routes = Routes("changes", "/sync")
_DEFAULT_LIMIT = 1_000_000_000
_LONGEST_WAIT = 60_000
_SHORTEST_HEARTBEAT = 1_000


@dataclass(frozen=True, slots=True)
class _Patience:
    """How a client waits.

    Attributes:
        wait: milliseconds to wait for a change; 0 for none.
        heartbeat: milliseconds between signs of life while waiting; None for none.
    """

    wait: int
    heartbeat: int | None


@dataclass(frozen=True, slots=True)
class _Waiter:
    """A reader who waits, apart from the request's context, in which nobody waits.

    Attributes:
        first: the page that was empty when the request came.
    """

    arrivals: Arrivals
    pages: LatestPages
    asked: Asked
    first: Told
    patience: _Patience


@routes.on("GET POST", "/<segment:db>/_changes")
def changes(db: str) -> Response:
    """What has changed for the caller after `since`."""
    patience, wanted = _patience(), _wanted()
    asked, first = _first_page(db, wanted)
    if patience.wait == 0 or not first.is_empty:
        return answer(first.answer)
    pages: LatestPages = current_app.extensions["latest_pages"]
    waiter = _Waiter(the_kanaf().arrivals, pages, asked, first, patience)
    waiting = Response(_waited(waiter), mimetype="application/json")
    waiting.headers["Cache-Control"] = "must-revalidate"
    return waiting


def _patience() -> _Patience:
    kind = request.args.get("feed", "normal")
    if kind not in ("normal", "longpoll"):
        raise NeverRun if kind in ("continuous", "eventsource") else InvalidRequest
    heartbeat = request.args.get("heartbeat")
    beats = None
    if heartbeat == "true":
        beats = _LONGEST_WAIT
    elif heartbeat not in (None, "false"):
        beats = max(whole_number("heartbeat", 0), _SHORTEST_HEARTBEAT)
    if kind == "normal":
        return _Patience(0, None)
    return _Patience(min(whole_number("timeout", _LONGEST_WAIT), _LONGEST_WAIT), beats)


def _wanted() -> Wanted:
    whole_number("seq_interval", 1, least=1)  # which rows need no seq; here each has its own
    return Wanted(
        limit=whole_number("limit", _DEFAULT_LIMIT),
        descending=flag("descending"),
        all_leaves=request.args.get("style") == "all_docs",
        include_docs=flag("include_docs"),
        conflicts=flag("conflicts"),
        attachments=flag("attachments"),
        chosen=wanted_filter(),
    )


def _first_page(db: str, wanted: Wanted) -> tuple[Asked, Told]:
    kanaf, database, caller = the_kanaf(), the_database(db), the_caller()
    given = request.args.get("since", request.headers.get("Last-Event-ID", "0"))
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        tag = SeqTag(kanaf, reader.sight)
        since = reading.update_seq(database.id) if given == "now" else tag.read(given)
        asked = Asked(database, caller, since, wanted)
        return asked, told(kanaf, reader, tag, wanted, since)


def _waited(waiter: _Waiter) -> Iterator[bytes]:
    """Signs of life, then the first page that is not empty; or an empty one when time is up.

    With a heartbeat a client waits without end, as in CouchDB. Who may be told nothing any more
    gets the page of when they came; their next request says why.
    """
    asked, patience = waiter.asked, waiter.patience
    is_open = asked.database.kind is DatabaseKind.OPEN
    reader = ANYBODY if is_open else asked.caller.person.id
    deadline = None if patience.heartbeat else time.monotonic() + patience.wait / 1000
    content = None
    with waiter.arrivals.waiting(asked.database.id, reader, waiter.first.reached) as news:
        while content is None:
            yield from _signs_of_life(news, patience.heartbeat, deadline)
            news.clear()
            latest = waiter.pages.ask(asked)
            if latest is None:
                content = written(waiter.first.answer)
            elif not latest.is_empty or (deadline and time.monotonic() >= deadline):
                content = latest.content
            else:  # what a filter passed over is not read again
                asked = replace(asked, since=max(asked.since, latest.reached))
    yield content + b"\n"


def _signs_of_life(news: Event, heartbeat: int | None, deadline: float | None) -> Iterator[bytes]:
    """Waits for news or the deadline, and says so at every heartbeat (in milliseconds)."""
    if deadline is not None:
        news.wait(max(0.0, deadline - time.monotonic()))
        return
    assert heartbeat is not None, "without a deadline there is a heartbeat"
    while not news.wait(heartbeat / 1000):
        yield b"\n"
