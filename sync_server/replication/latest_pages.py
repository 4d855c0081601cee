"""The pages of readers who wait: many readers' in one transaction, equal ones made once.

Each reader's rights are looked up in the state that the pages are made from. Two readers share a
page only where they are the same user, neither or both on a device that is lost, or both members of
an open database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sync_server.replication.change_rows import Told, Wanted, told
from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import SeqTag, rights_of
from sync_server.service.kanaf import Kanaf
from sync_server.service.security import may_enter
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from sync_server.storage.snapshot import snapshot
from sync_server.storage.together import Together

_Key = tuple[int, int | None, bool, int, Wanted]


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader's question: what is new after `since`? Caller and database may have changed since
    they were looked up.
    """

    database: DatabaseRow
    caller: Caller
    since: int
    wanted: Wanted

    def after(self, page: Told, limit: int, until: int | None = None) -> Asked:
        """The question for what follows a page, with up to `limit` rows."""
        since = max(self.since, page.reached)
        had_nothing_at = self.wanted.had_nothing_at
        if had_nothing_at <= since:  # there is no more of it; who ask alike again share a page
            had_nothing_at = 0
        wanted = replace(self.wanted, limit=limit, until=until, had_nothing_at=had_nothing_at)
        return replace(self, since=since, wanted=wanted)


class LatestPages(Together[Asked, Told | None]):
    """Where the readers of a process who wait ask for their pages."""

    def __init__(self, kanaf: Kanaf) -> None:
        super().__init__(partial(latest_pages, kanaf), lets_others_ask=True)
        self._kanaf = kanaf

    def ask_alone(self, asked: Asked) -> Told | None:
        """The page for a question that is long to answer: those who wait do not wait for it."""
        return latest_pages(self._kanaf, [asked])[0]


def latest_pages(kanaf: Kanaf, asked: Sequence[Asked]) -> list[Told | None]:
    """The page for each question; None where the caller may be told nothing any more, or has other
    rights than when they asked: their feed begins anew then, at their next request.
    """
    pages: dict[_Key, Told] = {}
    with snapshot(kanaf.store) as reading:
        return [_latest_page(kanaf, reading, one, pages) for one in asked]


def _latest_page(
    kanaf: Kanaf, reading: Reading, asked: Asked, pages: dict[_Key, Told]
) -> Told | None:
    caller = kanaf.caller_now(reading, asked.caller)
    database = kanaf.registry(reading).now(asked.database)
    if caller is None or database is None or not may_enter(caller, database):
        return None
    if database.kind is DatabaseKind.CASE and _has_other_rights(caller, asked.caller):
        return None
    user = None if database.kind is DatabaseKind.OPEN else caller.person.id
    key = database.id, user, caller.is_lost, asked.since, asked.wanted
    if key not in pages:
        reader = DocumentReader(kanaf, reading, database, caller)
        tag = SeqTag(kanaf, database, caller.person)
        pages[key] = told(kanaf, reader, tag, asked.wanted, asked.since)
    return pages[key]


def _has_other_rights(caller: Caller, before: Caller) -> bool:
    """Whether rows may have been passed over that are seen now."""
    return rights_of(caller.person) != rights_of(before.person)
