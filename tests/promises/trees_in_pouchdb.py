"""What an unchanged PouchDB answers for many histories, in one Node process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tablet.stock import node_command
from tests.conflict.tree_histories import History

SCRIPT = Path(__file__).with_suffix(".mjs")

Told = dict[str, Any]


class TreesInPouchDB:
    """A Node process that puts histories into new databases, inside `with`."""

    def __init__(self, installation: Path) -> None:
        self._installation = installation

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*node_command(), str(SCRIPT)],
            cwd=self._installation,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def told(
        self, histories: Sequence[History], *, revs_limit: int, at_once: int
    ) -> list[list[Told]]:
        """For each history, what PouchDB says after each of its parts.

        Returns:
            {"winner", "leaves": [{"rev", "deleted"}], "conflicts", "missing", "copies"}; copies
            are the revisions that PouchDB has twice, or once had.
        """
        trees = [_tree(f"d{number}", one) for number, one in enumerate(histories)]
        batch = {"revs_limit": revs_limit, "at_once": at_once, "trees": trees}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(batch) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "Node ended; its error stands above"
        told: list[list[Told]] = json.loads(line)
        return told


def _tree(document_id: str, history: History) -> dict[str, Any]:
    parts = [[push.document(document_id) for push in part] for part in history.parts]
    return {"id": document_id, "parts": parts, "asked": [str(rev) for rev in history.asked]}
