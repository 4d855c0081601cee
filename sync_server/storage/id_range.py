"""Ranges of document ids, in the order of CouchDB's `_all_docs`: that of their bytes in UTF-8.

Python's texts have the same order, and so have SQLite's. PostgreSQL's depends on how the database
was made, unless a statement says `COLLATE "C"`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, collate, false, func, select, true

from sync_server.storage import schema

_IN_NO_ID = re.compile("[\x00\ud800-\udfff]")
_BEHIND_SURROGATES = "\ue000"
_MORE_THAN_THERE_ARE = 2**62  # what databases count in ends soon after it


@dataclass(frozen=True, slots=True)
class IdRange:
    """Ids from a start to an end, ascending or descending.

    Attributes:
        start, end: in the order of the range; None where it is not bounded. Any text, also one that
            can be no id.
        inclusive: whether the end belongs to it; the start does.
    """

    start: str | None = None
    end: str | None = None
    inclusive: bool = True
    descending: bool = False

    def before(self, ids: Sequence[str]) -> int:
        """How many of some ids come before the start."""
        if self.start is None:
            return 0
        start = self.start
        return sum(one > start if self.descending else one < start for one in ids)

    def within(self, ids: Sequence[str]) -> list[str]:
        """Those of some ids, which ascend, that are in the range, in its order."""
        return [one for one in (reversed(ids) if self.descending else ids) if self._holds(one)]

    def _holds(self, one: str) -> bool:
        low, high = (self.end, self.start) if self.descending else (self.start, self.end)
        is_between = (low is None or one >= low) and (high is None or one <= high)
        return is_between and (self.inclusive or one != self.end)


def count_between(dialect: str, database_id: int, first: str, end: str) -> Select[Any]:
    """How many live documents have an id from a text on, itself included, up to another, which is
    not.
    """
    return (
        select(func.count())
        .select_from(schema.document)
        .where(*_are_live(database_id))
        .where(_at_least(dialect, first, itself=True), _at_most(dialect, end, itself=False))
    )


def ids_within(dialect: str, database_id: int, ids: IdRange) -> Select[Any]:
    """The ids of all documents in a range that is bounded at both ends, deleted ones too."""
    assert ids.start is not None, "the range has a start"
    assert ids.end is not None, "the range has an end"
    table = schema.document
    return select(table.c.document_id).where(
        table.c.database_id == database_id,
        table.c.deleted.in_([false(), true()]),  # or the index could not be used for the ids
        _at_least(dialect, ids.start, itself=True),
        _at_most(dialect, ids.end, itself=ids.inclusive),
    )


def live_rows(
    dialect: str, database_id: int, ids: IdRange, after: str | None, skip: int, limit: int
) -> Select[Any]:
    """Up to `limit` live documents of a range, in its order.

    Args:
        after: the id behind which it goes on; None from the start.
        skip: how many are left out before the first.
    """
    goes_on, ends = (_at_most, _at_least) if ids.descending else (_at_least, _at_most)
    query = select(schema.document).where(*_are_live(database_id))
    if after is not None:
        query = query.where(goes_on(dialect, after, itself=False))
    elif ids.start is not None:
        query = query.where(goes_on(dialect, ids.start, itself=True))
    if ids.end is not None:
        query = query.where(ends(dialect, ids.end, itself=ids.inclusive))
    name = _by_bytes(dialect)
    ordered = query.order_by(name.desc() if ids.descending else name)
    return ordered.limit(limit).offset(min(skip, _MORE_THAN_THERE_ARE))


def _are_live(database_id: int) -> tuple[ColumnElement[bool], ...]:
    table = schema.document.c
    return table.database_id == database_id, table.deleted == false()


def _at_least(dialect: str, text: str, *, itself: bool) -> ColumnElement[bool]:
    """That an id comes after a text; with `itself`, that it may be the text.

    A text with a NUL or half a character, which PostgreSQL or both refuse, is no id; it is told by
    one beside which no id lies between.
    """
    name = _by_bytes(dialect)
    strange = _IN_NO_ID.search(text)
    if strange is None:
        return name >= text if itself else name > text
    known = text[: strange.start()]
    return name > known if strange[0] == "\x00" else name >= known + _BEHIND_SURROGATES


def _at_most(dialect: str, text: str, *, itself: bool) -> ColumnElement[bool]:
    """That an id comes before a text; with `itself`, that it may be the text."""
    strange = _IN_NO_ID.search(text)
    if strange is not None:
        return ~_at_least(dialect, text, itself=itself)
    name = _by_bytes(dialect)
    return name <= text if itself else name < text


def _by_bytes(dialect: str) -> ColumnElement[str]:
    name = schema.document.c.document_id
    return collate(name, "C") if dialect == "postgresql" else name
