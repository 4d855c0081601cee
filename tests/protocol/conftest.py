from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.protocol.api import Api
from tests.protocol.own_server import OwnServer
from tests.protocol.own_server import own_server as an_own_server
from tests.support.both import BOTH, database_of
from tests.support.personas import administrator
from tests.support.server import KanafServer

COUCHDB_URL = os.environ.get("COUCHDB_URL", "").rstrip("/")
"""With the account of an administrator in it: `http://admin:secret@localhost:5984`."""


@dataclass(frozen=True)
class Place:
    """Where the protocol is spoken.

    Attributes:
        url: above the databases.
        server: None for a CouchDB.
    """

    url: str
    server: KanafServer | None


@pytest.fixture(params=["couchdb"] if COUCHDB_URL else BOTH)
def place(request: pytest.FixtureRequest) -> Place:
    """A server; where COUCHDB_URL names a CouchDB, that one: what the tests say of open databases
    is to be so there, too.
    """
    if COUCHDB_URL:
        return Place(COUCHDB_URL, None)
    server: KanafServer = request.getfixturevalue(f"{request.param}_server")
    return Place(f"{server.url}/sync", server)


@pytest.fixture
def server(place: Place) -> KanafServer:
    if place.server is None:
        pytest.skip("a CouchDB has no cases, tablets or `/sync`")
    return place.server


@pytest.fixture(scope="session")
def admin() -> Iterator[requests.Session]:
    with requests.Session() if COUCHDB_URL else administrator() as session:
        yield session


@pytest.fixture
def root(place: Place, admin: requests.Session) -> Api:
    """The root of the protocol, for the administrator."""
    return Api(place.url, admin)


@pytest.fixture
def open_db(place: Place, admin: requests.Session) -> Iterator[Api]:
    """A new, empty open database."""
    database = Api(f"{place.url}/open-{uuid.uuid4().hex}", admin)
    assert database.put().status_code == 201, "is an administrator's account in COUCHDB_URL?"
    yield database
    if place.server is None:
        database.delete()


@pytest.fixture(scope="module", params=BOTH)
def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnServer]:
    if COUCHDB_URL:
        pytest.skip("a CouchDB has no directory")
    folder = tmp_path_factory.mktemp("shared")
    with database_of(request) as url, an_own_server(folder, url) as server:
        yield server


@pytest.fixture
def untouched_server(shared_server: OwnServer) -> Iterator[OwnServer]:
    """A server that the tests of a file share, because all that they ask for is refused: not a row
    may be another one than before.
    """
    before = shared_server.state()
    yield shared_server
    assert shared_server.state() == before, "what was refused has left something behind"


@pytest.fixture
def own_server(database_url: str, tmp_path: Path) -> Iterator[OwnServer]:
    """A server whose directory the test may change."""
    if COUCHDB_URL:
        pytest.skip("a CouchDB has no directory")
    with an_own_server(tmp_path / "server", database_url) as server:
        yield server
