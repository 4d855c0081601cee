"""How long a promise is tried: one round every day, or round after round with `make soak`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

FIRST_SEED = 20_261_123
IS_SOAK = os.environ.get("KANAF_SOAK") == "1"
_REACHED = Path(__file__).parents[2] / "var" / "soak"


def rounds(promise: int, what: str, cases: int) -> Iterator[int]:
    """The seeds of the rounds to try: one every day; in a soak until KANAF_SOAK_MINUTES are over.

    A soak goes on from the seed that the last one reached, and says how many cases of `what`
    all of them have tried.

    Args:
        cases: tried by one round.
    """
    if not IS_SOAK:
        yield FIRST_SEED
        return
    until = time.monotonic() + 60 * float(os.environ.get("KANAF_SOAK_MINUTES", "30"))
    file = _REACHED / f"promise-{promise}-{what.replace(' ', '-')}.json"
    done = json.loads(file.read_text())["rounds"] if file.exists() else 0
    file.parent.mkdir(parents=True, exist_ok=True)
    while time.monotonic() < until:
        yield FIRST_SEED + done * 1_000_003
        done += 1
        file.write_text(json.dumps({"rounds": done, "cases": done * cases}))
    print(f"promise {promise}, {what}: {done * cases} cases in all soaks until now")
