"""What becomes of who is under way when a database is removed."""

from __future__ import annotations

import pytest

from sync_server.errors import DatabaseMissing
from sync_server.service.administration import add_database, remove_database
from sync_server.service.checkpoints import write_checkpoint
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from tests.service.conftest import Programme


@pytest.fixture
def removed(programme: Programme) -> DatabaseRow:
    """A database that was found before it was removed."""
    database = add_database(programme.kanaf, "reference", DatabaseKind.OPEN)
    remove_database(programme.kanaf, database)
    return database


@pytest.mark.parametrize("count", [1, 300])
def test_who_writes_into_it_finds_none(
    programme: Programme, removed: DatabaseRow, count: int
) -> None:
    documents = [{"_id": f"d{number}"} for number in range(count)]

    with pytest.raises(DatabaseMissing):
        push(programme.kanaf, removed, programme.caller("bilal"), documents, is_replicated=False)


def test_who_reads_its_seq_finds_none(programme: Programme, removed: DatabaseRow) -> None:
    with programme.kanaf.store.read() as reading, pytest.raises(DatabaseMissing):
        reading.update_seq(removed.id)


def test_who_writes_a_checkpoint_finds_none(programme: Programme, removed: DatabaseRow) -> None:
    with pytest.raises(DatabaseMissing):
        write_checkpoint(programme.kanaf, removed, programme.caller("bilal"), "x", {})
