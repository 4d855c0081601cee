"""Checkpoints belong to one user's device, and the least recently used give way."""

from __future__ import annotations

from sync_server.storage.local_documents import (
    KEPT_PER_DEVICE,
    put_local_document,
    remove_local_document,
)
from sync_server.storage.rows import LocalDocumentRow
from sync_server.storage.store import Connection
from tests.storage.writing import AMINA, BILAL, Programme


def checkpoint(name: str, used_at: float, user: int = AMINA, rev: int = 1) -> LocalDocumentRow:
    return LocalDocumentRow(user, "tablet", name, rev, b"sealed", used_at)


def put(programme: Programme, *rows: LocalDocumentRow) -> None:
    def write(connection: Connection) -> None:
        for row in rows:
            put_local_document(connection, programme.id, row)

    programme.store.administratively(write)


def kept(programme: Programme, name: str, user: int = AMINA) -> LocalDocumentRow | None:
    with programme.store.read() as reading:
        return reading.local_document(programme.id, user, "tablet", name)


def test_a_checkpoint_is_read_as_it_was_written(programme: Programme) -> None:
    put(programme, checkpoint("x", 1.5))

    assert kept(programme, "x") == checkpoint("x", 1.5)


def test_a_checkpoint_takes_the_place_of_the_one_before(programme: Programme) -> None:
    put(programme, checkpoint("x", 1.0), checkpoint("x", 2.0, rev=2))

    assert kept(programme, "x") == checkpoint("x", 2.0, rev=2)


def test_a_checkpoint_is_its_users_own(programme: Programme) -> None:
    put(programme, checkpoint("x", 1.0), checkpoint("x", 2.0, user=BILAL, rev=7))

    assert kept(programme, "x") == checkpoint("x", 1.0)
    assert kept(programme, "x", BILAL) == checkpoint("x", 2.0, user=BILAL, rev=7)


def test_a_removed_checkpoint_is_gone(programme: Programme) -> None:
    put(programme, checkpoint("x", 1.0), checkpoint("y", 1.0))
    programme.store.administratively(
        lambda connection: remove_local_document(connection, programme.id, AMINA, "tablet", "x")
    )

    assert kept(programme, "x") is None
    assert kept(programme, "y") is not None


def test_the_least_recently_used_checkpoint_gives_way(programme: Programme) -> None:
    put(programme, checkpoint("other", 0.0, user=BILAL))
    put(programme, *(checkpoint(f"{n}", float(n)) for n in range(KEPT_PER_DEVICE)))
    put(programme, checkpoint("0", 5000.0))
    put(programme, checkpoint("new", 5001.0))

    assert kept(programme, "1") is None, "it was used longest ago"
    assert kept(programme, "0") is not None, "it was used again"
    assert kept(programme, "2") is not None
    assert kept(programme, "other", BILAL) is not None, "it is another user's"
