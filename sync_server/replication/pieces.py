"""A long page of the changes feed: made and written piece by piece, while others have their turn.

Rights are looked up anew for each piece. It ends with what there was when it began: what is changed
meanwhile has a later seq, and is told to who asks for what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sync_server.giving_way import give_way
from sync_server.http.answers import cut, lines
from sync_server.replication.change_rows import BEGINNING, Told
from sync_server.replication.latest_pages import Asked, LatestPages
from sync_server.replication.patience import Pulse

ROWS_OF_A_PIECE = 1_000
"""A page of no more rows is answered in one piece."""


def is_whole(asked: Asked, first: Told, limit: int) -> bool:
    """Whether a page has all that was asked for: `limit` rows, or the last one."""
    return asked.wanted.descending or not first.pending or len(first.rows) >= limit


def pieces(
    pages: LatestPages, asked: Asked, first: Told, limit: int, pulse: Pulse
) -> Iterator[bytes]:
    """The page of up to `limit` rows that begins with those of `first`, the answer to `asked`.

    Raises:
        ConnectionResetError: the reader may be told nothing any more. The answer is cut, so nobody
            takes it for whole.
    """
    if is_whole(asked, first, limit):
        yield first.content + b"\n"
        return
    part, left, before = first, limit, BEGINNING
    while True:
        if not part.is_empty:
            yield before + lines(part.rows)
            pulse.heard()
            before = b",\r\n"
            left -= len(part.rows)
        if not part.pending or left <= 0:
            break
        yield from pulse.if_due()
        give_way()
        rows = asked.wanted.at_once(min(left, ROWS_OF_A_PIECE))
        asked = asked.after(part, rows, first.update_seq)
        part = _allowed(pages.ask_alone(asked))
    yield (before if before is BEGINNING else b"") + part.end + b"\n"


def _allowed(part: Told | None) -> Told:
    if part is None:
        raise cut("the reader may be told nothing any more")
    return part
