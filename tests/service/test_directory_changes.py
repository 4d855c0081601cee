"""A user who is added while a record is begun sees it, whichever of the two is committed first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, QueuePool, event

from sync_server.errors import NotAuthenticated
from sync_server.service.directory_changes import (
    add_agency,
    add_device,
    add_user,
    change_user,
    shut_out_device,
)
from sync_server.service.fanout import run_fanout
from sync_server.service.feed import page
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.pushing import push
from sync_server.storage import directory
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from tests.service.conftest import REFERRAL, REGISTRATION, Programme
from tests.storage.writing import PATIENCE_SECONDS, on_postgresql
from tests.support.personas import case_document

LONG_ENOUGH = 0.3  # seconds, in which an addition that is not held back would be through


def add_eve(kanaf: Kanaf) -> None:
    add_user(kanaf, "eve", role="supervisor", agency="a", groups=("khartoum",), password=None)


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

    before = kanaf.registry().version
    kanaf.store.write(database.id, [programme.record], prepare, reads_directory=True)
    addition.join()

    assert seen == ([before] if kanaf.store.notifies else [before, before + 1])


def test_a_tablet_is_shut_out_though_there_is_always_somebody_who_pushes(programme: Programme):
    """Each of two processes goes on when the other has begun after it: one always holds it."""
    database = programme.database
    add_device(programme.kanaf, "amina", "lost-tablet")
    processes = [open_kanaf(programme.kanaf.settings) for _ in range(2)]
    has_begun = [Event(), Event()]
    both_wrote, is_over = Event(), Event()

    def push_without_end(mine: int) -> None:
        kanaf = processes[mine]

        def prepare(reading: Reading) -> Plan[None]:
            kanaf.directory(reading)
            has_begun[1 - mine].clear()
            has_begun[mine].set()
            if has_begun[1 - mine].wait(LONG_ENOUGH):
                both_wrote.set()
            return Plan(Changes(), None)

        while not is_over.is_set():
            kanaf.store.write(database.id, [f"record {mine}"], prepare, reads_directory=True)

    with ThreadPoolExecutor(3) as threads:
        pushing = [threads.submit(push_without_end, one) for one in (0, 1)]
        try:
            assert both_wrote.wait(PATIENCE_SECONDS)
            shutting_out = threads.submit(shut_out_device, programme.kanaf, "lost-tablet")
            is_through = wait([shutting_out], PATIENCE_SECONDS).done
        finally:
            is_over.set()
        for one in (*pushing, shutting_out):
            one.result(PATIENCE_SECONDS)
    for process in processes:
        process.store.close()

    assert is_through


@on_postgresql
def test_who_waits_for_the_directory_plans_by_the_one_that_comes(programme: Programme):
    """Meanwhile they hold no record, be it new or known."""
    kanaf, database = programme.kanaf, programme.database
    programme.write("amina", "k21", REGISTRATION)
    is_changing, go_on = Event(), Event()
    seen: list[int] = []

    def change(connection: Connection) -> None:
        with directory.changing(connection):
            is_changing.set()
            assert go_on.wait(PATIENCE_SECONDS)

    def prepare(reading: Reading) -> Plan[None]:
        seen.append(reading.directory_version())
        return Plan(Changes(), None)

    def write(*records: str) -> None:
        kanaf.store.write(database.id, records, prepare, reads_directory=True)

    def write_without_it(*records: str) -> None:
        kanaf.store.write(database.id, records, lambda _: Plan(Changes(), None))

    before = kanaf.registry().version
    with ThreadPoolExecutor(5) as threads:
        changing = threads.submit(kanaf.store.administratively, change)
        assert is_changing.wait(PATIENCE_SECONDS)
        lots = [(programme.record,), ("new",), (programme.record, "new 2"), ()]
        waiting = [threads.submit(write, *records) for records in lots]
        assert not wait(waiting, LONG_ENOUGH).done
        write_without_it(programme.record, "new", "new 2")
        assert not seen
        go_on.set()
        for one in (changing, *waiting):
            one.result(PATIENCE_SECONDS)

    assert seen == [before + 1] * len(lots)


def test_an_agency_that_joins_later_is_known_on_every_tablet(programme: Programme):
    add_agency(programme.kanaf, "d", "Agency d")

    assert programme.read("amina", "shared:agency:d")["name"] == "Agency d"


def test_a_new_supervisor_sees_the_records_of_their_group(programme: Programme):
    programme.write("amina", "k21", REGISTRATION)
    add_eve(programme.kanaf)
    while run_fanout(programme.kanaf):
        pass

    assert programme.shown("eve", "k21")["data"] == REGISTRATION


@on_postgresql
def test_a_step_of_the_walk_asks_for_no_second_connection_while_it_holds_records(
    programme: Programme,
):
    """Several that did would wait for each other."""
    programme.write("amina", "k21", REGISTRATION)
    add_eve(programme.kanaf)
    pool = programme.kanaf.store.writer_engine.pool
    assert isinstance(pool, QueuePool)
    at_once: list[int] = []
    event.listen(pool, "checkout", lambda *_: at_once.append(pool.checkedout()))

    assert run_fanout(programme.kanaf)

    assert set(at_once) == {1}


def test_what_a_record_gives_back_before_feeds_have_followed_is_told(programme: Programme) -> None:
    """Bilal syncs between losing the group and getting the form by a referral of before: what he
    passed over then is not behind him for good.
    """
    programme.register()
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    referral = {"to_user": "bilal", "forms": ["k21"], "service": "health"}
    sent = programme.write("amina", REFERRAL, referral)
    change_user(programme.kanaf, "bilal", groups=("khartoum",))
    run_all(programme)
    rev = programme.shown("amina", "k21")["_rev"]
    assert programme.write("amina", "k21", {**REGISTRATION, "age": 7}, _rev=rev).code is None
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    with programme.reader("bilal") as reader:
        passed = page(reader, 0, 1_000)
        assert not any(one.document_id.endswith(":k21") for one in passed.changes)

    answer = {**referral, "response": "accepted"}
    assert programme.write("bilal", REFERRAL, answer, _rev=str(sent.rev)).code is None

    with programme.reader("bilal") as reader:
        found = page(reader, passed.last_seq, 1_000)
    assert f"{programme.record}:k21" in {one.document_id for one in found.changes}


def test_what_somebody_sent_before_they_were_shut_out_and_is_written_after_it_is_refused(
    programme: Programme,
) -> None:
    """Whoever comes in is looked up anew in the transaction that writes."""
    kanaf, database, record = programme.kanaf, programme.database, programme.record
    add_device(kanaf, "amina", "amina-tablet")
    amina = programme.by_token("amina", "amina-tablet")
    document = case_document(record, "k21", "amina", amina.device, REGISTRATION)
    shut_out_device(kanaf, amina.device)

    with pytest.raises(NotAuthenticated):
        push(kanaf, database, amina, [document], is_replicated=False)

    assert programme.quarantine("bilal") == []
    assert not programme.sees("bilal", "k21")


def run_all(programme: Programme) -> None:
    while run_fanout(programme.kanaf):
        pass
