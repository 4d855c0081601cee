"""Promise 7: grants and revocations may be cut anywhere, with stock PouchDB too, and no end of
access destroys an edit that was not sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import reduce
from operator import add
from pathlib import Path

import pytest

from tests.promises.changing_staff import Staff, noting_before_working
from tests.promises.cut_feeds import BEGINNING, Feed, Reader
from tests.promises.cut_grants import COMMITS_OF_A_WALK, Grants, shown_answers, tried_way
from tests.promises.enrolment import launcher
from tests.promises.shared_cases import SharedCase
from tests.promises.soaking import rounds
from tests.promises.two_way_histories import Counts, Lane
from tests.promises.two_way_programme import Programme
from tests.protocol.api import Api, Json
from tests.support.both import BOTH, Kind, database_of
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(7)

HISTORIES = 150
HISTORIES_WITH_FAULT = 60
LANES = 2
"""Servers side by side, each with a tablet and a database of its own."""
LONGEST_WALK = 60  # seconds
FOLLOW_UP = 3
"""Which of a case's documents it is."""


@pytest.fixture(params=BOTH)
def database_url_of(request: pytest.FixtureRequest) -> Iterator[str | None]:
    with database_of(request) as url:
        yield url


# Cut at every border


def test_readers_are_cut_off_at_every_border_of_every_page(
    database_url_of: str | None, tmp_path: Path
) -> None:
    kind = "PostgreSQL" if database_url_of else "SQLite"
    with Grants.of(tmp_path, database_url_of) as grants:
        tried = {way.name: tried_way(grants, way) for way in grants.ways()}
    wrong = [one for way in tried.values() for one in way.wrong]
    for one in wrong:
        print(one)
    print(
        f"promise 7 on {kind}: {sum(way.readers for way in tried.values())} readers cut off at all "
        f"borders of pages in {sum(way.changes for way in tried.values())} changes by "
        f"{', '.join(tried)}; {len(wrong)} went wrong"
    )

    assert wrong == []


def test_who_was_shut_out_for_a_while_has_what_they_had(
    database_url_of: str | None, tmp_path: Path
) -> None:
    """Wherever the two walks are killed, between any of their transactions."""
    with Grants.of(tmp_path, database_url_of) as grants:
        feed_of = grants.team.bilal.api
        reader = Feed(feed_of).read_to_the_end(Reader())
        before = shown_answers(reader)
        for commits in range(COMMITS_OF_A_WALK + 1):
            grants.staff.shut_out("bilal")
            grants.staff.walk(commits)
            grants.staff.let_in("bilal")
            grants.staff.walk(commits)
            grants.staff.walk()
            reader = Feed(feed_of).read_to_the_end(reader, limit=1)

            assert shown_answers(reader) == before


def test_a_walk_goes_on_where_its_process_was_killed(
    database_url_of: str | None, tmp_path: Path
) -> None:
    """`kanaf serve`, killed after each transaction of its walks."""
    with Grants.of(tmp_path, database_url_of) as grants:
        cases, server = grants.cases, grants.team.server
        reader = Feed(grants.team.bilal.api).read_to_the_end(Reader())
        before = shown_answers(reader)
        server.stop()
        for change in (grants.staff.elsewhere, grants.staff.as_before):
            change("bilal")
            dying = KanafServer(
                tmp_path, database_url=database_url_of, launcher=launcher("dying_in_its_walks")
            )
            dying.start()
            try:
                wait_for_walks(grants.staff)
                api = Api(f"{dying.url}/sync/sd", grants.team.bilal.persona.session)
                reader = Feed(api).read_to_the_end(reader)
            finally:
                dying.stop()
            shown = shown_answers(reader)
            assert shown == ({} if change == grants.staff.elsewhere else before)
        deaths = dying.log.count("SIGKILL")
    print(f"promise 7: {deaths} deaths in two walks over {len(cases)} records")

    assert deaths >= 2 * len(cases)


