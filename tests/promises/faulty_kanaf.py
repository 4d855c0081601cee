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
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from flask import current_app, request  # noqa: E402

from conflict import minting  # noqa: E402
from sync_server import cli, housekeeping  # noqa: E402
from sync_server.errors import DocumentMissing, InvalidDocument, NotAllowed  # noqa: E402
from sync_server.replication import bulk, change_rows, changes, databases  # noqa: E402
from sync_server.service import (  # noqa: E402
    audience_changes,
    case_record,
    checkpoints,
    fanout,
    feed,
    filtered_feed,
    lacking,
    waiting_for_people,
)
from sync_server.service.case_record import CaseRecord  # noqa: E402
from sync_server.service.document_work import DocumentWork  # noqa: E402
from sync_server.service.documents import DocumentReader  # noqa: E402
from sync_server.service.receipt import Receipt  # noqa: E402
from sync_server.service.sight import Sight  # noqa: E402
from sync_server.sharing import audience  # noqa: E402
from sync_server.storage import fanout as fanout_jobs  # noqa: E402
from sync_server.storage import store  # noqa: E402
from sync_server.storage.rows import InboxRow  # noqa: E402

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
    whole_page = change_rows.filtered_page  # type: ignore[attr-defined]

    def short_page(reader: Any, chosen: Any, since: int, limit: int, **options: Any) -> feed.Page:
        if not isinstance(chosen, filtered_feed.Selected):
            return whole_page(reader, chosen, since, limit, **options)
        options.pop("asks_of")
        page = feed.page(reader, since, limit, **options)
        kept = filtered_feed._chosen(reader, chosen, page)
        return replace(page, changes=[change for _, change in kept])

    change_rows.filtered_page = short_page  # type: ignore[attr-defined]
    # Else what is missing would be told in further pieces.
    changes.is_whole = lambda *_: True  # type: ignore[attr-defined]


def counting_one_too_few() -> None:
    """A server whose `pending` leaves out the last row."""
    rows_after = feed.rows_after
    feed.rows_after = lambda sight, seq: max(rows_after(sight, seq) - 1, 0)


