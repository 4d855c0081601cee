"""Links break and servers are away; nothing is lost, and what has arrived is not sent again."""

from __future__ import annotations

import secrets
import signal
from subprocess import Popen

from tests.protocol.api import revision
from tests.replicator.relay import Relay
from tests.replicator.running import Pair, ended, leaves, soon
from tests.replicator.test_copying import attached, fill


def count(pair: Pair) -> int:
    return int(pair.target.get().json()["doc_count"])


def fill_with_many(pair: Pair, number: int = 120) -> None:
    text = "x" * 2_000
    rows = [revision({"_id": f"{n:04}", "text": text}, f"1-{n:032x}") for n in range(number)]
    assert not pair.source.push(*rows)


def half_way(pair: Pair, to_target: Relay) -> Popen[str]:
    """A replication of 120 documents over a slow link, of which 20 at least have arrived."""
    fill_with_many(pair)
    to_target.pause = 0.05
    running = pair.begin("--batch", "10", target=pair.at(to_target.port))
    soon(lambda: count(pair) >= 20)
    return running


def test_a_replication_that_was_killed_is_taken_up_and_nothing_is_lost(
    pair: Pair, to_target: Relay
) -> None:
    running = half_way(pair, to_target)
    running.kill()
    running.communicate()
    arrived = count(pair)
    to_target.pause = 0

    said = pair.run(target=pair.at(to_target.port))

    assert 20 <= arrived < 120
    assert said.written == 120 - arrived
    assert leaves(pair.target) == leaves(pair.source)


def test_a_replication_that_is_interrupted_records_how_far_it_came(
    pair: Pair, to_target: Relay
) -> None:
    running = half_way(pair, to_target)
    running.send_signal(signal.SIGINT)
    stopped = ended(running)
    to_target.pause = 0

    said = pair.run(target=pair.at(to_target.port))

    assert stopped.status == 2
    assert "the same command goes on from here" in stopped.lines
    assert said.changes <= 110
    assert said.written == 120 - stopped.written
    assert leaves(pair.target) == leaves(pair.source)


def test_a_link_that_breaks_again_and_again_brings_everything_at_last(
    pair: Pair, to_source: Relay, to_target: Relay
) -> None:
    fill(pair.source)
    fill_with_many(pair, 60)
    to_source.cut_after = to_target.cut_after = 40_000

    said = pair.run(source=pair.at(to_source.port), target=pair.at(to_target.port))

    assert to_source.cuts > 2
    assert to_target.cuts > 2
    assert said.written == 19 + 60
    assert leaves(pair.target) == leaves(pair.source)


def test_a_target_that_is_away_for_a_while_is_tried_again(pair: Pair, to_target: Relay) -> None:
    fill(pair.source)
    to_target.off()
    running = pair.begin(target=pair.at(to_target.port))
    assert running.stderr is not None
    first = running.stderr.readline()
    to_target.on()

    said = ended(running)

    assert "the target cannot be reached" in first
    assert "trying again in 0.5 seconds" in first
    assert (said.status, said.written) == (0, 19)


def test_a_document_that_has_a_new_attachment_brings_only_that(
    pair: Pair, to_target: Relay
) -> None:
    large, small = secrets.token_bytes(200_000), secrets.token_bytes(500)
    document = {"_id": "a", "_attachments": attached(large=large)}
    assert not pair.source.push(revision(document, "1-a"))
    pair.run(target=pair.at(to_target.port))
    assert large in to_target.heard
    to_target.heard.clear()
    document["_attachments"] = {
        "large": {"stub": True, "content_type": "image/png", "revpos": 1},
        **attached(small=small),
    }
    assert not pair.source.push(revision(document, "2-a", "1-a"))

    said = pair.run(target=pair.at(to_target.port))

    assert small in to_target.heard
    assert said.bytes_written < 10_000
    assert leaves(pair.target) == leaves(pair.source)


def test_attachments_travel_as_they_are_and_every_byte_is_counted(
    pair: Pair, to_source: Relay, to_target: Relay
) -> None:
    content = secrets.token_bytes(300_000)
    assert not pair.source.push(
        revision({"_id": "a", "_attachments": attached(one=content)}, "1-a")
    )

    said = pair.run(source=pair.at(to_source.port), target=pair.at(to_target.port))

    assert 300_000 < said.bytes_read < to_source.from_server < 310_000
    assert 300_000 < said.bytes_written < to_target.to_server < 310_000
