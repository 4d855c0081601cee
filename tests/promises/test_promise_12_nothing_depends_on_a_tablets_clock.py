"""Promise 12: nothing depends on a tablet's clock."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from itertools import compress
from random import Random

import pytest

from conflict.merge import Merged, merged
from tests.conflict.histories import random_history
from tests.conflict.test_order_independence import delivered, outcome
from tests.promises.soaking import rounds

pytestmark = pytest.mark.promise(12)

HISTORIES = 300
SETTINGS_OF_CLOCKS = 4
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.conflict.test_order_independence"])


def end(seed: int, clocks: Random | None) -> str:
    """What a history comes to, its times left out."""
    random = Random(seed)
    tablets, edits = random.randint(2, 4), random.randint(1, 4)
    history = random_history(random, tablets=tablets, edits=edits, clocks=clocks)
    leaf, body = outcome(delivered(list(history.needed)))
    shown = json.loads(body) if body.startswith("{") else {"state": body}
    shown.pop("edited_at", None)
    return f"{leaf} {json.dumps(shown, sort_keys=True)}"


def depends_on_clocks(seed: int) -> bool:
    """Whether a history ends otherwise when the tablets' clocks are wrong."""
    ends = {end(seed, Random(number)) for number in range(SETTINGS_OF_CLOCKS)}
    return ends != {end(seed, None)}


def test_wrong_and_standing_clocks_change_nothing():
    for seed in rounds(12, "histories", HISTORIES):
        seeds = range(seed, seed + HISTORIES)
        with processes.Pool(os.cpu_count()) as pool:
            wrong = list(compress(seeds, pool.map(depends_on_clocks, seeds)))
        print(
            f"promise 12: {HISTORIES} histories, each under {SETTINGS_OF_CLOCKS + 1} settings of "
            f"the tablets' clocks (a year wrong, standing still), {len(wrong)} depended on them; "
            f"seed {seed}"
        )

        assert wrong == []


def _last_by_the_clock(merging: Callable[..., Merged]) -> Callable[..., Merged]:
    """A merge that lets the edit win that the latest clock shows."""

    def merge(graph, bodies, *rules_and_history):
        found = merging(graph, bodies, *rules_and_history)
        for unit, one in found.open.items():
            latest = max(one.writers, key=lambda writer: bodies[writer.rev].get("edited_at", ""))
            if str(unit).startswith("data.") and isinstance(latest.value, (int, str)):
                found.body["data"][unit.name] = latest.value
        return found

    return merge


def test_a_merge_by_the_clock_is_caught(monkeypatch: pytest.MonkeyPatch):
    """The planted fault."""
    monkeypatch.setattr("conflict.resolution.merged", _last_by_the_clock(merged))

    assert any(depends_on_clocks(seed) for seed in range(60))