def wait_for_walks(staff: Staff) -> None:
    """Returns when somebody else has done all walks."""
    until = time.monotonic() + LONGEST_WALK
    while staff.are_walks_pending():
        assert time.monotonic() < until, "a walk comes to no end"
        time.sleep(0.02)


def test_who_has_stored_the_first_page_and_forgot_that_is_told_what_was_revoked(
    tmp_path: Path,
) -> None:
    """A tablet that dies between the documents of its first page and its first checkpoint, or whose
    checkpoints are lost: it begins anew, and holds something.
    """
    with Grants.of(tmp_path, None) as grants:
        chen = grants.team.chen.api
        reader = Feed(chen).read_to_the_end(Reader())
        for case in grants.cases:
            case.end()

        begun = Feed(chen).read_to_the_end(reader.forgetting_where(Reader(BEGINNING)))

        assert shown_answers(begun) == {}


def test_a_change_that_is_taken_back_before_the_feeds_have_followed_loses_nothing(
    tmp_path: Path,
) -> None:
    """Somebody who syncs in between passes what they had not read yet, and the walk that comes then
    finds nothing changed.
    """
    with Grants.of(tmp_path, None) as grants:
        bilal = grants.team.bilal.api
        reader = Feed(bilal).read_to_the_end(Reader())
        grants.cases[0].say(grants.cases[0].ids[1], 7)
        grants.staff.elsewhere("bilal")
        reader = Feed(bilal).read_to_the_end(reader)
        grants.staff.as_before("bilal")
        grants.staff.walk()

        reader = Feed(bilal).read_to_the_end(reader)

        standing = [case.standing() for case in grants.cases]
        answers = {one: body["data"] for case in standing for one, body in case.items()}
        assert shown_answers(reader) == answers


# Edits that were not sent


@pytest.fixture
def programme(
    database_url_of: str | None, installation: Path, tmp_path: Path
) -> Iterator[Programme]:
    with Lane.of(tmp_path, database_url_of, installation) as lane, lane.programme() as programme:
        yield programme


@pytest.fixture
def case(programme: Programme) -> SharedCase:
    """A case with a follow-up that chen's tablet shows, and may write into."""
    case = SharedCase(programme.team, ["k23"])
    case.accept()
    programme.sync_to_rest()
    return case


def denied(outcomes: list[Json]) -> set[str]:
    """The documents that were refused in some syncs."""
    return {one for outcome in outcomes for one in outcome["push"]["denied"]}


def test_an_unsent_edit_outlives_the_end_of_access(programme: Programme, case: SharedCase) -> None:
    """It is kept in quarantine, with its owner, and taken once chen may write again."""
    follow_up = case.ids[FOLLOW_UP]
    rev = programme.write(case, follow_up, programme.held(follow_up), situation="nobody knew")
    case.withdraw()

    assert denied(programme.sync_to_rest()) == {follow_up}
    assert programme.refused() == {(follow_up, rev)}
    assert case.standing()[follow_up]["data"]["situation"] == "as before"
    assert programme.held(follow_up).shown == rev

    case.agree()
    programme.sync_to_rest()

    assert programme.refused() == set()
    assert case.standing()[follow_up]["data"]["situation"] == "nobody knew"
    assert programme.wrong([case]) == []


def test_an_unsent_edit_is_taken_when_access_ended_and_came_back_meanwhile(
    programme: Programme, case: SharedCase
) -> None:
    follow_up = case.ids[FOLLOW_UP]
    programme.write(case, follow_up, programme.held(follow_up), situation="nobody knew")
    case.withdraw()
    case.agree()

    assert denied(programme.sync_to_rest()) == set()
    assert case.standing()[follow_up]["data"]["situation"] == "nobody knew"
    assert programme.wrong([case]) == []


