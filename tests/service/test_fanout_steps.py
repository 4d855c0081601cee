"""The walk that brings feeds to a changed directory does little, and a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from sync_server.errors import Overloaded
from sync_server.service.directory_changes import add_group, add_user, change_user
from sync_server.service.fanout import Lull, run_fanout
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.publishing import next_revision, publish_form, published_to
from sync_server.storage.fanout import lagging_records, pending_jobs
from sync_server.storage.reading import revision_row
from sync_server.storage.rows import RevisionRow
from tests.service.conftest import REGISTRATION, Programme
from tests.service.damage import spoil_key, write_key
from tests.service.test_changing_people import at_rest, feed
from tests.support.postgres import libpq

DOCUMENTS_AT_ONCE = 5
"""Of records with one document each, of which one user gets to see another part."""


def begin_records(programme: Programme, count: int) -> list[str]:
    """Records of amina's with a registration each."""
    records = [str(uuid4()) for _ in range(count)]
    for programme.record in records:
        assert programme.write("amina", "k21", REGISTRATION).code is None
    return records


def pending(programme: Programme) -> int:
    with programme.kanaf.store.read() as reading:
        return pending_jobs(reading.connection, programme.database.id)


def versions(programme: Programme, records: list[str]) -> dict[str, int]:
    with programme.kanaf.store.read() as reading:
        return reading.record_versions(programme.database.id, records)


def update_seq(programme: Programme) -> int:
    with programme.kanaf.store.read() as reading:
        return reading.update_seq(programme.database.id)


def test_changes_that_wait_together_are_one_walk(programme: Programme) -> None:
    at_rest(programme)
    begin_records(programme, 1)
    for name, group in (("bilal", "gedaref"), ("dina", "khartoum"), ("bilal", "khartoum")):
        change_user(programme.kanaf, name, groups=(group,))
    change_user(programme.kanaf, "dina", role="supervisor")
    assert pending(programme) == 4

    assert run_fanout(programme.kanaf)

    assert pending(programme) == 0
    assert programme.sees("dina", "k21")


def test_a_change_during_a_walk_is_a_walk_of_its_own(programme: Programme) -> None:
    at_rest(programme)
    records = begin_records(programme, 101)  # more than are looked at in one step
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    assert run_fanout(programme.kanaf)
    assert pending(programme) == 1, "the walk was over after a step"

    change_user(programme.kanaf, "dina", role="supervisor", groups=("khartoum",))
    at_rest(programme)

    with programme.reader("dina") as reader:
        seen = reader.sight.reading.visible_ids(
            programme.database.id, reader.sight.caller.person.id
        )
    assert {f"{record}:k21" for record in records} <= set(seen)


def test_who_is_overtaken_in_a_walk_does_not_end_the_next_one(programme: Programme) -> None:
    at_rest(programme)
    programme.register()
    change_user(programme.kanaf, "bilal", groups=("gedaref",))

    store = programme.kanaf.store
    with open_again(programme.kanaf) as other, overtaken(store, partial(walk_and_change, other)):
        assert run_fanout(programme.kanaf)

    at_rest(programme)
    assert programme.sees("dina", "k21")
    assert f"{programme.record}:k21" in feed(programme, "dina")


def walk_and_change(kanaf: Kanaf) -> None:
    """A walk to its end, and a change that asks for another one."""
    while run_fanout(kanaf):
        pass
    change_user(kanaf, "dina", role="supervisor", groups=("khartoum",))


@contextmanager
def open_again(kanaf: Kanaf) -> Iterator[Kanaf]:
    """The same service in another process, as it were."""
    other = open_kanaf(kanaf.settings)
    with closing(other.store):
        yield other


@contextmanager
def overtaken(store: Any, by: Callable[[], None]) -> Iterator[None]:
    """The next transaction of administration waits until others have done something."""
    work = store.administratively

    def after_others(*given: Any) -> Any:
        del store.administratively
        by()
        return work(*given)

    store.administratively = after_others
    yield


def test_a_record_that_cannot_be_brought_up_to_date_holds_up_no_other(
    programme: Programme,
) -> None:
    at_rest(programme)
    records = begin_records(programme, 2 * DOCUMENTS_AT_ONCE)
    broken, *others = sorted(records)
    spoil_key(programme, broken)
    let_dina_in(programme)

    with capture_logs() as logged:
        at_rest(programme)

    programme.record = ""
    told = {one for one in feed(programme, "dina") if one.endswith(":k21")}
    assert told == {f"{record}:k21" for record in others}
    assert lagging(programme) == 1, "nobody would try it again"
    assert pending(programme) == 0, "tablets would wait for it before they compare"
    assert logged == [
        {
            "event": "feeds do not follow",
            "log_level": "error",
            "database": programme.database.name,
            "record": broken,
            "kind": "Unopenable",
        }
    ]


