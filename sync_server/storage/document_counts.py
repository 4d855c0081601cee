"""How many documents a database has, and how many come before an id.

A listing in pages tells both with every page, and a database counts row by row: to count from the
start each time would make a listing of all pages quadratic. So what was counted is kept for as long
as the database stays as it is, and counting goes on from the nearest place that is known.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from operator import itemgetter

from sync_server.storage.id_range import IdRange
from sync_server.storage.reading import Reading

_MOST_PLACES = 1_000
"""Of a database; then every other is forgotten."""
_LONGEST_TEXT = 600
"""Characters; longer than any id. What anybody asks for is not to fill the memory."""
_BEHIND = "\x00"
"""Is in no id, so that no id lies between a text and the text with it."""


@dataclass
class _Counted:
    """What is known of a database in one state.

    Attributes:
        totals: the number of documents, by whether they are deleted.
        places: texts, ascending, each with the number of live documents before it.
    """

    seq: int
    totals: dict[bool, int] = field(default_factory=dict)
    places: list[tuple[str, int]] = field(default_factory=lambda: [("", 0)])


@dataclass(frozen=True)
class Counts:
    """A database in one state."""

    _reading: Reading
    _database_id: int
    _counted: _Counted

    def total(self, *, deleted: bool) -> int:
        """How many documents are live, or deleted."""
        totals = self._counted.totals
        if deleted not in totals:
            totals[deleted] = self._reading.document_count(self._database_id, deleted=deleted)
        return totals[deleted]

    def live_before(self, ids: IdRange) -> int:
        """How many live documents come before the start of a range."""
        if ids.start is None:
            return 0
        if ids.descending:
            return self.total(deleted=False) - self._below(ids.start + _BEHIND)
        return self._below(ids.start)

    def _below(self, text: str) -> int:
        places = self._counted.places
        known, count = places[bisect_right(places, text, key=itemgetter(0)) - 1]
        if known == text:
            return count
        count += self._reading.live_between(self._database_id, known, text)
        if len(text) <= _LONGEST_TEXT:
            if len(places) >= _MOST_PLACES:
                del places[1::2]
            insort(places, (text, count))
        return count


class DocumentCounts:
    """What this process has counted, by database.

    A state is told from another by the database's `update_seq`: every change counts it up. Where a
    database is put back to an older state, the service is started anew.
    """

    def __init__(self) -> None:
        self._counted: dict[int, _Counted] = {}

    def of(self, reading: Reading, database_id: int) -> Counts:
        """The counts of the state that a reading sees, which must be one.

        Raises:
            DatabaseMissing: the database was removed.
        """
        seq = reading.update_seq(database_id)
        counted = self._counted.get(database_id)
        if counted is None or counted.seq != seq:
            counted = self._counted[database_id] = _Counted(seq)
        return Counts(reading, database_id, counted)
