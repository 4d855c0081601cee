"""Random histories of tablets that edit one document, offline and in any order.

A history is played against servers (replicas); what comes out of it is the authored graph: every
edit with its path and body, and the merges that edits were made on. The tablets are stock CouchDB
clients: they show the winner of their own tree and know nothing of merging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from conflict.graph import authored_graph
from conflict.revision import Rev
from conflict.tree import Kind, RevisionTree, plain_path
from tests.conflict.edits import FIRST, Act, edited
from tests.conflict.replica import Body, Replica


@dataclass(frozen=True)
class Clock:
    """A tablet's clock, which may be a year wrong, and stand still."""

    wrong_by: timedelta = timedelta()
    stands: bool = False

    def now(self, hour: int) -> str:
        """What it shows some hours after the beginning."""
        begun = datetime(2026, 11, 23, tzinfo=UTC) + self.wrong_by
        return (begun if self.stands else begun + timedelta(hours=hour)).isoformat()


@dataclass
class Tablet:
    """A client with a tree of its own; `unsent` holds the leaf that no server has seen."""

    name: str
    clock: Clock
    acts: Sequence[Act] | None = None
    tree: RevisionTree = field(default_factory=RevisionTree)
    bodies: dict[Rev, Body] = field(default_factory=dict)
    unsent: list[Rev] = field(default_factory=list)

    def edit(self, random: Random, serial: int) -> None:
        """One edit of what the tablet shows; now and then the settling of an open unit."""
        shown = self.tree.winner().rev if len(self.tree) else None
        before = self.bodies[shown] if shown else FIRST
        body = edited(random, before, serial, self.acts)
        body["author"] = self.name
        body["edited_at"] = self.clock.now(serial)
        rev = Rev(
            shown.generation + 1 if shown else 1, f"{random.getrandbits(64):016x}{serial:016x}"
        )
        path = (rev, *(self.tree.path(shown) if shown else ()))
        self.tree.insert(plain_path(path, deleted="_deleted" in body))
        self.bodies[rev] = body
        self.unsent.append(rev)

    def push(self, random: Random, server: Replica) -> None:
        """Sends the unsent leaf, and now and then what lies between, as if synced more often."""
        leaves = {leaf.rev for leaf in self.tree.leaves()}
        for rev in self.unsent:
            if rev in leaves or random.random() < 0.5:
                server.receive(self.tree.path(rev), self.bodies[rev])
        self.unsent.clear()

    def pull(self, server: Replica) -> None:
        """Fetches every leaf of the server, tombstones and merges included."""
        for leaf in server.tree.leaves():
            _, *interior = plain_path(server.tree.path(leaf.rev))
            self.tree.insert((leaf, *interior))
            self.bodies[leaf.rev] = server.bodies[leaf.rev]


@dataclass(frozen=True)
class Delivery:
    """A revision as it may arrive at a server."""

    path: tuple[Rev, ...]
    body: Body


@dataclass(frozen=True)
class History:
    """The authored graph of a history, as deliveries.

    Attributes:
        needed: what every server must receive: the skeleton and all leaves.
        optional: bodies in the middle of a line, which a server may know or not.
    """

    needed: tuple[Delivery, ...]
    optional: tuple[Delivery, ...]


def random_history(
    random: Random,
    *,
    tablets: int,
    edits: int,
    servers: int = 2,
    clocks: Random | None = None,
    acts: Sequence[Act] | None = None,
) -> History:
    """Plays a history of up to `tablets` tablets with up to `edits` edits each.

    Args:
        acts: what people do; of every kind where none is given.
        clocks: makes the tablets' clocks wrong; whatever they are, the rest is as without.
    """
    world = [Replica() for _ in range(servers)]
    crew = [Tablet(f"tablet{number}", _clock(clocks), acts) for number in range(tablets)]
    _begin(random, crew, world)
    for serial in range(tablets * edits):
        tablet, server = random.choice(crew), random.choice(world)
        act = random.random()
        if act < 0.5:
            tablet.edit(random, serial)
        elif act < 0.6:
            tablet.pull(server)
        else:
            tablet.push(random, server)
            if act < 0.9:
                tablet.pull(server)
        if random.random() < 0.2:
            exchange(world[0], world[-1], asking=True)
    for tablet in crew:
        tablet.push(random, random.choice(world))
    for _ in range(3):
        exchange(world[0], world[-1], asking=True)
    return _history(world)


def _clock(clocks: Random | None) -> Clock:
    if clocks is None:
        return Clock()
    return Clock(timedelta(days=clocks.choice([-365, -1, 0, 1, 365])), clocks.random() < 0.3)


def exchange(one: Replica, other: Replica, *, asking: bool = False) -> None:
    """Two servers replicate both ways, as hubs do: leaves, and the bodies a merge depends on.

    Args:
        asking: leave out what the other has, as replicators do; else that is sent again, too.
    """
    for source, target in ((one, other), (other, one)):
        graph = authored_graph(source.tree)
        wanted = {leaf.rev for leaf in source.tree.leaves()} | graph.skeleton
        for rev in sorted(wanted):
            is_known = asking and rev in target.bodies
            if rev in source.bodies and not is_known:
                target.receive(source.tree.path(rev), source.bodies[rev])


def _begin(random: Random, crew: list[Tablet], world: list[Replica]) -> None:
    """Usually all tablets start from one registered document; sometimes each makes its own."""
    if random.random() < 0.9:
        crew[0].edit(random, 10_000)
        for server in world:
            leaf = crew[0].tree.winner().rev
            server.receive(crew[0].tree.path(leaf), crew[0].bodies[leaf])
        crew[0].unsent.clear()
        for tablet in crew[1:]:
            tablet.pull(world[0])


def _history(world: list[Replica]) -> History:
    """What the servers know, without merges that nobody edited and without closed leaves."""
    union = world[0]
    graph = authored_graph(union.tree)
    assert not graph.awaited
    wanted = graph.skeleton | set(graph.heads)
    bodies: dict[Rev, Body] = {}
    for server in world:
        bodies.update(server.bodies)
    authored = {rev for rev in graph.parents if rev in bodies}
    edited = graph.edited_merges

    def deliveries(revs: set[Rev]) -> tuple[Delivery, ...]:
        return tuple(Delivery(union.tree.path(rev), bodies[rev]) for rev in sorted(revs))

    kept = {
        rev
        for rev in wanted
        if rev in bodies and union.tree[rev].kind in (Kind.AUTHORED, Kind.MERGE)
    }
    return History(deliveries(kept | set(edited)), deliveries(authored - kept))
