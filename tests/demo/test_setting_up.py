from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sync_server.config import Settings, settings
from sync_server.crypto.keys import write_new_master_key
from sync_server.demo import setting_up
from sync_server.demo.places import PLACES
from sync_server.demo.setting_up import ACCOUNTS, CASES, PASSWORD, set_up_demo
from sync_server.demo.welcome import welcome
from sync_server.service.accounts import Accounts
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.waiting_for_people import open_conflicts, quarantined
from sync_server.storage.rows import DatabaseKind, DatabaseRow

MOST_SECONDS = 30
MOST_SECONDS_AGAIN = 1


@pytest.fixture
def demo_settings(tmp_path: Path) -> Settings:
    chosen = settings({"KANAF_DATA_DIR": str(tmp_path), "KANAF_DEMO": "1"})
    write_new_master_key(chosen.master_key_file)
    return chosen


def test_a_demo_is_set_up_within_half_a_minute_and_a_second_time_at_once(
    demo_settings: Settings, figure: Callable[[str], None]
) -> None:
    with _opened(demo_settings) as kanaf:
        first = _seconds(lambda: set_up_demo(kanaf))
    said: list[str] = []
    with _opened(demo_settings) as kanaf:
        second = _seconds(lambda: set_up_demo(kanaf, said.append))

    figure(f"{first:.1f} s, again {second:.3f} s")
    assert first < MOST_SECONDS
    assert second < MOST_SECONDS_AGAIN
    assert said == []


def test_a_demo_has_its_databases_and_cases_and_something_that_waits_for_people(
    demo_settings: Settings,
) -> None:
    with _opened(demo_settings) as kanaf:
        set_up_demo(kanaf)
        database, reference = kanaf.database("sudan"), kanaf.database("reference")
        with kanaf.store.read() as reading:
            services = reading.document_count(reference.id, deleted=False)

        assert (database.kind, reference.kind) == (DatabaseKind.CASE, DatabaseKind.OPEN)
        assert _count_of_cases(kanaf, database) == CASES
        assert services == len(PLACES)
        for name in ("amina", "bilal"):
            (conflict,) = open_conflicts(kanaf, database, _caller(kanaf, name))
            (refused,) = quarantined(kanaf, database, _caller(kanaf, name))
            candidates = conflict["open"]["data.household_size"]
            assert {one["author"] for one in candidates} == {"amina", "bilal"}
            (problem,) = refused["problems"]
            assert (problem["path"], problem["code"]) == ("age", "out_of_range")
        assert open_conflicts(kanaf, database, _caller(kanaf, "dina")) == []
        assert quarantined(kanaf, database, _caller(kanaf, "dina")) == []


def test_everybody_of_the_demo_signs_in_and_so_does_each_device(demo_settings: Settings) -> None:
    with _opened(demo_settings) as kanaf:
        set_up_demo(kanaf)
        accounts, registry = Accounts(kanaf), kanaf.registry()

        for account in ACCOUNTS:
            caller = accounts.basic(registry, account.name, PASSWORD)
            assert caller.person.role.name == account.role
            for device in account.devices:
                assert accounts.basic(registry, device, PASSWORD).device == device


@pytest.mark.parametrize("last_line", ["cases: 100 of 200", "waiting: "])
def test_a_demo_that_was_interrupted_is_completed_by_the_next_start(
    demo_settings: Settings, last_line: str
) -> None:
    def cut_short(line: str) -> None:
        if line.startswith(last_line):
            raise KeyboardInterrupt

    with _opened(demo_settings) as kanaf, pytest.raises(KeyboardInterrupt):
        set_up_demo(kanaf, cut_short)
    said: list[str] = []
    with _opened(demo_settings) as kanaf:
        set_up_demo(kanaf, said.append)
        database = kanaf.database(setting_up.CASE_DATABASE)
        count = _count_of_cases(kanaf, database)
        refused = quarantined(kanaf, database, _caller(kanaf, "amina"))

    assert said[-2] == "cases: 200 of 200"
    assert len(refused) == 1
    assert count == CASES


def test_a_demo_says_where_it_is_and_how_to_sign_in() -> None:
    said = welcome("http://127.0.0.1:8984")

    assert "http://127.0.0.1:8984/sync/sudan" in said
    assert PASSWORD in said
    for account in ACCOUNTS:
        assert {account.name, *account.devices} <= set(said.split())


def _count_of_cases(kanaf: Kanaf, database: DatabaseRow) -> int:
    with kanaf.store.read() as reading:
        records = reading.records_after(database.id, "", 10_000)
    return len([one for one in records if one != "shared"])


def _caller(kanaf: Kanaf, name: str) -> Caller:
    person = kanaf.directory().named(name)
    assert person is not None
    return Caller(person, f"{name}-tablet-1")


@contextmanager
def _opened(chosen: Settings) -> Iterator[Kanaf]:
    kanaf = open_kanaf(chosen)
    with closing(kanaf.store):
        yield kanaf


def _seconds(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began
