"""The changes feed: at once, or as it comes (long-poll, continuous, eventsource)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flask import Response, current_app, request

from sync_server.errors import InvalidRequest
from sync_server.http.answers import answer_written
from sync_server.http.parameters import flag, whole_number
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.replication.change_rows import Told, Wanted, told
from sync_server.replication.filters import wanted_filter
from sync_server.replication.latest_pages import Asked, LatestPages
from sync_server.replication.patience import Patience, Pulse
from sync_server.replication.pieces import ROWS_OF_A_PIECE, is_whole, pieces
from sync_server.replication.waiting import (
    ASKED_AT_ONCE,
    ROWS_AT_ONCE,
    STREAMS,
    Waiter,
    longpoll,
    stream,
)
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import SeqTag, within_bounds
from sync_server.service.feed_beginnings import begin, had_nothing_at
from sync_server.service.filtered_feed import Selected
from sync_server.storage.rows import DatabaseKind

routes = Routes("changes", "/sync")
_DEFAULT_LIMIT = 1_000_000_000
_LONGEST_WAIT = 60_000
_SHORTEST_HEARTBEAT = 1_000


@routes.on("GET POST", "/<segment:db>/_changes", takes_lost=True)
def changes(db: str) -> Response:
    """What has changed for the caller after `since`; at once, or as it comes."""
    feed, patience, wanted = _feed(), _patience(), _wanted()
    limit = within_bounds(wanted.limit) if feed in ("normal", "longpoll") else wanted.limit
    asked, first = _first_page(db, _at_once(wanted, feed))
    pages: LatestPages = current_app.extensions["latest_pages"]
    waiter = Waiter(the_kanaf().arrivals, pages, asked, first, patience, limit)
    if form := STREAMS.get(feed):
        return _unfinished(stream(waiter, form), form.mimetype)
    if feed == "longpoll" and first.is_empty and (patience.waits or first.pending):
        return _unfinished(longpoll(waiter), "application/json")
    if is_whole(asked, first, limit):
        return answer_written(first.content)
    pulse = Pulse(patience, b"\n")
    return _unfinished(pieces(pages, asked, first, limit, pulse), "application/json")


def _unfinished(content: Iterator[bytes], mimetype: str) -> Response:
    """An answer that is written while the client reads it."""
    response = Response(content, mimetype=mimetype)
    response.headers["Cache-Control"] = "must-revalidate"
    return response


def _feed() -> str:
    feed = request.args.get("feed", "normal")
    if feed not in ("normal", "longpoll", "live", *STREAMS):
        raise InvalidRequest("feed")
    if request.method == "HEAD":  # of an answer without a body there is nothing to wait for
        return "normal"
    return "continuous" if feed == "live" else feed


def _patience() -> Patience:
    heartbeat = request.args.get("heartbeat")
    beats = None
    if heartbeat == "true":
        beats = _LONGEST_WAIT
    elif heartbeat not in (None, "false"):
        beats = max(whole_number("heartbeat", 0, least=1), _SHORTEST_HEARTBEAT)
        beats = min(beats, _LONGEST_WAIT)
    return Patience(min(whole_number("timeout", _LONGEST_WAIT), _LONGEST_WAIT), beats)


def _wanted() -> Wanted:
    whole_number("seq_interval", 1, least=1)  # which rows need no seq; here each has its own
    return Wanted(
        limit=max(1, whole_number("limit", _DEFAULT_LIMIT)),
        descending=flag("descending"),
        all_leaves=request.args.get("style") == "all_docs",
        include_docs=flag("include_docs"),
        conflicts=flag("conflicts"),
        attachments=flag("attachments"),
        chosen=wanted_filter(),
    )


def _at_once(wanted: Wanted, feed: str) -> Wanted:
    """How much is made before the answer begins: later no error has a status any more.

    Of chosen ids, which every page looks up anew, and backwards, that is all.
    """
    if wanted.descending:
        return wanted
    if feed in STREAMS:
        wanted = replace(wanted, limit=min(wanted.limit, wanted.at_once(ROWS_AT_ONCE)))
    elif wanted.chosen is None or isinstance(wanted.chosen, Selected):
        wanted = replace(wanted, limit=min(wanted.limit, wanted.at_once(ROWS_OF_A_PIECE)))
    if feed != "normal" and isinstance(wanted.chosen, Selected):
        wanted = replace(wanted, asks_of=ASKED_AT_ONCE)
    return wanted


def _since() -> str:
    """Where to begin: `Last-Event-ID` of a browser that connects again goes before `since`.

    Source: CouchDB, chttpd_db.erl, parse_changes_query/1. An id is told as JSON, and comes back so.
    """
    since = request.args.get("since") or request.args.get("last-event-id", "0")
    return request.headers.get("Last-Event-ID", since).strip('"')


def _first_page(db: str, wanted: Wanted) -> tuple[Asked, Told]:
    kanaf, database, caller = the_kanaf(), the_database(db), the_caller()
    given = _since()
    tag = SeqTag(kanaf, database, caller.person)
    since = tag.read(given)
    if since is None and database.kind is DatabaseKind.CASE and not caller.is_lost:
        if given == "now":
            begin(kanaf, database, caller)
        else:
            wanted = replace(wanted, had_nothing_at=had_nothing_at(kanaf, database, caller, given))
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        if given == "now" and not caller.is_lost:
            since = reading.update_seq(database.id)
        asked = Asked(database, caller, since or 0, wanted)
        return asked, told(kanaf, reader, tag, wanted, asked.since)