def test_a_record_that_was_passed_over_is_tried_again_after_ten_minutes(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_over(programme)
    wait(programme, monkeypatch, 590)
    assert not run_fanout(programme.kanaf)
    assert f"{programme.record}:k21" not in feed(programme, "dina")

    wait(programme, monkeypatch, 20)
    at_rest(programme)

    assert f"{programme.record}:k21" in feed(programme, "dina")
    assert lagging(programme) == 0


def test_walks_go_before_records_that_were_passed_over(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_over(programme)
    wait(programme, monkeypatch, 610)
    change_user(programme.kanaf, "chen", groups=("gedaref",))

    assert run_fanout(programme.kanaf)

    assert pending(programme) == 0
    assert f"{programme.record}:k21" in feed(programme, "dina"), "a walk looks at all records"
    assert run_fanout(programme.kanaf), "the record was to be tried again"
    assert lagging(programme) == 0
    assert not run_fanout(programme.kanaf)


def test_a_database_that_goes_away_is_no_fault_of_its_records(programme: Programme) -> None:
    if not programme.kanaf.store.notifies:
        pytest.skip("SQLite has no connection that could be ended")
    at_rest(programme)
    begin_records(programme, 3)
    let_dina_in(programme)

    with ended_while_reading(programme.kanaf, "audience"), pytest.raises(Overloaded):
        run_fanout(programme.kanaf)

    assert (pending(programme), lagging(programme)) == (1, 0)
    at_rest(programme)
    assert programme.sees("dina", "k21")


@contextmanager
def ended_while_reading(kanaf: Kanaf, table: str) -> Iterator[None]:
    """PostgreSQL ends the connection of whoever reads a table."""

    def end(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: Any
    ) -> None:
        if f"FROM {table}" in statement:
            with psycopg.connect(libpq(kanaf.store.url)) as other:
                process = connection.connection.dbapi_connection.info.backend_pid
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    event.listen(kanaf.store.reader, "before_cursor_execute", end)
    yield
    event.remove(kanaf.store.reader, "before_cursor_execute", end)


def lagging(programme: Programme) -> int:
    with programme.kanaf.store.read() as reading:
        return lagging_records(reading.connection, programme.database.id)


def pass_over(programme: Programme) -> None:
    """Dina comes in while the record cannot be opened; then it can be again."""
    at_rest(programme)
    programme.register()
    key = spoil_key(programme, programme.record)
    let_dina_in(programme)
    at_rest(programme)
    write_key(programme, programme.record, key)


def wait(programme: Programme, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Sets the service's clock, which stands still from then on, to so much later."""
    later = programme.kanaf.clock() + seconds
    monkeypatch.setattr(programme.kanaf, "clock", lambda: later)


def let_dina_in(programme: Programme) -> None:
    """Dina becomes a supervisor of amina's group."""
    change_user(programme.kanaf, "dina", role="supervisor", groups=("khartoum",))


def test_a_record_that_is_seen_as_before_is_not_written(programme: Programme) -> None:
    at_rest(programme)
    records = begin_records(programme, 3)
    before, seq = versions(programme, records), update_seq(programme)

    change_user(programme.kanaf, "chen", groups=("gedaref",))
    at_rest(programme)

    assert (versions(programme, records), update_seq(programme)) == (before, seq)


def test_no_transaction_of_a_walk_has_many_rows(programme: Programme) -> None:
    at_rest(programme)
    begin_records(programme, 3 * DOCUMENTS_AT_ONCE)
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    seqs = [update_seq(programme)]
    programme.kanaf.store.commit_listeners.append(lambda _, seq: seqs.append(seq))

    at_rest(programme)

    taken = [after - before for before, after in pairwise(seqs)]
    assert taken == [DOCUMENTS_AT_ONCE] * 3


def test_a_record_that_many_get_to_see_or_lose_is_divided_by_them(programme: Programme) -> None:
    """Killed between any two of its transactions, the walk goes on with who is left."""
    names = [f"reader-{number}" for number in range(12)]
    for name in names:
        add_user(programme.kanaf, name, role="supervisor", agency="c", groups=("gedaref",))
    at_rest(programme)
    programme.register()
    document = f"{programme.record}:k21"

    for group, sees in (("khartoum", True), ("gedaref", False), ("khartoum", True)):
        for name in names:
            change_user(programme.kanaf, name, groups=(group,))
        killed = 0
        while True:
            with killed_after_a_write(programme.kanaf.store) as writes:
                at_rest(programme)
            if not writes:
                break
            killed += 1
        assert killed == 2, "ten users at once"
        assert [document in feed(programme, name) for name in names] == [sees] * 12
        assert programme.shown("amina", "k21")["data"] == REGISTRATION


@contextmanager
def killed_after_a_write(store: Any) -> Iterator[list[str]]:
    """What is done inside ends with its first transaction that writes a record."""
    write, writes = store.write, list[str]()

    def write_and_die(*given: Any, **options: Any) -> Any:
        write(*given, **options)
        writes.append("written")
        raise KeyboardInterrupt

    store.write = write_and_die
    with suppress(KeyboardInterrupt):
        yield writes
    del store.write


def test_a_long_history_is_not_read_when_others_get_to_see_it_or_lose_it(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of many long histories would keep all others waiting."""
    at_rest(programme)
    ids = [f"{generation:032x}" for generation in range(500, 0, -1)]
    edit = programme.write("amina", "k21", REGISTRATION, _revisions={"start": 500, "ids": ids})
    assert edit.code is None
    read: list[str] = []

    def counted(row: Any, body: bytes | None) -> RevisionRow:
        read.append(row.rev)
        return revision_row(row, body)

    for group, sees in (("gedaref", False), ("khartoum", True)):
        change_user(programme.kanaf, "bilal", groups=(group,))
        with monkeypatch.context() as counting:
            counting.setattr("sync_server.storage.reading.revision_row", counted)
            at_rest(programme)
        assert programme.sees("bilal", "k21") == sees
        assert (f"{programme.record}:k21" in feed(programme, "bilal")) == sees

    assert 0 < len(read) < 50
    assert len(tree_of(programme, "k21")) == 501, "nothing is lost, and a touch is on it"


def tree_of(programme: Programme, form: str) -> list[RevisionRow]:
    """All revisions of a form of the record."""
    document = f"{programme.record}:{form}"
    with programme.kanaf.store.read() as one:
        return one.revisions(programme.database.id, [document])[document]


def test_a_form_that_is_published_gives_a_walk_nothing_to_write(programme: Programme) -> None:
    records = begin_records(programme, 3)
    at_rest(programme)
    before = versions(programme, records)
    publish_new_form(programme)
    add_group(programme.kanaf, "port-sudan")
    change_user(programme.kanaf, "dina", groups=("gedaref", "port-sudan"))

    at_rest(programme)

    assert versions(programme, records) == before
    programme.record = records[0]
    assert programme.write("amina", "k100", {"seen": True}).code is None
    assert programme.sees("bilal", "k100")


def publish_new_form(programme: Programme) -> None:
    forms = published_to(programme.kanaf, programme.database)
    definition = {
        "name": "visit",
        "title": {"en": "Visit"},
        "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
        "cardinality": "one",
        "fields": [{"name": "seen", "type": "yes_no", "label": {"en": "Seen"}}],
    }
    publish_form(programme.kanaf, programme.database, next_revision(forms, definition, "k100"))


def test_a_step_waits_until_the_directory_is_left_alone() -> None:
    lull = Lull()

    assert lull.seconds_left(newest=1, now=100.0) == 0.25
    assert lull.seconds_left(newest=1, now=100.125) == 0.125
    assert lull.seconds_left(newest=2, now=100.125) == 0.25
    assert lull.seconds_left(newest=2, now=100.375) == 0
    assert lull.seconds_left(newest=2, now=100.376) == 0
    assert lull.seconds_left(newest=0, now=100.377) == 0


@pytest.mark.parametrize("pause", [0.01, 0.05, 0.1, 0.2, 0.24, 0.26])
@pytest.mark.parametrize("step_seconds", [0.02, 0.1, 1.0])
def test_changes_without_a_pause_hold_up_no_step_for_more_than_five_seconds(
    pause: float, step_seconds: float
) -> None:
    """Looked at as a server does: after every wait, and after every step."""
    lull, now, steps = Lull(), 100.0, [100.0]
    while now < 130:
        newest = int((now - 100) / pause) + 1
        seconds = lull.seconds_left(newest, now)
        if not seconds:
            steps.append(now)
        now += seconds or step_seconds

    assert max(later - earlier for earlier, later in pairwise([*steps, now])) <= 5.3 + step_seconds


def test_after_a_moment_in_which_nothing_changed_patience_begins_anew() -> None:
    lull = Lull()
    for number in range(100):
        lull.seconds_left(number, 100 + number / 10)
    assert lull.seconds_left(100, 110.0) == 0

    assert lull.seconds_left(100, 110.25) == 0
    assert lull.seconds_left(101, 110.3) == 0.25