def test_an_unsent_edit_is_taken_when_rights_came_back_before_feeds_had_followed(
    database_url_of: str | None, installation: Path, tmp_path: Path
) -> None:
    """It was refused meanwhile. Nothing had been taken from the tablet by then."""
    with (
        Lane.of(tmp_path, database_url_of, installation, "leaving_walks_to_others") as lane,
        lane.programme() as programme,
    ):
        case = SharedCase(programme.team, ["k23"])
        programme.supervise()
        programme.sync_to_rest()
        follow_up = case.ids[FOLLOW_UP]
        programme.write(case, follow_up, programme.held(follow_up), situation="nobody knew")
        programme.supervise_no_more()
        assert denied([programme.sync(batch_size=100)]) == {follow_up}

        programme.supervise()
        programme.sync_to_rest()

        assert programme.refused() == set()
        assert case.standing()[follow_up]["data"]["situation"] == "nobody knew"
        assert programme.wrong([case]) == []


def test_what_is_written_on_a_stub_belongs_to_its_parent(
    programme: Programme, case: SharedCase
) -> None:
    """It is refused while chen may not write, and is an edit like any other once they may."""
    follow_up = case.ids[FOLLOW_UP]
    case.withdraw()
    programme.sync_to_rest()
    hidden = programme.held(follow_up)
    assert hidden.shown is None
    rev = programme.write(case, follow_up, hidden, situation="written again")

    assert denied(programme.sync_to_rest()) == {follow_up}
    assert programme.refused() == {(follow_up, rev)}

    case.agree()
    programme.sync_to_rest()

    assert programme.refused() == set()
    assert case.standing()[follow_up]["data"]["situation"] == "written again"
    assert programme.wrong([case]) == []


# Stock PouchDB, both ways


def tried_histories(
    kind: Kind, installation: Path, folder: Path, seeds: list[int]
) -> tuple[list[int], Counts]:
    """The seeds of the histories that failed, and what all were made of."""
    lots = [seeds[number::LANES] for number in range(LANES)]
    with ExitStack() as stack, ThreadPoolExecutor(LANES) as threads:
        lanes = [
            stack.enter_context(
                Lane.of(folder / str(number), stack.enter_context(kind.fresh()), installation)
            )
            for number in range(LANES)
        ]
        counts = [Counts() for _ in lanes]
        work = [
            threads.submit(lambda *given: list(Lane.failed(*given)), lane, lot, count)
            for lane, lot, count in zip(lanes, lots, counts, strict=True)
        ]
        failed = [seed for one in work for seed in one.result()]
    return failed, reduce(add, counts)


def test_stock_tablets_sync_both_ways_through_histories(
    kind: Kind, installation: Path, tmp_path: Path
) -> None:
    what = f"histories on {kind.name}"
    for seed in rounds(7, what, HISTORIES):
        seeds = list(range(seed, seed + HISTORIES))
        failed, counts = tried_histories(kind, installation, tmp_path / str(seed), seeds)
        print(
            f"promise 7 on {kind.name}: {counts.histories} histories with PouchDB, "
            f"{counts.changes} grants and revocations, {counts.edits} edits, "
            f"{counts.in_quarantine} of them in quarantine, {counts.syncs} syncs, {counts.cut} "
            f"cut; {len(failed)} failed, seed {seed}"
        )

        assert failed == []


# The planted faults


@pytest.mark.parametrize("fault", ["not_knowing_stubs", "granting_without_a_touch"])
def test_a_fault_that_a_stock_tablet_would_suffer_from_is_caught(
    fault: str, installation: Path, tmp_path: Path
) -> None:
    with (
        Lane.of(tmp_path, None, installation, fault) as lane,
        closing(lane.failed(range(HISTORIES_WITH_FAULT), Counts())) as failed,
    ):
        assert next(failed, None) is not None


@pytest.mark.parametrize("fault", ["leaving_out_what_was_revoked", "granting_without_a_touch"])
def test_a_fault_that_a_cut_reader_would_suffer_from_is_caught(fault: str, tmp_path: Path) -> None:
    with Grants.of(tmp_path, None, fault) as grants:
        assert tried_way(grants, grants.ways()[0]).wrong


def test_a_walk_that_forgets_its_place_is_caught(tmp_path: Path) -> None:
    with Grants.of(tmp_path, None, walk=noting_before_working()) as grants:
        (group,) = (way for way in grants.ways() if way.name == "group")

        assert tried_way(grants, group).wrong
