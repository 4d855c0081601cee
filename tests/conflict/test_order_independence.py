"""Promise 8: merging does not depend on order."""

from __future__ import annotations

import json
from itertools import permutations
from random import Random

import pytest

from conflict import resolution as resolution_module
from conflict.graph import AuthoredGraph
from conflict.resolution import Minted
from conflict.revision import Rev
from conflict.tree import Kind
from tests.conflict.histories import Delivery, History, exchange, random_history
from tests.conflict.replica import Replica

HISTORIES = 60
FIRST_SEED = 20_261_123


class OrderMattered(AssertionError):
    """Two servers came to different ends."""


def outcome(replica: Replica) -> tuple[str, str]:
    """The live leaf and its body, or what the document waits for."""
    if replica.resolution.waits_for:
        return "waits", ",".join(str(rev) for rev in sorted(replica.resolution.waits_for))
    if replica.shown is None:
        return "deleted", ""
    rev, body = replica.shown
    return str(rev), json.dumps(body, sort_keys=True)


def delivered(order: list[Delivery]) -> Replica:
    replica = Replica()
    for delivery in order:
        replica.receive(delivery.path, delivery.body)
    return replica


def any_order(random: Random, history: History) -> list[Delivery]:
    """All that is needed, some of what is optional, some of it twice, shuffled."""
    order = [*history.needed]
    order += [delivery for delivery in history.optional if random.random() < 0.5]
    order += [delivery for delivery in order if random.random() < 0.2]
    random.shuffle(order)
    return order


def split_over_two_servers(random: Random, history: History) -> tuple[Replica, Replica]:
    """Each delivery reaches one of two servers, which replicate now and then and at the end."""
    servers = (Replica(), Replica())
    for delivery in any_order(random, history):
        random.choice(servers).receive(delivery.path, delivery.body)
        if random.random() < 0.2:
            exchange(*servers)
    for _ in range(3):
        exchange(*servers)
    return servers


def try_history(seed: int) -> str:
    """Plays one history in many orders.

    Returns:
        What came of it: `merged`, `open` or `waits`.

    Raises:
        OrderMattered: with the seed.
    """
    random = Random(seed)
    history = random_history(random, tablets=random.randint(2, 5), edits=random.randint(1, 4))
    expected = outcome(delivered(list(history.needed)))
    ends = [outcome(delivered(any_order(random, history))) for _ in range(6)]
    ends += [outcome(server) for server in split_over_two_servers(random, history)]
    for end in ends:
        if end != expected:
            raise OrderMattered(f"seed {seed}: {expected} in one order, {end} in another")
    if expected[0] in ("waits", "deleted"):
        return expected[0]
    return "open" if json.loads(expected[1]).get("merge", {}).get("open") else "merged"


def test_every_order_of_delivery_gives_the_same_leaf_and_the_same_open_units() -> None:
    ends = [try_history(seed) for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES)]
    print({end: ends.count(end) for end in sorted(set(ends))}, "of", HISTORIES, "histories")
    assert ends.count("open") > HISTORIES // 10
    assert ends.count("merged") > HISTORIES // 10
    assert ends.count("waits") < HISTORIES // 20


def test_every_permutation_of_a_small_history_gives_the_same() -> None:
    tried = 0
    for seed in range(FIRST_SEED, FIRST_SEED + 2 * HISTORIES):
        random = Random(seed)
        history = random_history(random, tablets=random.randint(2, 5), edits=2)
        deliveries = [*history.needed, *history.optional]
        if len(deliveries) > 5:
            continue
        ends = {outcome(delivered(list(order))) for order in permutations(deliveries)}
        tried += 1
        assert len(ends) == 1, f"seed {seed}"
    assert tried > HISTORIES // 3


def try_histories(count: int) -> None:
    """Tries histories until one of them shows that order mattered."""
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        try_history(seed)


def _every_known_body_counts(graph: AuthoredGraph) -> frozenset[Rev]:
    return frozenset(node.rev for node in graph.tree if node.stored and not node.deleted)


def _every_merge_counts(graph: AuthoredGraph) -> frozenset[Rev]:
    return frozenset(node.rev for node in graph.tree if node.kind is Kind.MERGE and node.stored)


def _no_tombstones(*_: object) -> list[Minted]:
    return []


@pytest.mark.parametrize(
    ("owner", "name", "fault"),
    [
        (AuthoredGraph, "skeleton", property(_every_known_body_counts)),
        (AuthoredGraph, "edited_merges", property(_every_merge_counts)),
        (resolution_module, "_closings", _no_tombstones),
    ],
    ids=[
        "bodies in the middle count",
        "merges that nobody edited count",
        "superseded leaves are not closed",
    ],
)
def test_a_planted_fault_is_caught(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, fault: object
) -> None:
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises((AssertionError, ValueError, KeyError)):
        try_histories(200)
