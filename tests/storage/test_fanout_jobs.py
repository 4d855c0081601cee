"""A walk over all records goes on where it stopped, whoever stopped it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sync_server.storage import fanout
from sync_server.storage.fanout import FanoutJob
from sync_server.storage.store import Store
from tests.storage.writing import Programme

NOW = 1_000.0
WAIT = 600.0


def ask_for_a_walk(programme: Programme) -> None:
    programme.store.administratively(lambda connection: fanout.add_job(connection, programme.id))


def next_job(store: Store) -> FanoutJob:
    with store.read() as reading:
        job, *_ = fanout.jobs(reading.connection)
    return job


def test_without_a_job_there_is_no_next_one(store: Store) -> None:
    with store.read() as reading:
        assert fanout.jobs(reading.connection) == []


def test_a_job_starts_before_the_first_record(programme: Programme) -> None:
    ask_for_a_walk(programme)

    job = next_job(programme.store)
    assert (job.database_id, job.after_record) == (programme.id, "")


def test_a_job_goes_on_where_it_was_when_the_server_stopped(
    programme: Programme, new_store: Callable[[], Store]
) -> None:
    programme.change("a", "b", "c")
    ask_for_a_walk(programme)
    job = next_job(programme.store)
    programme.store.administratively(lambda connection: fanout.advance_job(connection, job.id, "b"))
    programme.store.close()

    after = new_store()
    with after.read() as reading:
        resumed = next_job(after)
        assert reading.records_after(programme.id, resumed.after_record, 10) == ["c"]


def test_jobs_are_done_in_the_order_of_asking(programme: Programme) -> None:
    ask_for_a_walk(programme)
    ask_for_a_walk(programme)
    first = next_job(programme.store)
    with programme.store.read() as reading:
        assert fanout.pending_jobs(reading.connection, programme.id) == 2

    programme.store.administratively(lambda connection: fanout.end_jobs(connection, [first.id]))

    assert next_job(programme.store).id > first.id
    with programme.store.read() as reading:
        assert fanout.pending_jobs(reading.connection, programme.id) == 1


def test_the_id_of_a_job_that_has_ended_is_never_another_ones(programme: Programme) -> None:
    """Two processes may walk for one job; the slower one ends it once more."""
    ask_for_a_walk(programme)
    ended = next_job(programme.store)
    end = partial(fanout.end_jobs, ids=[ended.id])
    programme.store.administratively(end)
    ask_for_a_walk(programme)

    programme.store.administratively(end)

    assert next_job(programme.store).id != ended.id


def test_a_job_covers_those_after_it_until_it_has_begun(programme: Programme) -> None:
    first, second = (FanoutJob(number, programme.id, "") for number in (1, 2))
    begun = replace(first, after_record="a")
    elsewhere = replace(second, database_id=programme.id + 1)

    assert first.covers(second)
    assert not begun.covers(second)
    assert not first.covers(elsewhere)


def put_off(programme: Programme, *records: str, now: float = NOW) -> None:
    programme.store.administratively(
        lambda connection: fanout.put_off(connection, programme.id, records, now, WAIT)
    )


def due(programme: Programme, now: float, limit: int = 10) -> dict[str, float]:
    """The records that are to be tried again, each with since when."""
    with programme.store.read() as reading:
        found = fanout.due_records(reading.connection, now, limit)
    return {one.record_id: one.since for one in found}


def test_records_that_were_put_off_are_due_after_a_while(programme: Programme) -> None:
    put_off(programme, "b", "a")
    put_off(programme, "c", now=NOW - 1)

    assert due(programme, NOW + WAIT - 1) == {"c": NOW - 1}
    assert due(programme, NOW + WAIT) == {"a": NOW, "b": NOW, "c": NOW - 1}
    assert list(due(programme, NOW + WAIT, limit=1)) == ["c"]


def test_a_record_that_fails_again_and_again_is_tried_ever_later(programme: Programme) -> None:
    now, waits = NOW, []
    for _ in range(5):
        put_off(programme, "a", now=now)
        with programme.store.read() as reading:
            (one,) = fanout.due_records(reading.connection, now + 1e9, 10)
        waits.append(one.due_at - now)
        now = one.due_at

    assert waits == [WAIT, WAIT, 2 * WAIT, 4 * WAIT, 8 * WAIT]
    assert one.since == NOW


def test_a_record_that_has_caught_up_is_not_tried_again(programme: Programme) -> None:
    put_off(programme, "a", "b")

    programme.store.administratively(
        lambda connection: fanout.caught_up(connection, programme.id, ["a"])
    )

    assert due(programme, NOW + WAIT) == {"b": NOW}
    with programme.store.read() as reading:
        assert fanout.lagging_records(reading.connection, programme.id) == 1


def test_records_are_walked_a_few_at_a_time_each_once(programme: Programme) -> None:
    programme.change("a", "b", "c", "d", "e")
    walked: list[str] = []
    with programme.store.read() as reading:
        while few := reading.records_after(programme.id, walked[-1] if walked else "", 2):
            walked += few

    assert walked == ["a", "b", "c", "d", "e"]
