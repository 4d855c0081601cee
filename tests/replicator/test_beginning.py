"""Where a replication begins: what is there, what was made anew, what is only tried."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.replicator.front import Asked, Own, front
from tests.replicator.running import Pair, leaves
from tests.replicator.test_copying import fill
from tests.support.server import KanafServer


def test_a_target_is_made_where_that_is_asked_for(
    servers: tuple[KanafServer, KanafServer], pair: Pair
) -> None:
    fill(pair.source)
    assert pair.target.delete().status_code == 200

    without = pair.run(expect=2)
    said = pair.run("--create-target")

    assert "or let it be made with --create-target" in without.lines
    assert without.lines.count("\n") == 1
    assert said.written == 19
    assert leaves(pair.target) == leaves(pair.source)
    assert pair.run("--create-target").changes == 0


def test_a_source_that_was_made_anew_is_copied_from_its_start(pair: Pair) -> None:
    fill(pair.source)
    pair.run()
    assert pair.source.delete().status_code == 200
    assert pair.source.put().status_code == 201
    pair.source.write({"_id": "new"})

    said = pair.run()

    assert (said.changes, said.written) == (1, 1)
    assert "new" in leaves(pair.target)


def test_a_target_that_was_made_anew_gets_everything_again(pair: Pair) -> None:
    fill(pair.source)
    pair.run()
    assert pair.target.delete().status_code == 200
    assert pair.target.put().status_code == 201

    said = pair.run()

    assert said.written == 19
    assert leaves(pair.target) == leaves(pair.source)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_database_that_is_made_anew_under_way_is_noticed(pair: Pair, side: str) -> None:
    """What went before lies in a database that is no more, and so do the checkpoints."""
    asked: list[Asked] = []
    database, port = pair.target, pair.there.port
    if side == "source":
        database, port = pair.source, pair.here.port

    def made_anew(request: Asked) -> Own | None:
        if "_bulk_" in request.path:
            asked.append(request)
            if len(asked) == 3:
                assert database.delete().status_code == 200
                assert database.put().status_code == 201
                if side == "source":
                    for number in range(5):
                        pair.source.write({"_id": f"new-{number}"})
        return None

    for number in range(20):
        pair.source.write({"_id": f"old-{number:02}"})
    with front(port, made_anew) as there:
        address: dict[str, Any] = {side: pair.at(there)}
        said = pair.run("--batch", "4", **address)
        again = pair.run(**address)

    here, arrived = leaves(pair.source), leaves(pair.target)
    assert "trying again" in said.lines
    assert len(here) == (5 if side == "source" else 20)
    assert {name: arrived.get(name) for name in here} == here
    assert again.changes == 0


def test_a_dry_run_tells_what_would_be_sent_and_writes_nothing(
    pair: Pair, admin: requests.Session
) -> None:
    fill(pair.source)
    before = [database.last_seq() for database in (pair.source, pair.target)]

    tried = pair.run("--dry-run")

    assert tried.summary == "17 changes read, 19 documents would be sent\n"
    assert [database.last_seq() for database in (pair.source, pair.target)] == before
    assert pair.run().changes == 17
    assert pair.run("--dry-run").summary == "0 changes read, 0 documents would be sent\n"


def test_a_dry_run_makes_no_target(pair: Pair) -> None:
    pair.source.write({"_id": "a"})
    assert pair.target.delete().status_code == 200

    tried = pair.run("--dry-run", "--create-target")

    assert tried.summary == "1 changes read, 1 documents would be sent\n"
    assert pair.target.get().status_code == 404


def test_both_ways_between_two_databases_end_in_the_same(pair: Pair) -> None:
    pair.source.write({"_id": "here"})
    pair.target.write({"_id": "there"})

    pair.run()
    pair.run(source=pair.target.url, target=pair.source.url)

    assert leaves(pair.source) == leaves(pair.target)
    assert leaves(pair.source).keys() == {"here", "there"}
