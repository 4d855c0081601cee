"""Promise 4: no byte about a document outside the user's audience, from any endpoint."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from sync_server.http.routes import Routes, register_routes
from sync_server.service import directory_changes
from sync_server.service.fanout import run_fanout
from sync_server.sharing.roles import ROLES
from tests.promises.confidential.inventory import INVENTORY, Tried
from tests.promises.confidential.oracle import READS, WHOSE
from tests.promises.confidential.walk import NOTHING, Walk, untried_routes, url_map
from tests.promises.confidential.world import (
    EVERY_STATE,
    Reader,
    World,
    cast,
    populate,
    populate_at_random,
)
from tests.promises.enrolment import launcher
from tests.promises.soaking import IS_SOAK, rounds
from tests.support.both import Kind
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(4)
SHARE = 0.08
"""Of the requests that try a route, so many are sent to each target every day."""
SHARE_WITH_FAULT = 0.3
FAULTS = {
    "serving_any_attachment": ["attachments.read"],
    "confirming_before_looking": ["attachments.read"],
    "comparing_with_hidden_revisions": ["bulk.revs_diff"],
    "counting_hidden_documents": ["databases.information"],
    "telling_forbidden_from_missing": ["documents.read"],
    "judging_before_looking": ["documents.write", "bulk.bulk_documents"],
    "showing_all_that_was_refused": ["supervision.quarantine"],
    "telling_of_checkpoints": ["checkpoints.read"],
    "trusting_inboxes": ["changes.changes"],
}
"""Planted faults, and the routes that tell too much by them."""


@contextmanager
def programme(
    folder: Path,
    database_url: str | None,
    seed: int,
    states: Iterable[tuple[str, bool]] = EVERY_STATE,
    fault: str | None = None,
) -> Iterator[World]:
    """A server with a programme full of canaries, another one for each seed."""
    started = launcher(fault) if fault else None
    with KanafServer(folder, database_url=database_url, launcher=started) as server:
        world = World(server, seed)
        populate(world, states)
        if IS_SOAK:
            populate_at_random(world)
        yield world


def test_nobody_is_told_of_what_they_may_not_see(kind: Kind, tmp_path: Path) -> None:
    for seed in rounds(4, f"programmes on {kind.name}", 1):
        chance = random.Random(f"walk {seed}")  # what is planted is drawn from the seed itself
        folder = tmp_path / str(uuid.uuid4())
        with kind.fresh() as url, programme(folder, url, seed) as world:
            walk = Walk(world, chance, 0.3 if IS_SOAK else SHARE)
            everybody = walk.everybody()
            for reader in everybody:
                walk.read_everything(reader)
            what_others_write_changes_nothing(walk, everybody)
            for reader in everybody:
                walk.write_everything(reader)
            what_has_ended_is_over_at_once(walk)
        routes = {f"{way} {one.endpoint}" for one in INVENTORY for way in one.methods}
        print(
            f"promise 4 on {kind.name}: {len(routes)} routes and methods, "
            f"{len(walk.who)} personas, {walk.sent} requests, "
            f"{len(world.canaries.places)} canaries, {len(walk.leaks)} leaks, seed {seed}"
        )

        assert not walk.leaks, "\n".join(walk.leaks)


def what_others_write_changes_nothing(walk: Walk, everybody: list[Reader | None]) -> None:
    """Documents that somebody does not see are in no count, page or place of what they are told."""
    world = walk.world
    readers = [one for one in everybody if one is None or one.device]
    before = [walk.answers(one) for one in readers]
    hidden = world.begin("stranger")
    for form in ("k20", "k21", "k7", "k8"):
        document = world.fill("stranger", hidden, form)
        world.edit("stranger", document, world.rewritten(document))
    world.refuse("stranger", f"{hidden}:k22")
    near = next(one for one, now in world.records.items() if now.owner == "amina")
    world.edit("amina", f"{near}:k20", world.rewritten(f"{near}:k20"))
    world.refuse("amina", f"{near}:k20")
    for reader, told in zip(readers, before, strict=True):
        if not world.sees(reader, f"{near}:k20"):
            walk.compare(reader, told, walk.answers(reader), "others wrote")


def what_has_ended_is_over_at_once(walk: Walk) -> None:
    """Access that ends has ended with the next answer, long before feeds are told."""
    world = walk.world
    world.remember()
    world.server.stop()
    with world.opened() as kanaf:
        directory_changes.change_user(kanaf, "bilal", groups=("bahri",))
        directory_changes.change_user(kanaf, "agency_manager-a", agency="B")
        directory_changes.change_user(kanaf, "data_clerk-a", role="service_provider")
        directory_changes.shut_out_device(kanaf, world.readers["tracing_officer-a"].device)
        directory_changes.shut_out_user(kanaf, "supervisor-c")
    world.server.start(launcher("leaving_walks_to_others"))
    world.people["bilal"].group = "bahri"
    world.people["agency_manager-a"].agency = "B"
    world.people["data_clerk-a"].role = "service_provider"
    for name in ("tracing_officer-a", "supervisor-c"):
        world.people[name].may_come_in = False
    world.club.members = {"dina"}
    world.admit(world.club.name, {"dina"})
    for record, now in world.records.items():
        for name, referral in now.referrals.items():
            if referral.state in ("sent", "accepted"):
                world.end(f"{record}:{name}")
        written = f"{record}:k21"
        if now.owner == "amina" and written in world.documents:  # what nobody was told before
            world.edit("amina", written, world.rewritten(written))
    changed = ["bilal", "agency_manager-a", "data_clerk-a", "tracing_officer-a", "supervisor-c"]
    concerned = [world.readers[name] for name in (*changed, "chen", "amina")]
    for reader in concerned:
        walk.read_everything(reader, targets=1)
    world.server.stop()
    with world.opened() as kanaf:
        while run_fanout(kanaf):
            pass
    world.server.start()
    for reader in concerned:
        walk.read_everything(reader, targets=0)


def test_every_route_is_tried() -> None:
    assert untried_routes(url_map(), INVENTORY, NOTHING) == []


def test_a_new_route_that_nothing_tries_fails() -> None:
    """The first planted fault."""
    app = Flask("routes", static_folder=None)
    added = Routes("added", "/added")
    added.on("GET", "/<segment:db>/children")(lambda db: db)
    register_routes(app, [added])

    assert "nothing tries GET /added/<segment:db>/children (added.<lambda>)" in untried_routes(
        app, INVENTORY, NOTHING
    )


def test_an_entry_of_a_route_that_is_gone_fails() -> None:
    gone: list[Tried] = [replace(INVENTORY[0], endpoint="health.gone")]
    (wrong,) = [one for one in untried_routes(url_map(), gone, NOTHING) if "leads to" in one][:1]

    assert wrong.startswith("health.gone: GET /healthz leads to")


def test_every_role_has_a_persona_and_an_oracle() -> None:
    """A new role needs a line in both before anybody can say that it is told nothing too much."""
    assert {role for role, _, _ in cast().values()} == ROLES.keys()
    assert WHOSE.keys() == READS.keys() == ROLES.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_route_that_tells_too_much_is_caught(fault: str, tmp_path: Path) -> None:
    """The planted faults."""
    with programme(tmp_path, None, 1, EVERY_STATE[:1], fault) as world:
        tried = [one for one in INVENTORY if one.endpoint in FAULTS[fault]]
        walk = Walk(world, random.Random(1), SHARE_WITH_FAULT, inventory=tried)
        readers = [world.readers[name] for name in ("dina", "chen", "supervisor-c")]
        before = [walk.answers(one) for one in readers]
        for reader in readers:
            walk.read_everything(reader)
            walk.write_everything(reader)
        world.fill("stranger", world.begin("stranger"), "k7")
        for reader, told in zip(readers, before, strict=True):
            walk.compare(reader, told, walk.answers(reader), "others wrote")
        with world.opened() as kanaf:
            directory_changes.change_user(kanaf, "bilal", groups=("bahri",))
        world.people["bilal"].group = "bahri"
        walk.read_everything(world.readers["bilal"])
        print(f"promise 4: {fault.replace('_', ' ')} is caught {len(walk.leaks)} times")

        assert walk.leaks
