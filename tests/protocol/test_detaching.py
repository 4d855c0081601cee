"""Contents of attachments that no revision has are not kept."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import func, select

from sync_server.service.kanaf import open_kanaf
from sync_server.storage.schema import attachment
from sync_server.storage.schema import database as databases
from tests.protocol.api import Api, Json, revision
from tests.support.server import KanafServer


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


def test_a_known_revision_that_comes_again_brings_no_other_content(
    open_db: Api, kept: Callable[[], int]
) -> None:
    open_db.push(revision({"_id": "a", **attached(b"one")}, "1-a"))

    assert open_db.push(revision({"_id": "a", **attached(b"two")}, "1-a")) == []

    assert kept() == 1
    assert open_db.get("a/f").content == b"one"
