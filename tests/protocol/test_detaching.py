"""Contents of attachments that no revision has any more are not kept.

Ours: here nothing is compacted: what goes, goes with the write. In CouchDB it goes with the next
compaction (documentation, api/database/compact).
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import func, select

from sync_server.service.kanaf import open_kanaf
from sync_server.service.open_record import lot
from sync_server.storage.schema import attachment
from sync_server.storage.schema import database as databases
from tests.protocol.api import Api, Json, revision
from tests.protocol.test_purge import purge
from tests.protocol.test_revs_limit import limited
from tests.support.server import KanafServer

LARGE = b"x" * 300_000


def attached(content: bytes) -> Json:
    data = base64.b64encode(content).decode()
    return {"_attachments": {"f": {"content_type": "text/plain", "data": data}}}


@pytest.fixture
def kept(server: KanafServer, open_db: Api) -> Callable[[], int]:
    """How many contents the database's tables hold."""
    name = open_db.url.rpartition("/")[2]
    statement = select(func.count()).select_from(attachment.join(databases))

    def count() -> int:
        with closing(open_kanaf(server.settings).store) as store, store.read() as reading:
            found = reading.connection.execute(statement.where(databases.c.name == name))
            return int(found.scalar_one())

    return count


def test_what_only_a_forgotten_revision_had_goes_with_it(
    open_db: Api, kept: Callable[[], int]
) -> None:
    limited(open_db, 1)
    rev = open_db.request("PUT", "a/f", data=LARGE).json()["rev"]
    assert kept() == 1

    rev = open_db.write({"_id": "a", "_rev": rev, "n": 2})
    assert kept() == 0
    rev = open_db.write({"_id": "a", "_rev": rev, "n": 3})
    purge(open_db, {"a": [rev]})

    assert kept() == 0
    assert open_db.ids() == {}


def test_what_an_older_revision_still_has_stays_until_that_goes(
    open_db: Api, kept: Callable[[], int]
) -> None:
    limited(open_db, 2)
    first = open_db.request("PUT", "a/f", data=b"content").json()["rev"]
    second = open_db.write({"_id": "a", "_rev": first})

    assert kept() == 1
    assert open_db.get("a/f", rev=first).content == b"content"

    open_db.write({"_id": "a", "_rev": second})

    assert kept() == 0


def test_what_another_branch_has_stays(open_db: Api, kept: Callable[[], int]) -> None:
    limited(open_db, 1)
    document = {"_id": "a", **attached(b"content")}
    open_db.push(revision(document, "2-x", "1-a"), revision(document, "2-y", "1-a"))

    open_db.push(revision({"_id": "a"}, "3-y", "2-y"))

    assert kept() == 1
    assert open_db.get("a/f", rev="2-x").content == b"content"
    open_db.push(revision({"_id": "a"}, "3-x", "2-x"))
    assert kept() == 0


def test_what_a_document_beside_it_has_stays(open_db: Api, kept: Callable[[], int]) -> None:
    """Equal contents are kept once for the documents of a lot."""
    beside = next(f"{n}" for n in itertools.count() if lot(f"{n}") == lot("a"))
    limited(open_db, 1)
    rev = open_db.request("PUT", "a/f", data=b"content").json()["rev"]
    other = open_db.request("PUT", f"{beside}/f", data=b"content").json()["rev"]
    assert kept() == 1

    open_db.write({"_id": "a", "_rev": rev})

    assert kept() == 1
    assert open_db.get(f"{beside}/f").content == b"content"
    open_db.write({"_id": beside, "_rev": other})
    assert kept() == 0


def test_what_came_and_went_in_one_request_is_not_kept(
    open_db: Api, kept: Callable[[], int]
) -> None:
    limited(open_db, 1)

    open_db.push(
        revision({"_id": "a", **attached(b"one")}, "1-a"),
        revision({"_id": "a", **attached(b"two")}, "2-a", "1-a"),
    )

    assert kept() == 1
    assert open_db.get("a/f").content == b"two"


def test_what_one_request_takes_off_and_brings_back_stays(
    open_db: Api, kept: Callable[[], int]
) -> None:
    limited(open_db, 1)
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))

    open_db.push(
        revision({"_id": "a"}, "2-a", "1-a"),
        revision({"_id": "a", **attached(b"one")}, "3-a", "2-a"),
    )

    assert kept() == 1
    assert open_db.get("a/f").content == b"one"


def test_a_known_revision_that_comes_again_brings_no_other_content(
    open_db: Api, kept: Callable[[], int]
) -> None:
    """Source: CouchDB, couch_db.erl, prep_and_validate_replicated_updates/5."""
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))

    assert open_db.push(revision({"_id": "a", **attached(b"two")}, "1-a")) == []

    assert kept() == 1
    assert open_db.get("a/f").content == b"one"
