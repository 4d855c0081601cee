"""A user who is added while a record is begun sees it, whichever of the two is committed first."""

from __future__ import annotations

from threading import Thread

from sync_server.service.accounts import add_user
from sync_server.service.fanout import run_fanout
from sync_server.service.kanaf import Kanaf
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from tests.service.conftest import REGISTRATION, Programme

LONG_ENOUGH = 0.3  # seconds, in which an addition that is not held back would be through


def add_eve(kanaf: Kanaf) -> None:
    add_user(kanaf, "eve", role="supervisor", agency="a", group="khartoum", password=None)


def test_a_plan_holds_for_the_directory_that_it_was_made_under(programme: Programme):
    """PostgreSQL lets the addition wait, SQLite makes the plan anew."""
    kanaf, database = programme.kanaf, programme.database
    seen: list[int] = []
    addition = Thread(target=add_eve, args=(kanaf,))

    def prepare(reading: Reading) -> Plan[None]:
        kanaf.directory(reading)
        seen.append(reading.directory_version())
        if len(seen) == 1:
            addition.start()
            addition.join(LONG_ENOUGH if kanaf.store.notifies else None)
            assert addition.is_alive() == kanaf.store.notifies
        return Plan(Changes(), None)

    before = kanaf.directory_version()
    kanaf.store.write(database.id, [programme.record], prepare)
    addition.join()

    assert seen == ([before] if kanaf.store.notifies else [before, before + 1])


def test_a_new_supervisor_sees_the_records_of_their_group(programme: Programme):
    programme.write("amina", "k21", REGISTRATION)
    add_eve(programme.kanaf)
    while run_fanout(programme.kanaf):
        pass

    assert programme.shown("eve", "k21")["data"] == REGISTRATION
