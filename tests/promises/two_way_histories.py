"""Random histories of grants and revocations, with a stock PouchDB of chen's that syncs both ways.

Amina and the directory grant and revoke over HTTP and in the service; chen edits on a tablet that
is offline, and syncs now and then, at times over a link that is cut. Whenever a history is at rest,
what the tablet shows is compared with what stands on the server and with the rule of sharing.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sync_server.service.administration import remove_database
from tests.promises.changing_staff import Staff
from tests.promises.enrolment import launcher
from tests.promises.shared_cases import SharedCase
from tests.promises.two_way_programme import Programme
from tests.promises.two_way_tablet import Cut, Held, TwoWayTablet
from tests.protocol.api import Json
from tests.protocol.cases import Team, ulid
from tests.support.personas import Personas, create_case_database, create_personas
from tests.support.server import KanafServer

HISTORIES_OF_A_PROGRAMME = 25
"""With one tablet in one database; then both begin anew."""
MOST_REQUESTS = 16
"""A link is cut at one of so many requests of a sync."""
SHARED_FORMS = ("k21", "k22", "k23")
BATCH_SIZES = (2, 100, 100)


@dataclass
class Counts:
    """What histories were made of."""

    histories: int = 0
    changes: int = 0
    edits: int = 0
    in_quarantine: int = 0
    syncs: int = 0
    cut: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: number + vars(other)[name] for name, number in vars(self).items()})


@dataclass
class History:
    """One history in a programme."""

    programme: Programme
    chance: random.Random
    counts: Counts
    cases: list[SharedCase]

    def live(self) -> list[str]:
        """Lives it to its end; returns what was wrong when it was at rest."""
        self.counts.histories += 1
        if self.programme.is_supervisor:  # nobody is referred a case that they have
            self.programme.supervise_no_more()
        self.cases += [self._begun() for _ in range(self.chance.randint(1, 2))]
        wrong: list[str] = []
        for _ in range(self.chance.randint(1, 2)):
            self._act()
            if self.chance.random() < 0.4:
                self._sync_over_a_link_that_is_cut()
                self._act()
            try:
                self.counts.syncs += len(self.programme.sync_to_rest(self._batch_size()))
            except AssertionError as broken:
                return [*wrong, str(broken)]
            wrong += self.programme.wrong(self.cases)
        return wrong

    def _act(self) -> None:
        for _ in range(self.chance.randint(1, 4)):
            case = self.chance.choice(self.cases)
            standing = case.standing()
            if self.chance.random() < 0.35:
                self._edit_offline(case, standing)
            elif self.chance.random() < 0.15:
                case.say(self.chance.choice(case.ids[1:-1]), self.chance.randrange(1000))
            else:
                self._grant_or_revoke(case, standing)
                self.counts.changes += 1

    # Grants and revocations

    def _begun(self) -> SharedCase:
        forms = self.chance.sample(SHARED_FORMS, self.chance.randint(1, 3))
        case = SharedCase(self.programme.team, forms)
        if self.chance.random() < 0.8:
            case.accept()
        return case

    def _grant_or_revoke(self, case: SharedCase, standing: dict[str, Json]) -> None:
        referral = standing[case.referral]["data"]
        draw = self.chance.random()
        if draw < 0.2:
            self._change_role()
        elif draw < 0.6:
            agreed = standing[case.opening]["data"]["consent_to_share"]
            case.withdraw() if agreed else case.agree()
        elif referral.get("ended"):
            case.resume()
        elif referral.get("response") or self.programme.is_supervisor:
            case.end()
        else:
            case.accept()

    def _change_role(self) -> None:
        """Chen gets another role; their feed follows at once or with what happens next."""
        if self.programme.is_supervisor:
            self.programme.supervise_no_more()
        else:
            self.programme.supervise()
        if self.chance.random() < 0.5:
            self.programme.staff.walk()

    # The tablet

    def _edit_offline(self, case: SharedCase, standing: dict[str, Json]) -> None:
        """An edit of what the tablet shows or hides, or something new."""
        held = self.programme.tablet.held(standing)
        known = [one for one in standing if f"{case.record}:k23:" in one and held[one].leaves]
        referral, draw = held[case.referral], self.chance.random()
        if (
            draw < 0.15
            and referral.shown
            and referral.leaves[referral.shown]["data"].get("response")
        ):
            self._be_done(case, referral, [held_of for held_of in known if held[held_of].shown])
        elif draw < 0.8 and known:
            document_id = self.chance.choice(known)
            self._write(case, document_id, held[document_id])
        elif any(one.shown for one in held.values()):
            self._write(case, f"{case.record}:k23:{ulid()}", Held(None, {}))

    def _be_done(self, case: SharedCase, referral: Held, shown: list[str]) -> None:
        """Chen writes a last word into a form, and is done with the referral."""
        for document_id in shown[:1]:
            self._write(case, document_id, self.programme.held(document_id))
        self.programme.write(case, case.referral, referral, response="done")
        self.counts.edits += 1

    def _write(self, case: SharedCase, document_id: str, held: Held) -> None:
        said = f"seen {self.chance.randrange(10**6)}"
        self.programme.write(case, document_id, held, situation=said)
        self.counts.edits += 1

    def _sync_over_a_link_that_is_cut(self) -> None:
        cut = Cut(self.chance.randint(1, MOST_REQUESTS), self.chance.random() < 0.5)
        outcome = self.programme.sync(self._batch_size(), cut)
        self.counts.syncs += 1
        self.counts.cut += any(outcome[way]["failure"] for way in ("push", "pull"))

    def _batch_size(self) -> int:
        return self.chance.choice(BATCH_SIZES)


@dataclass
class Lane:
    """A server and a tablet on which histories are tried one after the other."""

    server: KanafServer
    people: Personas
    staff: Staff
    tablet: TwoWayTablet

    @classmethod
    @contextmanager
    def of(
        cls, folder: Path, database_url: str | None, installation: Path, fault: str | None = None
    ) -> Iterator[Lane]:
        """A new server, with a fault where one is named."""
        server = KanafServer(
            folder, database_url=database_url, launcher=launcher(fault) if fault else None
        )
        with server, TwoWayTablet(installation) as tablet, Staff.of(server) as staff:
            yield cls(server, create_personas(server, None), staff, tablet)

    def failed(self, seeds: Sequence[int], counts: Counts) -> Generator[int, None, None]:
        """The seeds of the histories in which something was wrong, as they are found.

        A history rests on those before it in its programme, whose first seed is told with it.
        """
        for at in range(0, len(seeds), HISTORIES_OF_A_PROGRAMME):
            lot = seeds[at : at + HISTORIES_OF_A_PROGRAMME]
            with self.programme() as programme:
                cases: list[SharedCase] = []
                for seed in lot:
                    history = History(programme, random.Random(seed), counts, cases[-1:])
                    wrong = history.live()
                    cases = history.cases
                    for one in wrong:
                        print(f"history {seed}, in a programme from {lot[0]} on: {one}")
                    if wrong:
                        yield seed
                counts.in_quarantine += len(programme.refused())

    @contextmanager
    def programme(self) -> Iterator[Programme]:
        """A new database and an empty tablet, which has fetched the forms."""
        name = f"p{uuid.uuid4().hex}"
        create_case_database(self.server, name)
        self.tablet.begin_anew()
        programme = Programme(Team.of(self.server, self.people, name), self.staff, self.tablet)
        programme.sync_to_rest()
        try:
            yield programme
        finally:
            if programme.is_supervisor:
                programme.supervise_no_more()
            remove_database(self.staff.kanaf, self.staff.kanaf.database(name))