def leaving_out_the_last_records() -> None:
    """A server whose fan-out jobs skip the second half of each step."""
    bring_up_to_date = fanout._bring_up_to_date
    fanout._bring_up_to_date = lambda kanaf, database, lot: bring_up_to_date(
        kanaf, database, dict(list(lot.items())[: len(lot) // 2])
    )


def granting_without_old_documents() -> None:
    """A server that shows a new reader only what is written from now on."""
    news = audience_changes._news

    def only_news(document_id: str, work: DocumentWork, now: Any, before: Any) -> list[InboxRow]:
        return news(document_id, work, now, before) if work.is_changed else []

    audience_changes._news = only_news


def forgetting_revocations() -> None:
    """A server that tells nobody that their access has ended."""
    audience_changes._revoked = lambda *_: []


def leaving_walks_to_others() -> None:
    """A server that brings no inbox to a changed directory: no fault, somebody else does it."""
    housekeeping.run_fanout = lambda kanaf: False  # type: ignore[attr-defined]


def dying_in_its_walks() -> None:
    """A server that is killed once after every transaction of a walk over the records."""
    fanout._LOOKED_AT = fanout._MOVED_AT_ONCE = fanout._USERS_AT_ONCE = 1
    walking = {}

    def walk(kanaf: Any) -> bool:
        with kanaf.store.read() as reading:
            job = next(iter(fanout_jobs.jobs(reading.connection)), None)
            version = reading.directory_version()
        walking[gevent.getcurrent()] = f"{version} {job.after_record}" if job else None
        return fanout.run_fanout(kanaf)

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def work_and_die(*arguments: Any, **options: Any) -> Any:
            answer = work(*arguments, **options)
            if where := walking.get(gevent.getcurrent()):
                _die_once(f"{where} {work.__name__}")
            return answer

        return work_and_die

    housekeeping.run_fanout = walk  # type: ignore[attr-defined]
    store.Store.write = dying(store.Store.write)  # type: ignore[method-assign]
    store.Store.administratively = dying(  # type: ignore[method-assign]
        store.Store.administratively
    )


def not_knowing_stubs() -> None:
    """A server that takes the deletions that it has shown for deletions by its user."""
    lacking._is_stub = lambda *_: False

    def path_without_stubs(key: Any, document_id: Any, path: Any, body: Any, _: Any) -> Any:
        return minting.pushed_path(key, document_id, path, body)

    case_record.pushed_path = path_without_stubs  # type: ignore[assignment, attr-defined]


def granting_without_a_touch() -> None:
    """A server that shows again the very revision that a stub hides."""
    audience_changes._show_again = lambda *_: None


def reaching_beyond_what_was_told() -> None:
    """A server whose every page claims to be as new as the database."""
    case_page = feed._case_page

    def too_new(*arguments: Any, **options: Any) -> feed.Page:
        page = case_page(*arguments, **options)
        return replace(page, last_seq=page.update_seq)

    feed._case_page = too_new


def sharing_without_consent() -> None:
    """A server that shares what was agreed in a referral whatever the child says."""
    referred_parts = audience._referred_parts
    audience._referred_parts = lambda referral, **_: referred_parts(referral, consent=True)


def forgetting_what_its_author_holds() -> None:
    """A server that leaves to an author the edit by which their access ends."""
    audience_changes.Writer.holds = lambda *_: ()  # type: ignore[method-assign]


def going_on_with_other_rights() -> None:
    """A server that lets a reader go on where they were when they saw less."""
    feed.rights_of = lambda person: [person.id]


def leaving_out_what_was_revoked() -> None:
    """A server that takes whoever asks for pages for one who begins: it tells them no revocation.

    It brings no inbox to a changed directory, either.
    """
    page = feed.page

    def page_without_revoked(reader: Any, since: int, limit: int, **options: Any) -> feed.Page:
        found = page(reader, since, limit, **options)
        kept = [one for one in found.changes if not one.is_revoked]
        return replace(found, changes=kept) if found.pending else found

    feed.page = filtered_feed.page = page_without_revoked  # type: ignore[attr-defined]
    leaving_walks_to_others()


def serving_any_attachment() -> None:
    """A server that gives a file to whoever knows what it is called."""
    attachment = DocumentReader.attachment

    def given(self: DocumentReader, *asked: Any) -> Any:
        _seeing_all(self)
        return attachment(self, *asked)

    DocumentReader.attachment = given  # type: ignore[method-assign, assignment]


def confirming_before_looking() -> None:
    """A server that says "you have it" before it looks whether the caller may know of it."""
    attachment = DocumentReader.attachment

    def given(self: DocumentReader, *asked: Any) -> Any:
        if not request.if_none_match:
            return attachment(self, *asked)
        kanaf = current_app.extensions["kanaf"]
        another = DocumentReader(kanaf, self._reading, self._database, self._caller)
        found = attachment(_seeing_all(another), *asked)
        etag = found[0]["digest"].removeprefix("md5-")
        return found if etag in request.if_none_match else attachment(self, *asked)

    DocumentReader.attachment = given  # type: ignore[method-assign, assignment]


def comparing_with_hidden_revisions() -> None:
    """A server whose `_revs_diff` knows what it does not show."""
    lacking = bulk.lacking  # type: ignore[attr-defined]
    bulk.lacking = lambda reader, asked: lacking(_seeing_all(reader), asked)  # type: ignore[attr-defined]


def counting_hidden_documents() -> None:
    """A server that counts the whole database, whoever asks."""

    class CountingSight(Sight):
        def documents(self, _: object) -> Any:
            return range(self.reading.document_count(self.database.id, deleted=False))

    class CountingReader(DocumentReader):
        def __init__(self, kanaf: Any, reading: Any, database: Any, caller: Any) -> None:
            super().__init__(kanaf, reading, database, caller)
            self.sight = CountingSight(kanaf, reading, database, caller)

    databases.DocumentReader = CountingReader  # type: ignore[attr-defined]


def telling_forbidden_from_missing() -> None:
    """A server that says "you may not" where it should say that there is nothing."""
    work = DocumentReader.work

    def found(self: DocumentReader, document_id: str) -> Any:
        try:
            return work(self, document_id)
        except DocumentMissing:
            if self._reading.documents(self._database.id, [document_id]):
                raise NotAllowed from None
            raise

    DocumentReader.work = found  # type: ignore[method-assign]


def judging_before_looking() -> None:
    """A server that compares what is written with what stands, whoever writes."""
    CaseRecord._may_come_near = lambda *_: True  # type: ignore[method-assign]


def showing_all_that_was_refused() -> None:
    """A server that shows everybody's quarantine to everybody."""

    def all_entries(kanaf: Any, reading: Any, database: Any, _: object) -> Any:
        return reading.quarantined(database.id, kanaf.registry(reading).users)

    waiting_for_people.entries_seen_by = all_entries  # type: ignore[assignment]


def telling_of_checkpoints() -> None:
    """A server that says whether anybody has a checkpoint of some name."""
    row = checkpoints._row

    def found(kanaf: Any, database: Any, caller: Any, local_id: str) -> Any:
        with kanaf.store.read() as reading:
            for device in kanaf.registry(reading).devices.values():
                place = database.id, device.user_id, device.name, local_id
                if reading.local_document(*place) and device.name != caller.device:
                    raise NotAllowed
        return row(kanaf, database, caller, local_id)

    checkpoints._row = found


def trusting_inboxes() -> None:
    """A server that tells whatever was to be told once, before its inboxes know of a change."""
    visible = feed._visible_changes
    feed._visible_changes = lambda reader, rows: visible(_seeing_all(reader), rows)
    leaving_walks_to_others()


def _seeing_all(reader: DocumentReader) -> DocumentReader:
    reader.sight.visible = list  # type: ignore[method-assign, assignment]
    return reader


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


def _die_once(where: str) -> None:
    """Kills this process, unless another one has died there before."""
    try:
        (Path(os.environ["KANAF_DATA_DIR"]) / f"died at {where}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    globals()[sys.argv.pop(1)]()
    cli.main()
