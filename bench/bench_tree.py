"""Revision trees of 100 to 10,000 revisions, a twentieth of them leaves: median times and growth.

A trunk of half the revisions; the others in branches of ten, from anywhere on the trunk. A path
brings at most the 1,000 newest ids, as CouchDB and PouchDB send them.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence

from bench.measuring import arguments, medians, surroundings, table, write_json
from conflict.revision import Rev
from conflict.revs_diff import revs_diff
from conflict.tree import Node, RevisionTree, plain_path

SIZES = (100, 300, 1_000, 3_000, 10_000)
BRANCH = 10
PATH_IDS = 1_000
LIMIT = 100

Path = tuple[Rev, ...]
Times = dict[str, float]


def main() -> None:
    """Measures all sizes in turn, round after round, and prints a table of medians."""
    chosen = arguments(__doc__ or "", rounds=9)
    chance = random.Random(20261123)
    paths = {size: _paths(size, chance) for size in SIZES}
    rounds: dict[int, list[Times]] = {size: [] for size in SIZES}
    for _ in range(chosen.rounds):
        for size in SIZES:
            rounds[size].append(_round(paths[size]))
    found = {size: medians(times) for size, times in rounds.items()}
    rows: list[list[object]] = []
    for name in found[SIZES[0]]:
        times = [found[size][name] for size in SIZES]
        rows.append([name, *(f"{1000 * seconds:,.3f}" for seconds in times), times[-1] / times[2]])
    columns = ["milliseconds of CPU", *(f"{size:,}" for size in SIZES), "10,000 : 1,000"]
    print(table(f"revision trees, medians of {chosen.rounds} rounds", columns, rows))
    print(surroundings())
    write_json(chosen.json, {"medians": found, "rounds": rounds})


def _paths(size: int, chance: random.Random) -> list[Path]:
    """Every revision of a tree with its newest ancestors, parents first."""
    paths: list[Path] = []
    for generation in range(1, size // 2 + 1):
        paths.append(_longer(paths[-1] if paths else (), generation, chance))
    for _ in range(size // 2 // BRANCH):
        path = chance.choice(paths[: size // 2 - 1])
        for _ in range(BRANCH):
            path = _longer(path, path[0].generation + 1, chance)
            paths.append(path)
    return paths


def _longer(path: Path, generation: int, chance: random.Random) -> Path:
    return (Rev(generation, f"{chance.getrandbits(128):032x}"), *path)[:PATH_IDS]


def _round(paths: Sequence[Path]) -> Times:
    ids = {path[0]: Node(path[0], stored=False) for path in paths}
    parents = {path[1] for path in paths if len(path) > 1}
    nodes = [(Node(path[0]), *(ids[rev] for rev in path[1:])) for path in paths]
    tops = [path for path in nodes if path[0].rev not in parents]
    tree = _inserted(nodes)
    stored = list(tree)
    asked = [path[0] for path in paths[::20]] + [Rev(rev.generation, "x") for rev in parents][::20]
    return {
        "its leaves inserted": _seconds(lambda: _inserted(tops)),
        "its leaves inserted, paths made too": _seconds(
            lambda: _inserted([plain_path([node.rev for node in path]) for path in tops])
        ),
        "every revision inserted as it is made": _seconds(lambda: _inserted(nodes)),
        "and the winner read each time": _seconds(lambda: _inserted_and_read(nodes)),
        "all inserted again": _seconds(lambda: [tree.insert(path) for path in nodes]),
        "made of its stored nodes": _seconds(lambda: RevisionTree(stored)),
        "winner": _seconds(tree.winner),
        "leaves": _seconds(tree.leaves),
        "_revs_diff of a tenth": _seconds(lambda: revs_diff(tree, asked)),
        f"stemmed to {LIMIT}": _seconds(lambda: RevisionTree(stored).stem(LIMIT)),
    }


def _inserted(paths: Sequence[Sequence[Node]]) -> RevisionTree:
    tree = RevisionTree()
    for path in paths:
        tree.insert(path)
    return tree


def _inserted_and_read(paths: Sequence[Sequence[Node]]) -> None:
    tree = RevisionTree()
    for path in paths:
        tree.insert(path)
        tree.winner()


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    before = time.process_time()
    work()
    seconds = time.process_time() - before
    gc.enable()
    return seconds


if __name__ == "__main__":
    main()
