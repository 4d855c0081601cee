"""Promise 6: a page of a feed is full or it is the last, and `pending` is right."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.promises.enrolment import DATABASE, launcher
from tests.promises.soaking import rounds
from tests.protocol.api import Api, Json, revision
from tests.protocol.cases import Case, Team, new_case, photo
from tests.support.both import BOTH, database_of
from tests.support.personas import administrator, create_personas
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(6)
WALKS = 500
WALKS_OF_A_HISTORY = 50


class Unlike(AssertionError):
    """A page was short although more followed, or said a wrong number of what follows."""


@dataclass
class World:
    """A server with a case database, in which four people see different things, and an open one."""

    team: Team
    reference: Api
    cases: list[Case]

    def live_a_while(self, chance: random.Random) -> None:
        """Some more history: cases, edits, referrals that begin and end; documents of all kinds."""
        for _ in range(4):
            self.cases.append(new_case(self.team, referred=chance.random() < 0.7))
        for _ in range(12):
            case = chance.choice(self.cases)
            if chance.random() < 0.3:
                self.team.amina.push(photo(self.team.amina, case.record, chance.randbytes(8)))
            elif case.referral in case.revs:
                chance.choice([Case.end, Case.resume, accepted])(case)
            else:
                case.consent(chance.random() < 0.5)
        for _ in range(20):
            name = chance.choice(["", "_design/"]) + str(chance.randrange(40))
            document = {"_id": name, "n": chance.randrange(3), "_deleted": chance.random() < 0.2}
            first, second = chance.sample("abcdef", 2)
            self.reference.push(revision(document, f"2-{first}", f"1-{second}"))

    def readers(self) -> list[Api]:
        people = self.team.amina, self.team.bilal, self.team.chen, self.team.dina
        return [self.reference, *(one.api for one in people)]


def accepted(case: Case) -> Json | None:
    return case.answer("accepted")


@contextmanager
def world(folder: Path, database_url: str | None, fault: str | None = None) -> Iterator[World]:
    with (
        KanafServer(
            folder, database_url=database_url, launcher=launcher(fault) if fault else None
        ) as server,
        administrator() as session,
    ):
        reference = Api(f"{server.url}/sync/reference", session)
        assert reference.put().status_code == 201
        yield World(Team.of(server, create_personas(server, DATABASE), "sd"), reference, [])


@pytest.fixture(params=BOTH)
def database_url_of(request: pytest.FixtureRequest) -> Iterator[str | None]:
    with database_of(request) as url:
        yield url


def random_walk(chance: random.Random, reader: Api) -> None:
    """Follows a feed, from anywhere, page by page to its end.

    What follows the first page is told once more as a whole, and has to come in the same rows: the
    first page of all leaves out what was revoked, which the others tell.

    Raises:
        Unlike: see there.
    """
    asked, body = wanted(chance, reader)
    every = told(reader, asked, body, "0")["results"]
    start = chance.randint(0, len(every))
    since = every[start - 1]["seq"] if start else "0"
    limit = chance.randint(1, 6)
    page = told(reader, asked, body, since, limit=limit)
    left = told(reader, asked, body, page["last_seq"])["results"]
    seen = {row["id"] for row in (*page["results"], *left)}
    if not {row["id"] for row in every[start:]} <= seen:
        raise Unlike(f"{asked} {body}: something was never told")
    while True:
        over = page["pending"] - len(left)
        is_right = over == 0 or ("selector" in body and over > 0)
        if not is_right or (len(page["results"]) < limit and left):
            raise Unlike(f"{asked} {body}: {page['pending']} of {len(left)} follow")
        if not left:
            return
        page = told(reader, asked, body, page["last_seq"], limit=limit)
        if page["results"] != left[: len(page["results"])]:
            raise Unlike(f"{asked} {body}: other rows than in one page")
        left = left[len(page["results"]) :]


def wanted(chance: random.Random, reader: Api) -> tuple[Json, Json]:
    """Parameters and body of a request for a feed: any filter, any style."""
    asked: Json = {"include_docs": chance.random() < 0.3}
    if chance.random() < 0.5:
        asked["style"] = "all_docs"
    kind = chance.choice(["", "", "_doc_ids", "_selector", "_design"])
    if not kind:
        return asked, {}
    asked["filter"] = kind
    if kind == "_doc_ids":
        ids = sorted(reader.ids())
        return asked, {"doc_ids": chance.sample(ids, chance.randint(0, min(len(ids), 20)))}
    if kind == "_selector":
        chosen = [{"n": chance.randrange(3)}, {"form": chance.choice(["k1", "k2", "k8"])}]
        return asked, {"selector": chance.choice(chosen)}
    return asked, {}


def told(reader: Api, asked: Json, body: Json, since: str, **more: Any) -> Json:
    answer = reader.request("POST", "_changes", {**asked, "since": since, **more}, json=body)
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def walked(world: World, seed: int, walks: int) -> int:
    """Walks along the feeds of a world that goes on living; returns how many failed."""
    chance = random.Random(seed)
    failed = 0
    for number in range(walks):
        if number % WALKS_OF_A_HISTORY == 0:
            world.live_a_while(chance)
        try:
            random_walk(chance, chance.choice(world.readers()))
        except Unlike as unlike:
            print(f"walk {number} of seed {seed}: {unlike}")
            failed += 1
    return failed


def test_pages_are_full_or_final(database_url_of: str | None, tmp_path: Path) -> None:
    kind = "PostgreSQL" if database_url_of else "SQLite"
    for seed in rounds(6, f"walks on {kind}", WALKS):
        with world(tmp_path / str(uuid.uuid4()), database_url_of) as living:
            failed = walked(living, seed, WALKS)
        print(f"promise 6 on {kind}: {WALKS} walks along feeds, {failed} failed, seed {seed}")

        assert failed == 0


@pytest.mark.parametrize("fault", ["filtering_after_the_limit", "counting_one_too_few"])
def test_a_page_that_is_short_or_counts_wrong_is_caught(fault: str, tmp_path: Path) -> None:
    """The planted faults."""
    with world(tmp_path / "server", None, fault) as living:
        assert walked(living, 1, WALKS_OF_A_HISTORY) > 0
