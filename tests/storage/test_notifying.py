"""Other processes hear of every commit, though not of each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from sync_server.storage import engine, notifying
from sync_server.storage.notifying import NOTIFY_CHANNEL, Notifier
from sync_server.storage.store import Store
from tests.storage.writing import PATIENCE_SECONDS, Programme, on_postgresql
from tests.support.postgres import libpq

pytestmark = on_postgresql


@contextmanager
def listening(store: Store) -> Iterator[psycopg.Connection]:
    url = store.reader.url.render_as_string(hide_password=False)
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
        yield connection


def heard(connection: psycopg.Connection, *, seconds: float) -> list[str]:
    return [one.payload for one in connection.notifies(timeout=seconds, stop_after=1)]


def test_the_first_commit_after_a_quiet_moment_is_told_before_the_moment_ends(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "_MOMENT_SECONDS", 2 * PATIENCE_SECONDS)
    with listening(programme.store) as connection:
        programme.change("a")

        assert heard(connection, seconds=PATIENCE_SECONDS) == [str(programme.id)]


def test_a_write_is_answered_though_every_connection_is_taken_and_told_nevertheless(
    programme: Programme, new_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_CONNECTIONS", 1)
    few = programme.seen_by(new_store())
    committed = Notifier.committed
    listeners_told: list[int] = []
    few.store.commit_listeners.append(lambda _, seq: listeners_told.append(seq))
    with listening(programme.store) as connection, ExitStack() as taken:

        def committed_while_all_are_taken(notifier: Notifier, database_id: int) -> None:
            for _ in range(2):  # one that stays open, and one more in need
                taken.enter_context(few.store.writer_engine.connect())
            committed(notifier, database_id)

        monkeypatch.setattr(Notifier, "committed", committed_while_all_are_taken)
        few.change("a")

        assert heard(connection, seconds=PATIENCE_SECONDS) == [str(few.id)]
    assert listeners_told == [1]


def test_the_last_of_many_commits_is_told_after_it(programme: Programme) -> None:
    with listening(programme.store) as connection:
        for _ in range(10):
            programme.change("a")
        seqs: list[int] = []
        while not seqs or seqs[-1] < 10:
            assert heard(connection, seconds=PATIENCE_SECONDS), "it was told nothing more"
            seqs.append(programme.update_seq)

        assert seqs[-1] == 10


def test_many_commits_are_told_together(programme: Programme) -> None:
    with listening(programme.store) as connection:
        for _ in range(40):
            programme.change("a")
        told = 0
        while heard(connection, seconds=0.5):
            told += 1

    assert 1 <= told < 40


def test_who_closes_tells_first_what_is_still_to_be_told(
    programme: Programme, new_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "_MOMENT_SECONDS", 2 * PATIENCE_SECONDS)
    other = programme.seen_by(new_store())
    with listening(programme.store) as connection:
        other.change("a")
        assert heard(connection, seconds=PATIENCE_SECONDS)
        other.change("a")
        other.store.close()

        assert heard(connection, seconds=PATIENCE_SECONDS) == [str(programme.id)]


def test_databases_are_told_apart(new_programme: Callable[[str], Programme]) -> None:
    sudan, somalia = new_programme("sd"), new_programme("so")
    with listening(sudan.store) as connection:
        sudan.change("a")
        somalia.change("a")
        told = heard(connection, seconds=PATIENCE_SECONDS)
        told += heard(connection, seconds=PATIENCE_SECONDS)

    assert sorted(told) == sorted([str(sudan.id), str(somalia.id)])
