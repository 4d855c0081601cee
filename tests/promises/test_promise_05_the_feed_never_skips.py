"""Promise 5: no seq at or below a returned `last_seq` appears later."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from sync_server.config import Settings
from sync_server.service.administration import add_database
from sync_server.service.kanaf import open_kanaf
from sync_server.storage.rows import DatabaseKind
from tests.promises.feed_processes import DATABASE, Followed, Work, follow, write
from tests.promises.soaking import rounds
from tests.support.opening import new_kanaf

pytestmark = pytest.mark.promise(5)

WRITERS = 16
READERS = 2
COMMITS = 20_000
COMMITS_WITH_FAULT = 1_600
MOST_SECONDS = 600

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.promises.feed_processes"])


@pytest.fixture
def chosen(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an initialised server with one open database."""
    kanaf = new_kanaf(tmp_path, database_url)
    add_database(kanaf, DATABASE, DatabaseKind.OPEN)
    kanaf.store.close()
    return kanaf.settings


def written_and_followed(
    chosen: Settings, seed: int, commits: int, *, seqs_beforehand: bool = False
) -> list[Followed]:
    """What each reader was given while all writers wrote."""
    started, finished = processes.Event(), processes.Event()
    answers = processes.Queue()
    work = [
        Work(chosen, number, seed, commits // WRITERS, seqs_beforehand) for number in range(WRITERS)
    ]
    writers = [processes.Process(target=write, args=(one, started)) for one in work]
    readers = [
        processes.Process(target=follow, args=(chosen, seed + number, finished, answers))
        for number in range(READERS)
    ]
    for process in [*readers, *writers]:
        process.start()
    try:
        started.set()
        deadline = time.monotonic() + MOST_SECONDS
        for writer in writers:
            writer.join(max(0, deadline - time.monotonic()))
            assert writer.exitcode == 0
        finished.set()
        return [answers.get(timeout=60) for _ in readers]
    finally:
        for process in [*readers, *writers]:
            process.kill()
            process.join()


def skipped(chosen: Settings, followed: list[Followed]) -> int:
    """How many of the changes that stand at the end a reader was never given, over all readers."""
    kanaf = open_kanaf(chosen)
    database = kanaf.database(DATABASE)
    with kanaf.store.read() as reading:
        standing = {row.document_id: row.seq for row in reading.changes(database.id, 0, 10_000_000)}
    kanaf.store.close()
    return sum(
        seq != one.documents.get(document) for one in followed for document, seq in standing.items()
    )


def test_no_change_appears_behind_a_reader(chosen: Settings):
    kind = make_url(chosen.database_url).get_backend_name()
    for seed in rounds(5, f"commits on {kind}", COMMITS):
        before = time.monotonic()
        followed = written_and_followed(chosen, seed, COMMITS)
        seconds = time.monotonic() - before
        missed = skipped(chosen, followed)
        pages = sum(one.pages for one in followed)
        print(
            f"promise 5 on {kind}: {COMMITS} commits "
            f"by {WRITERS} processes in {seconds:.0f} s, "
            f"{pages} pages read, {missed} skipped seqs, seed {seed}"
        )

        assert missed == 0


def test_seqs_committed_before_their_changes_are_caught(chosen: Settings):
    """The planted fault."""
    followed = written_and_followed(chosen, 1, COMMITS_WITH_FAULT, seqs_beforehand=True)

    assert skipped(chosen, followed) > 0
