"""Processes that write an open database as fast as they can, and others that follow its feed."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

from sqlalchemy import Connection

from sync_server.config import Settings
from sync_server.service.caller import Caller
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import page
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.pushing import push
from sync_server.sharing.facts import Person
from sync_server.sharing.roles import ROLES
from sync_server.storage import applying, seqs

DATABASE = "open"
ADMINISTRATOR = Caller(Person(1, "root-admin", ROLES["administrator"], "office"), "")
EDITS = 0.1  # of all commits; the others are new documents
PAUSES = 0.05  # of all commits, of up to LONGEST_PAUSE seconds each
LONGEST_PAUSE = 0.002
MOST_ROWS = 400


@dataclass(frozen=True)
class Work:
    """What a writer is to do.

    Attributes:
        commits: how many, of one document each.
        seqs_beforehand: the planted fault: seqs are taken in a transaction of their own, which
            commits before the one that uses them.
    """

    settings: Settings
    number: int
    seed: int
    commits: int
    seqs_beforehand: bool


@dataclass(frozen=True)
class Followed:
    """What a reader was given: the documents with their last seq, and in how many pages."""

    documents: dict[str, int]
    pages: int


def write(work: Work, started: Event) -> None:
    """Commits, with a pause now and then between the taking of a seq and the commit."""
    chance = random.Random(work.seed * 100 + work.number)
    kanaf = open_kanaf(work.settings)
    if work.seqs_beforehand:
        _plant_seqs_beforehand(kanaf, chance)
    else:
        _plant_pauses(chance)
    database = kanaf.database(DATABASE)
    written: list[tuple[str, str]] = []
    started.wait()
    for number in range(work.commits):
        document: dict[str, object] = {
            "_id": f"{work.seed}-w{work.number:02}-{number}",
            "n": number,
        }
        if written and chance.random() < EDITS:
            place = chance.randrange(len(written))
            document["_id"], document["_rev"] = written.pop(place)
        (receipt,) = push(kanaf, database, ADMINISTRATOR, [document], is_replicated=False)
        assert receipt.code is None, receipt
        written.append((receipt.document_id, str(receipt.rev)))
    kanaf.store.close()


def follow(settings: Settings, seed: int, finished: Event, answers: Queue[Followed]) -> None:
    """Reads page after page, each from where the last one ended, until all is written and read."""
    chance = random.Random(seed)
    kanaf = open_kanaf(settings)
    database = kanaf.database(DATABASE)
    documents: dict[str, int] = {}
    since = pages = 0
    while True:
        was_finished = finished.is_set()
        with kanaf.store.read() as reading:
            reader = DocumentReader(kanaf, reading, database, ADMINISTRATOR)
            found = page(reader, since, chance.randint(1, MOST_ROWS))
        documents.update((change.document_id, change.seq) for change in found.changes)
        since, pages = found.last_seq, pages + 1
        if not found.changes:
            if was_finished:
                break
            time.sleep(chance.uniform(0, 0.05))
    kanaf.store.close()
    answers.put(Followed(documents, pages))


def _plant_pauses(chance: random.Random) -> None:
    allocate = seqs.allocate_seqs

    def allocate_and_wait(connection: Connection, database_id: int, count: int) -> int:
        last = allocate(connection, database_id, count)
        _pause(chance)
        return last

    applying.allocate_seqs = allocate_and_wait  # type: ignore[attr-defined]


def _plant_seqs_beforehand(kanaf: Kanaf, chance: random.Random) -> None:
    allocate, write = seqs.allocate_seqs, kanaf.store.write
    taken: list[int] = []

    def write_later(database_id, records, prepare, **options):
        taken[:] = [kanaf.store.administratively(lambda one: allocate(one, database_id, 1))]
        _pause(chance)
        return write(database_id, records, prepare, **options)

    applying.allocate_seqs = lambda *_: taken[0]  # type: ignore[attr-defined]
    kanaf.store.write = write_later  # type: ignore[method-assign]


def _pause(chance: random.Random) -> None:
    if chance.random() < PAUSES:
        time.sleep(chance.uniform(0, LONGEST_PAUSE))
