"""A new demo: its accounts, its databases and their cases, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sync_server.demo.cases import Document, demo_cases
from sync_server.demo.places import PLACES
from sync_server.demo.waiting import make_clash, make_refused
from sync_server.errors import DatabaseMissing, DocumentConflict
from sync_server.service.administration import (
    add_database,
    area_configuration,
    initialise,
    publish,
)
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import add_agency, add_device, add_group, add_user
from sync_server.service.kanaf import Kanaf
from sync_server.service.pushing import push
from sync_server.sharing.roles import REGISTRATION
from sync_server.storage import directory
from sync_server.storage.rows import DatabaseKind, DatabaseRow

PASSWORD = "kanaf-demo"
"""The password of every account, and the token of every device."""

CASE_DATABASE, OPEN_DATABASE = "sudan", "reference"
CASES, SEED = 200, 20261123

_AGENCIES = {"a": "Nile Child Support", "b": "Acacia Wellbeing", "c": "Green Valley Children"}
_CASES_AT_ONCE = 50
_READY = "demo_ready"


class DemoRefused(Exception):
    """The server did not take one of the demo's own documents: a fault of ours."""


@dataclass(frozen=True)
class _Account:
    """A user of the demo and their tablets."""

    name: str
    role: str
    agency: str
    groups: tuple[str, ...]
    devices: tuple[str, ...] = ()


ACCOUNTS = (
    _Account("amina", "caseworker", "a", ("khartoum",), ("amina-tablet-1", "amina-tablet-2")),
    _Account("bilal", "supervisor", "a", ("khartoum",), ("bilal-tablet-1",)),
    _Account("chen", "service_provider", "b", (), ("chen-tablet-1",)),
    _Account("dina", "caseworker", "c", ("gedaref",), ("dina-tablet-1",)),
    _Account("admin", "administrator", "a", ()),
)


def set_up_demo(kanaf: Kanaf, say: Callable[[str], None] = lambda line: None) -> None:
    """Fills a new server with the demo; does nothing on one that has it.

    What an interrupted set up has left undone is done by the next one.

    Args:
        say: is given a line for each part that is done.
    """
    initialise(kanaf)
    if _is_ready(kanaf):
        return
    for code, name in _AGENCIES.items():
        add_agency(kanaf, code, name)
    for group in sorted({group for one in ACCOUNTS for group in one.groups}):
        add_group(kanaf, group)
    for account in ACCOUNTS:
        _add_account(kanaf, account)
    say(f"accounts: {', '.join(account.name for account in ACCOUNTS)}; password {PASSWORD}")
    database = _database(kanaf, CASE_DATABASE, DatabaseKind.CASE)
    publish(kanaf, database, area_configuration("SD"))
    reference = _database(kanaf, OPEN_DATABASE, DatabaseKind.OPEN)
    _push(kanaf, reference, _caller(kanaf, "admin", ""), list(PLACES))
    say(f"databases: {CASE_DATABASE}, with Sudan's administrative areas; {OPEN_DATABASE}")
    cases = demo_cases(SEED, CASES, datetime.fromtimestamp(kanaf.clock(), UTC).date())
    _push_cases(kanaf, database, cases, say)
    _push_what_waits(kanaf, database, cases)
    say("waiting: two household sizes for one child, and a refused age (amina, bilal)")
    kanaf.store.administratively(
        lambda connection: directory.set_setting(connection, _READY, "yes")
    )


def _is_ready(kanaf: Kanaf) -> bool:
    with kanaf.store.read() as reading:
        return directory.setting(reading.connection, _READY) is not None


def _add_account(kanaf: Kanaf, account: _Account) -> None:
    if kanaf.directory().named(account.name) is None:
        add_user(
            kanaf,
            account.name,
            role=account.role,
            agency=account.agency,
            groups=account.groups,
            password=PASSWORD,
        )
    with kanaf.store.read() as reading:
        known = {device.name for device in directory.devices(reading.connection)}
    for device in account.devices:
        if device not in known:
            add_device(kanaf, account.name, device, token=PASSWORD)


def _database(kanaf: Kanaf, name: str, kind: DatabaseKind) -> DatabaseRow:
    try:
        return kanaf.database(name)
    except DatabaseMissing:
        return add_database(kanaf, name, kind)


def _push_cases(
    kanaf: Kanaf,
    database: DatabaseRow,
    cases: list[tuple[str, list[Document]]],
    say: Callable[[str], None],
) -> None:
    done = 0
    for author, documents, count in _batches(cases):
        _push(kanaf, database, _caller(kanaf, author, f"{author}-tablet-1"), documents)
        done += count
        say(f"cases: {done} of {len(cases)}")


def _push_what_waits(
    kanaf: Kanaf, database: DatabaseRow, cases: list[tuple[str, list[Document]]]
) -> None:
    """Lets amina and bilal disagree on one of her children, and her mistype the age of another.

    Raises:
        DemoRefused: the outcome is not that.
    """
    amina = _caller(kanaf, "amina", "amina-tablet-1")
    bilal = _caller(kanaf, "bilal", "bilal-tablet-1")
    ids = [one["_id"] for who, documents in cases if who == "amina" for one in documents]
    disputed, mistyped, *_ = (one for one in ids if one.endswith(f":{REGISTRATION}"))
    codes = make_clash(kanaf, database, disputed, (amina, bilal))
    codes.append(make_refused(kanaf, database, mistyped, amina))
    if codes != [None, None, "invalid_answers"]:
        raise DemoRefused(f"{disputed}, {mistyped}: {codes}")


def _batches(
    cases: list[tuple[str, list[Document]]],
) -> Iterator[tuple[str, list[Document], int]]:
    """Some cases of one author at a time: the author, all their documents, how many cases."""
    for author in sorted({author for author, _ in cases}):
        own = [documents for one, documents in cases if one == author]
        for start in range(0, len(own), _CASES_AT_ONCE):
            some = own[start : start + _CASES_AT_ONCE]
            yield author, [document for case in some for document in case], len(some)


def _caller(kanaf: Kanaf, name: str, device: str) -> Caller:
    person = kanaf.directory().named(name)
    assert person is not None, "accounts come first"
    return Caller(person, device)


def _push(kanaf: Kanaf, database: DatabaseRow, caller: Caller, documents: list[Document]) -> None:
    """Pushes documents; those that are there already stay.

    Raises:
        DemoRefused: one was not accepted.
    """
    for receipt in push(kanaf, database, caller, documents, is_replicated=False):
        if receipt.code not in (None, DocumentConflict.code):
            raise DemoRefused(f"{receipt.document_id}: {receipt.code}")
