"""Who is woken when something was written; on SQLite, where the listener needs no greenlets of
psycopg's. Over HTTP, `tests/protocol/test_waiting.py` asks the same of both databases.
"""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest

from sync_server.errors import DatabaseMissing
from sync_server.storage.arrivals import ANYBODY, Arrivals
from sync_server.storage.databases import delete_hidden_databases, hide_database
from sync_server.storage.rows import EVERYONE
from sync_server.storage.store import Store
from tests.storage.writing import (
    AMINA,
    BILAL,
    PATIENCE_SECONDS,
    Programme,
    changes,
    on_sqlite,
    shown,
)

pytestmark = on_sqlite
SOON, NOT_YET = 10, 0.4  # seconds; the listener looks four times a second


@pytest.fixture
def arrivals(store: Store) -> Arrivals:
    arrivals = Arrivals(store)
    arrivals.start()
    return arrivals


def test_only_those_are_woken_who_have_a_row(programme: Programme, arrivals: Arrivals) -> None:
    with (
        arrivals.waiting(programme.id, AMINA, 0) as news,
        arrivals.waiting(programme.id, BILAL, 0) as other,
    ):
        programme.write(changes(inbox=[shown(AMINA, "a")]))

        assert news.wait(SOON)
        assert not other.wait(NOT_YET)


def test_all_are_woken_by_a_row_for_everybody(programme: Programme, arrivals: Arrivals) -> None:
    with (
        arrivals.waiting(programme.id, AMINA, 0) as news,
        arrivals.waiting(programme.id, AMINA, 0) as again,
        arrivals.waiting(programme.id, ANYBODY, 0) as anybody,
    ):
        programme.write(changes(inbox=[shown(EVERYONE, "a")]))

        assert all(one.wait(SOON) for one in (news, again, anybody))


def test_what_another_process_writes_is_news_too(
    programme: Programme, arrivals: Arrivals, new_store: Callable[[], Store]
) -> None:
    with arrivals.waiting(programme.id, AMINA, 0) as news:
        programme.seen_by(new_store()).write(changes(inbox=[shown(AMINA, "a")]))

        assert news.wait(SOON)


def test_who_sits_down_after_others_were_woken_is_sent_to_look_unless_they_saw_it(
    programme: Programme, arrivals: Arrivals
) -> None:
    with arrivals.waiting(programme.id, BILAL, 0) as news:
        programme.write(changes(inbox=[shown(AMINA, "a"), shown(BILAL, "a")]))
        assert news.wait(SOON)

    with (
        arrivals.waiting(programme.id, AMINA, 0) as saw_nothing,
        arrivals.waiting(programme.id, AMINA, programme.update_seq) as saw_all,
    ):
        assert saw_nothing.is_set()
        assert not saw_all.wait(NOT_YET)


def test_a_change_between_the_look_and_the_waiting_is_news(
    programme: Programme, arrivals: Arrivals
) -> None:
    seen = programme.update_seq
    programme.write(changes(inbox=[shown(AMINA, "a")]))

    with arrivals.waiting(programme.id, AMINA, seen) as news:
        gevent.spawn(programme.write, changes(inbox=[shown(BILAL, "a")]))

        assert news.wait(SOON)


def test_readers_of_a_database_that_was_removed_are_woken(
    new_programme: Callable[[str], Programme], store: Store, arrivals: Arrivals
) -> None:
    old = new_programme("old")
    with arrivals.waiting(old.id, AMINA, 0) as news:
        store.administratively(lambda connection: hide_database(connection, old.id))
        store.administratively(delete_hidden_databases)

        assert news.wait(PATIENCE_SECONDS)


def test_the_number_of_a_database_that_was_removed_never_means_another(
    new_programme: Callable[[str], Programme], store: Store
) -> None:
    """A write that was planned for the one before would go into the other, under another key."""
    old = new_programme("old")
    store.administratively(lambda connection: hide_database(connection, old.id))
    store.administratively(delete_hidden_databases)

    assert new_programme("old").id > old.id
    with pytest.raises(DatabaseMissing):
        old.change("a")
