"""An open database through RxDB's replication with CouchDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any, Protocol

import pytest

from tests.clients.node import Script, Scripts
from tests.protocol.api import Api
from tests.support.server import ADMIN, KanafServer

pytestmark = pytest.mark.clients
_numbers = count()


class Tablet:
    """An RxDB database in memory. `expected` documents are whole; None is one that is not there."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._name = f"tablet{next(_numbers)}"
        self._call("open")

    def close(self) -> None:
        self._call("close")

    def replicate(self, database: Api, **options: Any) -> None:
        """Returns when both directions have done what was there; goes on, as is RxDB's way."""
        name, password = ADMIN
        url = f"{database.url}/"
        self._call("replicate", url=url, username=name, password=password, options=options)

    def in_sync(self) -> list[str]:
        """Waits until nothing is left to do; what went wrong on the way."""
        errors: list[str] = self._call("in_sync")
        return errors

    def insert(self, *documents: dict[str, Any]) -> None:
        told = self._call("insert", documents=documents)
        assert told == {"written": len(documents), "failed": 0}

    def patch(self, document: str, **changes: Any) -> None:
        self._call("patch", id=document, changes=changes)

    def remove(self, document: str) -> None:
        self._call("remove", id=document)

    def get(self, document: str) -> Any:
        return self._call("get", id=document)

    def all(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self._call("all")
        return documents

    def wait_for(self, document: str, expected: object, time_limit: float = 15) -> None:
        self._call("wait_for", id=document, expected=expected, time_limit=time_limit)

    def _call(self, command: str, **arguments: Any) -> Any:
        return self._script.call(command, **{"name": self._name, **arguments})


class NewTablet(Protocol):
    def __call__(self) -> Tablet: ...


@pytest.fixture(scope="module")
def script(scripts: Scripts) -> Script:
    return scripts.start("rxdb")


@pytest.fixture
def new_tablet(script: Script) -> Iterator[NewTablet]:
    with ExitStack() as opened:

        def new() -> Tablet:
            tablet = Tablet(script)
            opened.callback(tablet.close)
            return tablet

        yield new


def test_what_was_pushed_is_pulled_by_another_tablet(open_db: Api, new_tablet: NewTablet) -> None:
    sender, receiver = new_tablet(), new_tablet()
    documents = [{"id": f"d{n:03}", "n": n} for n in range(70)]
    sender.insert(*documents)

    sender.replicate(open_db, live=False)
    receiver.replicate(open_db, live=False)

    assert open_db.get("d007").json().items() >= {"_id": "d007", "n": 7}.items()
    assert open_db.get().json()["doc_count"] == 70
    assert sorted(receiver.all(), key=lambda one: one["id"]) == documents


def test_changes_go_both_ways_as_they_are_made(open_db: Api, new_tablet: NewTablet) -> None:
    one, other = new_tablet(), new_tablet()
    for tablet in (one, other):
        tablet.replicate(open_db)

    one.insert({"id": "a", "n": 1})
    other.wait_for("a", {"id": "a", "n": 1})
    other.patch("a", n=2)
    one.wait_for("a", {"id": "a", "n": 2})
    rev = open_db.get("a").json()["_rev"]
    open_db.write({"_id": "a", "_rev": rev, "n": 3})

    for tablet in (one, other):
        tablet.wait_for("a", {"id": "a", "n": 3})
        assert tablet.in_sync() == []


def test_deletions_go_both_ways(open_db: Api, new_tablet: NewTablet) -> None:
    one, other = new_tablet(), new_tablet()
    one.insert({"id": "a", "n": 1}, {"id": "b", "n": 1})
    for tablet in (one, other):
        tablet.replicate(open_db)

    one.remove("a")
    other.wait_for("a", None)
    open_db.delete("b", rev=open_db.get("b").json()["_rev"])
    one.wait_for("b", None)
    other.wait_for("b", None)

    assert open_db.get("_all_docs").json()["rows"] == []


def test_the_later_of_two_edits_gives_way_to_what_the_server_has(
    open_db: Api, new_tablet: NewTablet
) -> None:
    """RxDB's own handler of conflicts: what the server has wins, and no second leaf is made."""
    one, other = new_tablet(), new_tablet()
    one.insert({"id": "a", "n": 0})
    for tablet in (one, other):
        tablet.replicate(open_db, live=False)
    one.patch("a", n=1)
    other.patch("a", n=2)

    one.replicate(open_db, live=False)
    other.replicate(open_db, live=False)

    assert open_db.get("a", conflicts=True).json().items() >= {"n": 1}.items()
    assert "_conflicts" not in open_db.get("a", conflicts=True).json()
    other.wait_for("a", {"id": "a", "n": 1})


def test_replication_goes_on_when_the_server_was_away(
    open_db: Api, server: KanafServer, new_tablet: NewTablet
) -> None:
    tablet = new_tablet()
    tablet.insert({"id": "before", "n": 0})
    tablet.replicate(open_db, retryTime=500)
    since = open_db.last_seq()

    server.stop()
    tablet.insert({"id": "written-meanwhile", "n": 1})
    server.start()
    told = open_db.get("_changes", feed="longpoll", since=since, timeout=20_000).json()
    open_db.write({"_id": "written-afterwards", "n": 2})

    assert [row["id"] for row in told["results"]] == ["written-meanwhile"]
    tablet.wait_for("written-afterwards", {"id": "written-afterwards", "n": 2})
