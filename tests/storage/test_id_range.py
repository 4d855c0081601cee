"""Ranges of ids: in one order on every database, which is that of Python's texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sync_server.storage.changes import Changes
from sync_server.storage.id_range import IdRange, count_between, live_rows
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DocumentRow, LeafRow
from sync_server.storage.store import Store
from tests.storage.test_lookups import plan
from tests.storage.writing import Programme, document

IDS = sorted(
    [
        *("_design/x", "B", "Z", "a", "a b", "a-b", "aB", "a\x7f", "ab", "ab\x01", "ab\x01c", "b"),
        *("e\u0301", "é", "ss", "ß", "z", "\ud7ff", "\ue000", "\ufb00", "\uffff", "\U00010437"),
    ]
)
STRANGE = ["ab\x00", "ab\x00c", "\x00", "\ud800", "\udfffx"]
BOUNDS = [None, "", "B", "ab", "aa", "é", "\uffff", *STRANGE]


@pytest.fixture
def filled(programme: Programme) -> Programme:
    """A database with live documents of all of those ids, and a deleted one beside each."""
    rows = {one: replace(document("a"), document_id=one) for one in IDS}
    rows |= {f"{one}~": deleted(replace(document("a"), document_id=f"{one}~")) for one in IDS}
    programme.write(Changes(documents=rows), "a")
    return programme


def deleted(row: DocumentRow) -> DocumentRow:
    return replace(row, leaves=tuple(LeafRow(leaf.rev, deleted=True) for leaf in row.leaves))


def found(programme: Programme, ids: IdRange, skip: int = 0, limit: int | None = None) -> list[str]:
    with programme.store.read() as reading:
        pages = list(reading.live_documents(programme.id, ids, skip, limit))
    return [row.document_id for page in pages for row in page]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("inclusive", [False, True])
def test_the_database_finds_what_python_finds(
    filled: Programme, descending: bool, inclusive: bool
) -> None:
    for start in BOUNDS:
        for end in BOUNDS:
            ids = IdRange(start, end, inclusive, descending)
            assert found(filled, ids) == ids.within(IDS), ids


def test_the_database_counts_between_two_texts_what_python_counts(filled: Programme) -> None:
    bounds = [one for one in BOUNDS if one is not None]
    with filled.store.read() as reading:
        for first in bounds:
            for end in bounds:
                count = sum(first <= one < end for one in IDS)
                assert reading.live_between(filled.id, first, end) == count, (first, end)


def test_a_part_of_a_range_is_found(filled: Programme) -> None:
    ids = IdRange("a", descending=True)
    whole = ids.within(IDS)

    assert found(filled, ids, skip=2, limit=3) == whole[2:5]
    assert found(filled, ids, skip=2) == whole[2:]
    assert found(filled, ids, limit=0) == []
    assert found(filled, ids, skip=10**30) == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [None, 500, 501, 999, 1_000, 1_001])
def test_a_long_range_is_found_whole(
    programme: Programme, descending: bool, limit: int | None
) -> None:
    rows = {f"n{at:04}": replace(document("a"), document_id=f"n{at:04}") for at in range(1_000)}
    programme.write(Changes(documents=rows), "a")
    ids = IdRange(descending=descending)

    assert found(programme, ids, limit=limit) == ids.within(list(rows))[:limit]


def test_pages_are_of_one_state_whatever_is_written_between_them(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    rows = {f"n{at:04}": replace(document("a"), document_id=f"n{at:04}") for at in range(600)}
    programme.write(Changes(documents=rows), "a")
    writer = programme.seen_by(new_store())

    with programme.store.read_one_state() as connection:
        reading = Reading(connection)
        pages = reading.live_documents(programme.id, IdRange(), 0, None)
        told = [row.document_id for row in next(pages)]
        new = replace(document("a"), document_id="n0599~")
        gone = deleted(rows["n0550"])
        writer.write(Changes(documents={row.document_id: row for row in (new, gone)}), "a")
        told += [row.document_id for page in pages for row in page]
        count = reading.document_count(programme.id, deleted=False)

    assert (told, count) == (list(rows), 600)


@pytest.mark.parametrize("descending", [False, True])
def test_a_range_is_found_by_the_index_in_its_order(programme: Programme, descending: bool) -> None:
    """Whatever the order of a PostgreSQL's texts: its own may be that of a language."""
    dialect = programme.store.reader.dialect.name
    ids = IdRange("a", "b", descending=descending)

    rows = plan(programme.store, live_rows(dialect, 1, ids, after=None, skip=0, limit=9), {})
    count = plan(programme.store, count_between(dialect, 1, "a", "b"), {})

    for told in (rows, count):
        assert "ix_document_database_id_deleted_document_id" in told
        assert "Sort" not in told
        assert "TEMP B-TREE" not in told
