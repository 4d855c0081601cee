"""Readers who wait for the next change: for one page (long-poll), or for rows without end (stream).

While they wait they hold no connection to the database, and what they may see is decided anew for
each page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from gevent.event import Event

from sync_server.giving_way import give_way
from sync_server.json_text import written
from sync_server.replication.change_rows import Row, Told
from sync_server.replication.latest_pages import Asked, LatestPages
from sync_server.replication.patience import Patience, Pulse, is_past
from sync_server.replication.pieces import pieces
from sync_server.storage.arrivals import ANYBODY, Arrivals
from sync_server.storage.rows import DatabaseKind

ROWS_AT_ONCE = 200
"""How many rows of a stream are made together: others have their turn in between."""

ASKED_AT_ONCE = 1_000
"""Of how many documents a selector is asked between two looks at whether a sign of life is due."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A reader who waits, apart from the request's context, in which nobody waits.

    Attributes:
        first: the page that was there when the request came.
        limit: how many rows are wanted in all.
    """

    arrivals: Arrivals
    pages: LatestPages
    asked: Asked
    first: Told
    patience: Patience
    limit: int

    def waiting(self) -> AbstractContextManager[Event]:
        """An event that is set when there may be something after the first page: never for a device
        that is lost.
        """
        if self.asked.caller.is_lost:
            return nullcontext(Event())
        is_open = self.asked.database.kind is DatabaseKind.OPEN
        reader = ANYBODY if is_open else self.asked.caller.person.id
        return self.arrivals.waiting(self.asked.database.id, reader, self.first.reached)


@dataclass(frozen=True, slots=True)
class Stream:
    """How a feed without end is written.

    Attributes:
        heartbeat: the sign of life of one who waits.
        row: a row of the feed.
        end: what follows the last row, after which nothing comes any more.
    """

    mimetype: str
    heartbeat: bytes
    row: Callable[[Row], bytes]
    end: Callable[[Told], bytes]


def _line(row: Row) -> bytes:
    return written(row) + b"\n"


def _last_line(last: Told) -> bytes:
    return _line({name: last.answer[name] for name in ("last_seq", "pending")})


def _event(row: Row) -> bytes:
    return b"data: " + written(row) + b"\nid: " + written(row["seq"]) + b"\n\n"


STREAMS = {
    "continuous": Stream("application/json", b"\n", _line, _last_line),
    "eventsource": Stream(
        "text/event-stream", b"event: heartbeat\ndata: \n\n", _event, lambda _: b""
    ),
}
"""The feeds without end. Source: CouchDB, chttpd_db.erl, changes_callback/2."""


def longpoll(waiter: Waiter) -> Iterator[bytes]:
    """Signs of life, then the first page that is not empty; or an empty one when time is up.

    Who may be told nothing any more gets the page of when they came; their next request says why.
    """
    asked, page, patience = waiter.asked, waiter.first, waiter.patience
    deadline, pulse = patience.deadline(), Pulse(patience, b"\n")
    with waiter.waiting() as news:
        while page.is_empty and (page.pending or not is_past(deadline)):
            yield from pulse.if_due() if page.pending else pulse.until(news, deadline)
            if not page.pending:
                news.clear()
            asked = asked.after(page, asked.wanted.limit)
            latest = _next_page(waiter.pages, asked, page)
            if latest is None:
                yield waiter.first.content + b"\n"
                return
            page = latest
    yield from pieces(waiter.pages, asked, page, waiter.limit, pulse)


def stream(waiter: Waiter, form: Stream) -> Iterator[bytes]:
    """The rows of the feed as they come, until as many as are wanted were told, nothing came in
    time, or the reader may be told nothing any more. A feed that is read backwards ends with its
    first page.
    """
    asked, page, patience = waiter.asked, waiter.first, waiter.patience
    left = waiter.limit
    deadline, pulse = patience.deadline(), Pulse(patience, form.heartbeat)
    with waiter.waiting() as news:
        if page.is_empty:
            yield b"\n"  # that there is an answer is seen at once
        while True:
            if not page.is_empty:
                yield b"".join(map(form.row, page.rows))
                left -= len(page.rows)
                deadline = patience.deadline()
                pulse.heard()
            elif not page.pending and is_past(deadline):
                break
            if left <= 0 or asked.wanted.descending:
                break
            yield from pulse.if_due()
            if page.pending:
                give_way()
            else:
                yield from pulse.until(news, deadline)
                if not news.is_set():
                    break
                news.clear()
            asked = asked.after(page, asked.wanted.at_once(min(left, ROWS_AT_ONCE)))
            latest = _next_page(waiter.pages, asked, page)
            if latest is None:
                break
            page = latest
    yield form.end(page)


def _next_page(pages: LatestPages, asked: Asked, page: Told) -> Told | None:
    """The page after another one; those who wait do not wait for one that a selector looks for."""
    is_behind = page.pending and asked.wanted.asks_of is not None
    return pages.ask_alone(asked) if is_behind else pages.ask(asked)
