"""Promise 8: merging does not depend on order."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from tests.conflict.test_order_independence import OrderMattered, try_history
from tests.promises.soaking import rounds

pytestmark = pytest.mark.promise(8)

HISTORIES = 2_000
HISTORIES_AT_ONCE = 50
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.conflict.test_order_independence"])


def tried(seed: int) -> str:
    """What came of a history: `merged`, `open`, `waits`; or `mattered: …`, also where it broke."""
    try:
        return try_history(seed)
    except (OrderMattered, KeyError, ValueError) as problem:
        return f"mattered: seed {seed}: {problem!r}"


def test_every_order_of_delivery_gives_the_same_leaf_and_the_same_open_units():
    for seed in rounds(8, "histories", HISTORIES):
        before = time.monotonic()
        with processes.Pool(os.cpu_count()) as pool:
            ends = pool.map(tried, range(seed, seed + HISTORIES), HISTORIES_AT_ONCE)
        seconds = time.monotonic() - before
        wrong = [end for end in ends if end.startswith("mattered")]
        print(
            f"promise 8: {HISTORIES} histories in {seconds:.0f} s, {len(wrong)} depended on "
            f"order; {ends.count('merged')} merged, {ends.count('open')} open, "
            f"{ends.count('waits')} wait; seed {seed}"
        )

        assert wrong == []
        assert ends.count("open") > HISTORIES // 10
        assert ends.count("merged") > HISTORIES // 10
        assert ends.count("waits") < HISTORIES // 20
