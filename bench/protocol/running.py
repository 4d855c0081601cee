"""The rounds: every measure on every server in turn, A B C A B C, so that all meet one weather."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.measuring import medians
from bench.protocol.cost import Figures
from bench.protocol.kanaf_peer import kanaf_on_postgresql, kanaf_on_sqlite
from bench.protocol.measures import MEASURES
from bench.protocol.peer import Peer
from bench.protocol.pouchdb_peer import pouchdb_server
from bench.protocol.scene import Scene
from bench.protocol.sizes import Sizes

Rounds = dict[str, dict[str, list[Figures]]]
_PEERS = (kanaf_on_sqlite, kanaf_on_postgresql, pouchdb_server)


@dataclass(frozen=True)
class Measured:
    """What a run found.

    Attributes:
        load: what else ran on the machine: its load average over 5 minutes before the run.
        durability: by server: what an answered write survives.
        rounds: by measure, then by server, each round's figures.
    """

    sizes: Sizes
    load: float
    durability: dict[str, str]
    rounds: Rounds

    @property
    def medians(self) -> dict[str, dict[str, Figures]]:
        """By measure, then by server."""
        return {
            measure: {peer: medians(rounds) for peer, rounds in by_peer.items()}
            for measure, by_peer in self.rounds.items()
        }


def run(sizes: Sizes) -> Measured:
    """Starts all servers, fills them with the same, and measures."""
    load = os.getloadavg()[1]
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kanaf-bench-")))
        peers = [
            running.enter_context(start(folder / str(number)))
            for number, start in enumerate(_PEERS)
        ]
        durability = {peer.name: peer.durability() for peer in peers}
        scene = Scene(sizes)
        for peer in peers:
            _progress(f"filling {peer.name}")
            scene.fill(peer)
            peer.settle()
        return Measured(sizes, load, durability, _rounds(peers, scene))


def _rounds(peers: Sequence[Peer], scene: Scene) -> Rounds:
    found: Rounds = {one.name: {peer.name: [] for peer in peers} for one in MEASURES}
    for number in range(1, scene.sizes.rounds + 1):
        for measure in MEASURES:
            _progress(f"round {number}: {measure.name}")
            for peer in peers:
                found[measure.name][peer.name].append(measure.run(peer, scene))
    return found


def _progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")
