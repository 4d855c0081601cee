"""Every change gets a seq of its database, and a reader who follows them misses nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from sync_server.storage.changes import Changes
from sync_server.storage.store import Store
from tests.storage.writing import AMINA, Programme, beside, changes, document, shown, together


def test_seqs_are_dense_and_given_in_the_order_of_naming(programme: Programme) -> None:
    programme.write(changes(document("b"), document("a")))
    programme.write(changes(document("c")))

    assert programme.feed == [(1, "b:k1"), (2, "a:k1"), (3, "c:k1")]
    assert programme.update_seq == 3


def test_a_document_changed_twice_is_listed_once_at_its_last_seq(programme: Programme) -> None:
    programme.write(changes(document("a"), document("b")))
    programme.write(changes(document("a", generation=2)))

    assert programme.feed == [(2, "b:k1"), (3, "a:k1")]


def test_a_transaction_without_documents_takes_no_seq(programme: Programme) -> None:
    programme.write(changes(document("a")))
    programme.write(Changes(), "a")

    assert programme.update_seq == 1


def test_every_database_counts_for_itself(new_programme: Callable[[str], Programme]) -> None:
    sudan, somalia = new_programme("sd"), new_programme("so")
    sudan.write(changes(document("a"), document("b")))
    somalia.write(changes(document("a")))

    assert sudan.update_seq == 2
    assert somalia.feed == [(1, "a:k1")]


def test_a_document_and_its_inbox_rows_carry_the_same_seq(programme: Programme) -> None:
    both = [shown(AMINA, "b:k1"), shown(AMINA, "a:k1")]
    programme.write(changes(document("a"), document("b"), inbox=both))

    assert programme.inbox(AMINA) == programme.feed == [(1, "a:k1"), (2, "b:k1")]


def test_a_document_that_is_only_shown_anew_keeps_its_own_seq(programme: Programme) -> None:
    programme.write(changes(document("a")))
    programme.write(changes(inbox=[shown(AMINA, "a:k1")]))

    assert programme.feed == [(1, "a:k1")]
    assert programme.inbox(AMINA) == [(2, "a:k1")]


def test_many_writers_leave_no_gap(programme: Programme, new_store: Callable[[], Store]) -> None:
    writers = [programme.seen_by(new_store()) for _ in range(4)]

    def write(number: int) -> None:
        for step in range(15):
            writers[number].change(f"{number}-{step}")

    together(*(lambda number=number: write(number) for number in range(4)))

    assert [seq for seq, _ in programme.feed] == list(range(1, 61))


def test_a_reader_who_follows_never_has_a_seq_appear_behind_them(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    follower, done = programme.seen_by(new_store()), Event()
    followed: list[int] = []

    def follow() -> None:
        finished = False
        while not finished:
            finished = done.is_set()
            with follower.store.read() as reading:
                since = followed[-1] if followed else 0
                followed.extend(row.seq for row in reading.changes(programme.id, since, 1000))

    def write(number: int) -> None:
        writer = programme.seen_by(new_store())
        for step in range(15):
            writer.change(f"{number}-{step}")

    with beside(follow) as ended:
        try:
            together(*(lambda number=number: write(number) for number in range(4)))
        finally:
            done.set()
        ended()

    assert followed == list(range(1, 61))
