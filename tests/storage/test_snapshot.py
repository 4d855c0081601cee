"""A snapshot: what many readers are told of the same moment."""

from __future__ import annotations

from collections.abc import Callable

from sync_server.storage.snapshot import snapshot
from sync_server.storage.store import Store
from tests.storage.writing import AMINA, Programme, changes, document, shown


def test_a_snapshot_sees_one_state_whatever_is_written_beside_it(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    programme.change("a")
    writer = programme.seen_by(new_store())

    with snapshot(programme.store) as reading:
        assert reading.update_seq(programme.id) == 1
        writer.change("a", "b")
        writer.write(changes(inbox=[shown(AMINA, "a:k1")]))
        documents = reading.documents(programme.id, ["a:k1", "b:k1"])
        told = reading.inbox(programme.id, AMINA, 0, 10)

    assert ([row.seq for row in documents.values()], told) == ([1], [])
    assert programme.update_seq == 4


def test_a_snapshot_gives_the_same_rows_as_any_reading_however_often_it_is_asked(
    programme: Programme,
) -> None:
    programme.change("a", "b")
    programme.write(changes(document("c")))
    wanted = ["a:k1", "b:k1", "c:k1", "none:k1"]

    with programme.store.read() as reading, snapshot(programme.store) as same:
        documents = reading.documents(programme.id, wanted)
        records = reading.records(programme.id, ["a", "none"])
        for _ in range(2):
            assert same.documents(programme.id, wanted[:2]).keys() == {"a:k1", "b:k1"}
            assert same.documents(programme.id, wanted) == documents
            assert same.records(programme.id, ["a", "none"]) == records
            assert same.directory_version() == reading.directory_version()
