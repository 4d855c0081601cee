"""`kanaf` with a planted fault: run with the fault's name and kanaf's own arguments.

The faults that a promise's test must catch, and the moments at which a server is made to die.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from gevent import monkey

monkey.patch_all()  # as `kanaf serve` does, before anything that it concerns is imported

import os  # noqa: E402
import signal  # noqa: E402
from dataclasses import replace  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from sync_server import cli  # noqa: E402
from sync_server.errors import InvalidDocument  # noqa: E402
from sync_server.service import feed, filtered_feed  # noqa: E402
from sync_server.service.case_record import CaseRecord  # noqa: E402
from sync_server.service.receipt import Receipt  # noqa: E402
from sync_server.storage import store  # noqa: E402

WRITES_BEFORE_DEATH = 5
SECONDS_TOO_LATE = 0.05


def dying_before_the_commit() -> None:
    """A server that is killed when a transaction is written, and not yet committed."""
    store.apply_changes = _dying_after(store.apply_changes)  # type: ignore[attr-defined]


def dying_before_the_answer() -> None:
    """A server that is killed when a transaction is committed, and not yet answered."""
    store.Store.write = _dying_after(store.Store.write)  # type: ignore[method-assign]


def answering_before_the_commit() -> None:
    """A server that says "written" when it is about to write."""
    write = store.Store.write

    def write_later(
        self: store.Store, database_id: int, records: Any, prepare: Any, **options: Any
    ) -> Any:
        with self.read() as reading:
            result = prepare(reading).result
        gevent.spawn_later(SECONDS_TOO_LATE, write, self, database_id, records, prepare, **options)
        return result

    store.Store.write = write_later  # type: ignore[method-assign]


def refusing_whole_requests() -> None:
    """A server without a quarantine."""

    def refuse(*_: object) -> Receipt:
        raise InvalidDocument

    CaseRecord.refuse = refuse  # type: ignore[method-assign, assignment]


def filtering_after_the_limit() -> None:
    """A server that takes as many rows as are asked for, and then leaves out what it should."""

    def short_page(
        reader: Any, selected: Any, since: int, limit: int, *, descending: bool, **_: Any
    ) -> feed.Page:
        page = feed.page(reader, since, limit, descending=descending)
        kept = filtered_feed._chosen(reader, selected, page, forget=since != 0)
        return replace(page, changes=[change for _, change in kept])

    filtered_feed._selected_page = short_page


def counting_one_too_few() -> None:
    """A server whose `pending` leaves out the last row."""
    rows_after = feed.rows_after
    feed.rows_after = lambda sight, seq: max(rows_after(sight, seq) - 1, 0)


def _dying_after(work: Callable[..., Any]) -> Callable[..., Any]:
    calls = 0

    def work_and_die(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        answer = work(*arguments, **options)
        calls += 1
        if calls > WRITES_BEFORE_DEATH:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return work_and_die


if __name__ == "__main__":
    globals()[sys.argv.pop(1)]()
    cli.main()
