"""A replication that goes on brings what changes later."""

from __future__ import annotations

import signal

from tests.replicator.relay import Relay
from tests.replicator.running import Pair, ended, leaves, soon
from tests.replicator.test_copying import attached, fill


def test_what_changes_later_arrives_until_somebody_ends_it(pair: Pair) -> None:
    fill(pair.source)
    running = pair.begin("--continuous")
    soon(lambda: len(leaves(pair.target)) == 17)
    assert running.stderr is not None
    assert running.stderr.readline().startswith("up to date: ")
    rev = pair.source.write({"_id": "later", "_attachments": attached(one=b"1")})
    pair.source.write({"_id": "later", "_rev": rev, "n": 2})
    soon(lambda: leaves(pair.target) == leaves(pair.source))

    running.send_signal(signal.SIGTERM)
    said = ended(running)

    assert said.status == 0
    assert pair.run().changes == 0


def test_a_broken_link_is_taken_up_again_without_end(
    pair: Pair, to_source: Relay, to_target: Relay
) -> None:
    addresses = {"source": pair.at(to_source.port), "target": pair.at(to_target.port)}
    to_source.off()
    running = pair.begin("--continuous", "--retries", "0", **addresses)
    assert running.stderr is not None
    running.stderr.readline()
    to_source.on()
    pair.source.write({"_id": "first"})
    soon(lambda: "first" in leaves(pair.target))
    for relay in (to_source, to_target):
        relay.off()
    pair.source.write({"_id": "second"})
    for relay in (to_source, to_target):
        relay.on()

    soon(lambda: "second" in leaves(pair.target))

    running.send_signal(signal.SIGINT)
    assert ended(running).status == 0


def test_a_source_that_is_made_anew_meanwhile_is_copied_from_its_start(pair: Pair) -> None:
    for number in range(5):
        pair.source.write({"_id": f"old-{number}"})
    running = pair.begin("--continuous")
    soon(lambda: len(leaves(pair.target)) == 5)
    assert pair.source.delete().status_code == 200
    assert pair.source.put().status_code == 201
    pair.source.write({"_id": "new"})

    soon(lambda: "new" in leaves(pair.target) or running.poll() is not None)
    if running.poll() is None:
        running.send_signal(signal.SIGTERM)
        ended(running)
    else:  # it looked while there was none
        assert ended(running).status == 2
        pair.run()

    assert "new" in leaves(pair.target)
