"""How many transactions a push takes: each waits for the disk, and others wait for each."""

from __future__ import annotations

import time
from typing import Any

import gevent
import pytest

from sync_server.service.administration import add_database
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind
from tests.service.conftest import Programme

REPLICATED_AT_ONCE = 500  # by CouchDB's replicator; PouchDB sends 100


@pytest.mark.parametrize("size", [10, 6_000], ids=["small", "larger than a list of bodies may be"])
def test_a_request_of_a_replicator_is_one_commit_of_an_open_database(
    programme: Programme, size: int
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    database = add_database(kanaf, "open", DatabaseKind.OPEN)
    documents = _documents(size)
    seqs: list[int] = []
    kanaf.store.commit_listeners.append(lambda _, seq: seqs.append(seq))

    receipts = push(kanaf, database, caller, documents, is_replicated=False)

    assert [receipt.code for receipt in receipts] == [None] * REPLICATED_AT_ONCE
    assert seqs == [REPLICATED_AT_ONCE]


@pytest.mark.parametrize("kind", DatabaseKind)
def test_other_requests_have_their_turn_while_many_documents_are_planned(
    programme: Programme, kind: DatabaseKind
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    is_case = kind is DatabaseKind.CASE
    database = programme.database if is_case else add_database(kanaf, "open", kind)
    turns: list[float] = []

    def somebody_else() -> None:
        while True:
            turns.append(time.monotonic())
            gevent.sleep()

    other = gevent.spawn(somebody_else)
    push(kanaf, database, caller, _documents(6_000)[:200], is_replicated=False)
    other.kill()

    assert len(turns) > 1


def test_a_request_of_cases_lets_others_write_in_between(programme: Programme) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    seqs: list[int] = []
    kanaf.store.commit_listeners.append(lambda _, seq: seqs.append(seq))

    push(kanaf, programme.database, caller, _documents(10), is_replicated=False)

    assert len(seqs) == 3


def _documents(size: int) -> list[dict[str, Any]]:
    return [{"_id": f"d{number}", "text": "x" * size} for number in range(REPLICATED_AT_ONCE)]
