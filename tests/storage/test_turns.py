"""Writers of one SQLite file queue across processes, and nobody's death stops the queue."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

from sync_server.storage.store import Store
from sync_server.storage.turns import Turns
from tests.storage.writing import PATIENCE_SECONDS, Programme, beside, on_sqlite

processes = multiprocessing.get_context("spawn")


def hold(database: str, told: Connection) -> None:
    """Takes a turn, says so, and holds it until it is killed."""
    with Turns(database).turn():
        told.send("holding")
        signal.pause()


@contextmanager
def beside_in_turn(turns: Turns, work: Callable[[], object]) -> Iterator[None]:
    """Holds a turn while `work` runs in a thread; at the end waits for the thread, without it."""
    with ExitStack() as turn:
        turn.enter_context(turns.turn())
        with beside(work) as done:
            yield
            turn.close()
            done()


def test_a_second_writer_waits_until_the_first_has_had_its_turn(tmp_path: Path) -> None:
    first, second = Turns(str(tmp_path / "data")), Turns(str(tmp_path / "data"))
    order: list[str] = []

    def follow() -> None:
        with second.turn():
            order.append("second")

    with beside_in_turn(first, follow):
        Event().wait(0.1)  # long enough to come first, could it
        order.append("first")

    assert order == ["first", "second"]


def test_a_killed_process_leaves_its_turn_to_the_next(tmp_path: Path) -> None:
    database = str(tmp_path / "data")
    heard, told = processes.Pipe(duplex=False)
    holder = processes.Process(target=hold, args=(database, told))
    holder.start()
    assert heard.poll(PATIENCE_SECONDS)
    taken = Event()

    def take() -> None:
        with Turns(database).turn():
            taken.set()

    with beside(take) as took:
        assert not taken.wait(0.2)
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGKILL)
        took()
    holder.join()

    assert taken.is_set()


def test_a_turn_ends_with_an_error_too(tmp_path: Path) -> None:
    turns = Turns(str(tmp_path / "data"))
    try:
        with turns.turn():
            raise LookupError
    except LookupError:
        pass

    with turns.turn():
        pass


@on_sqlite
def test_whoever_may_only_read_the_queues_file_can_queue(
    programme: Programme, new_store: Callable[[], Store], tmp_path: Path
) -> None:
    programme.change("a")
    (tmp_path / "kanaf.sqlite3-turns").chmod(0o444)

    programme.seen_by(new_store()).change("a")

    assert programme.generation("a") == 2
