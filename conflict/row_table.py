"""A repeat group as several bodies have it: which rows are the same, and what differs in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conflict.canonical import Json
from conflict.revision import Rev
from conflict.row_ids import ID, Row, repeated_ids, rows_by_id
from conflict.value import Value, differing


class RowTable:
    """The rows of one field in every body of a merge.

    Attributes:
        rows: by revision the field's rows by id, in their order.
        differing: the ids of the rows that not all revisions have alike, each with the cells that
            differ where the row is. All other rows are in every revision, and the same.
    """

    def __init__(self, lists: Mapping[Rev, Sequence[Row] | None]) -> None:
        self.rows = {rev: rows_by_id(rows or ()) for rev, rows in lists.items()}
        self._repeated = {rev: repeated_ids(rows or ()) for rev, rows in lists.items()}
        ids = {row_id for rows in self.rows.values() for row_id in rows}
        compared = {row_id: self._differing_cells(row_id) for row_id in ids}
        self.differing = {
            row_id: cells
            for row_id, cells in compared.items()
            if cells or not all(row_id in rows for rows in self.rows.values())
        }

    def mixed(self, rev: Rev, base: Rev) -> set[str]:
        """The ids of the rows of a revision that may be about somebody else than in its base.

        Whoever gives a row what another row said, and the other something else, may have exchanged
        the two; a row that came or went may be the other one. Whoever changes one of several rows
        of one id may have made it the other.
        """
        mine, start = self.rows[rev], self.rows[base]
        had: dict[tuple[str, str], set[str]] = {}
        has: dict[tuple[str, str], set[str]] = {}
        changed: set[str] = set()
        for row_id in self.differing:
            was, now = start.get(row_id, {}), mine.get(row_id, {})
            for cell in differing([was, now]) - {ID}:
                changed.add(row_id)
                _note(had, (cell, was.get(cell)), row_id)
                _note(has, (cell, now.get(cell)), row_id)
        moved = {row_id for what in had.keys() & has.keys() for row_id in had[what] | has[what]}
        repeated = self._repeated[rev] | self._repeated[base]
        return (moved | (repeated & changed)) & mine.keys()

    def shared(self, row_id: str) -> dict[str, Json]:
        """The cells of a row that are the same wherever the row is."""
        row = next(rows[row_id] for rows in self.rows.values() if row_id in rows)
        differing = self.differing.get(row_id, set())
        return {cell: value for cell, value in row.items() if cell not in differing}

    def cells(self, rev: Rev) -> Iterator[tuple[str, str, Value]]:
        """Row, cell and value of everything that differs and that a revision has."""
        for row_id, row in self.rows[rev].items():
            for cell in self.differing.get(row_id, set()) & row.keys():
                yield row_id, cell, row[cell]

    def undisputed(self) -> set[str]:
        """The ids of the rows that are the same in every revision."""
        return {row_id for rows in self.rows.values() for row_id in rows} - self.differing.keys()

    def _differing_cells(self, row_id: str) -> set[str]:
        return differing(rows[row_id] for rows in self.rows.values() if row_id in rows)


def _note(found: dict[tuple[str, str], set[str]], what: tuple[str, Json], row_id: str) -> None:
    """Notes what a row says, if it is a text or choice: many people are of one age."""
    cell, value = what
    if isinstance(value, str):
        found.setdefault((cell, value), set()).add(row_id)
