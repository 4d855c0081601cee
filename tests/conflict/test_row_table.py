"""Which rows of a repeat group every body has alike, and what differs in the others."""

from __future__ import annotations

from conflict.revision import Rev
from conflict.row_table import RowTable

BASE, ONE, OTHER = Rev(1, "a"), Rev(2, "b"), Rev(2, "c")


def test_a_row_is_undisputed_where_every_body_has_it_and_says_the_same_of_it():
    aunt, uncle, cousin = ({"id": row_id, "age": 40} for row_id in ("r1", "r2", "r3"))
    table = RowTable(
        {BASE: [aunt, uncle], ONE: [aunt, {**uncle, "age": 41}], OTHER: [cousin, uncle, aunt]}
    )

    assert table.undisputed() == {"r1"}
    assert table.differing == {"r2": {"age"}, "r3": set()}
