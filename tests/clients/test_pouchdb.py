"""An unchanged PouchDB, new and old, against an open database."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tablet.stock import Credentials, StockTablet
from tests.protocol.api import Api, revision
from tests.protocol.cases import new_rev
from tests.support.server import ADMIN, KanafServer

pytestmark = [pytest.mark.pouchdb, pytest.mark.clients]
NewTablet = Callable[..., StockTablet]
ADMINISTRATOR = Credentials(*ADMIN)
AWAY_SECONDS = 60
"""For PouchDB to try again: it waits longer each time."""


def test_what_was_pushed_is_pulled_by_another_tablet(
    open_db: Api, new_tablet: NewTablet, tmp_path: Path
) -> None:
    sender, receiver = new_tablet(tmp_path / "sender"), new_tablet(tmp_path / "receiver")
    revs = {f"d{n}": sender.put({"_id": f"d{n}", "n": n}) for n in range(120)}

    pushed = sender.push(open_db.url, ADMINISTRATOR)
    pulled = receiver.pull(open_db.url, ADMINISTRATOR)

    assert (pushed.ok, pushed.docs_written, pulled.docs_written) == (True, 120, 120)
    assert {row["id"]: row["value"]["rev"] for row in receiver.all_docs()} == revs
    assert sender.push(open_db.url, ADMINISTRATOR).docs_read == 0
    assert receiver.pull(open_db.url, ADMINISTRATOR).docs_read == 0


@pytest.mark.parametrize(
    "chosen",
    [
        {"doc_ids": [f"d{n}" for n in range(0, 120, 5)]},
        {"selector": {"n": {"$mod": [5, 0]}}},
    ],
    ids=["doc_ids", "selector"],
)
def test_a_part_of_a_database_is_pulled_whole_and_once(
    open_db: Api, tablet: StockTablet, chosen: dict[str, Any]
) -> None:
    """Source: PouchDB, API Reference, Replicate a database, and Filtered replication."""
    open_db.push(*(revision({"_id": f"d{n}", "n": n}, new_rev(1)) for n in range(120)))

    pulled = tablet.pull(open_db.url, ADMINISTRATOR, batch_size=10, **chosen)
    again = tablet.pull(open_db.url, ADMINISTRATOR, batch_size=10, **chosen)

    assert (pulled.ok, pulled.docs_written) == (True, 24)
    assert (again.ok, again.docs_read) == (True, 0)
    assert {row["id"] for row in tablet.all_docs()} == {f"d{n}" for n in range(0, 120, 5)}


def test_conflicting_edits_arrive_as_leaves_on_both_tablets(
    open_db: Api, new_tablet: NewTablet, tmp_path: Path
) -> None:
    one, other = new_tablet(tmp_path / "one"), new_tablet(tmp_path / "other")
    first = one.put({"_id": "a", "n": 0})
    one.push(open_db.url, ADMINISTRATOR)
    other.pull(open_db.url, ADMINISTRATOR)
    edits = {one.put({"_id": "a", "_rev": first, "n": 1})}
    edits.add(other.put({"_id": "a", "_rev": first, "n": 2}))

    for tablet in (one, other, one):
        tablet.sync(open_db.url, ADMINISTRATOR)

    winner = open_db.get("a", conflicts=True).json()
    assert {winner["_rev"], *winner["_conflicts"]} == edits
    for tablet in (one, other):
        assert tablet.get("a")["_rev"] == winner["_rev"]
        assert {leaf["_rev"] for leaf in tablet.leaves("a")} == edits


def test_deletions_go_both_ways(open_db: Api, tablet: StockTablet) -> None:
    here, there = tablet.put({"_id": "here"}), open_db.write({"_id": "there"})
    tablet.sync(open_db.url, ADMINISTRATOR)
    tablet.pull(open_db.url, ADMINISTRATOR)

    tablet.remove("here", here)
    open_db.delete("there", rev=there)
    tablet.push(open_db.url, ADMINISTRATOR)
    tablet.pull(open_db.url, ADMINISTRATOR)

    assert tablet.all_docs() == []
    assert open_db.get("_all_docs").json()["rows"] == []


def test_attachments_go_both_ways(open_db: Api, tablet: StockTablet) -> None:
    up, down = secrets.token_bytes(50_000), secrets.token_bytes(50_000)
    tablet.put_attachment("up", "f.bin", up, "application/octet-stream")
    open_db.request("PUT", "down/f.bin", data=down)

    tablet.push(open_db.url, ADMINISTRATOR)
    tablet.pull(open_db.url, ADMINISTRATOR)

    assert open_db.get("up/f.bin").content == up
    assert tablet.get_attachment("down", "f.bin") == down


def test_a_live_pull_brings_what_is_written_while_it_waits(
    open_db: Api, tablet: StockTablet
) -> None:
    open_db.write({"_id": "before"})
    tablet.start_live_pull(open_db.url, ADMINISTRATOR)

    rev = open_db.write({"_id": "after"})

    assert tablet.wait_for("after", {"_rev": rev}, time_limit=10)["_id"] == "after"
    assert tablet.get("before")["_id"] == "before"
    assert tablet.stop_live_pull().status == "cancelled"


def test_a_live_push_sends_what_is_written_while_it_waits(
    open_db: Api, tablet: StockTablet
) -> None:
    tablet.put({"_id": "before"})
    tablet.start_live_push(open_db.url, ADMINISTRATOR)
    since = open_db.last_seq()

    rev = tablet.put({"_id": "after"})
    told = open_db.get("_changes", feed="longpoll", since=since, timeout=10_000).json()

    assert [(row["id"], row["changes"]) for row in told["results"]] == [("after", [{"rev": rev}])]
    assert open_db.get("before").status_code == 200
    assert tablet.stop_live_push().status == "cancelled"


def test_live_replications_go_on_when_the_server_was_away(
    server: KanafServer, open_db: Api, tablet: StockTablet
) -> None:
    tablet.start_live_push(open_db.url, ADMINISTRATOR, retry=True)
    tablet.start_live_pull(open_db.url, ADMINISTRATOR, retry=True)
    since = open_db.last_seq()

    server.stop()
    rev = tablet.put({"_id": "written-meanwhile"})
    server.start()
    told = open_db.get("_changes", feed="longpoll", since=since, timeout=AWAY_SECONDS * 1000)
    open_db.write({"_id": "written-afterwards"})

    assert [row["changes"] for row in told.json()["results"]] == [[{"rev": rev}]]
    tablet.wait_for("written-afterwards", {}, time_limit=AWAY_SECONDS)
