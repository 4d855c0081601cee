"""A merge must not depend on the order in which a process walks its sets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.conflict.histories import random_history
from tests.conflict.test_order_independence import FIRST_SEED, delivered, outcome

HISTORIES = 40


def all_outcomes() -> str:
    """A digest of what some histories come to."""
    digest = hashlib.sha256()
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        history = random_history(Random(seed), tablets=4, edits=3)
        digest.update("".join(outcome(delivered(list(history.needed)))).encode())
    return digest.hexdigest()


def test_processes_that_hash_differently_merge_alike() -> None:
    command = [sys.executable, "-c", f"from {__name__} import all_outcomes; print(all_outcomes())"]
    found = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }

    assert len(found) == 1
