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
from tests.support.both import BOTH
from tests.support.personas import administrator
from tests.support.postgres import fresh_database
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


@pytest.fixture(scope="session")
def untouched_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with an_own_server(tmp_path_factory.mktemp("untouched-sqlite")) as server:
        yield server


@pytest.fixture(scope="session")
def untouched_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnServer]:
    folder = tmp_path_factory.mktemp("untouched-postgresql")
    with fresh_database(postgres_url) as url, an_own_server(folder, url) as server:
        yield server


@pytest.fixture(params=BOTH)
def untouched_server(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A server that many tests share, because all that they ask for is refused.

    It is theirs to show that nothing was stored: not a row may be more or less than before.
    """
    if COUCHDB_URL:
        pytest.skip("a CouchDB has no directory")
    server: OwnServer = request.getfixturevalue(f"untouched_{request.param}")
    before = server.state()
    yield server
    assert server.state() == before, "what was refused has left something behind"


@pytest.fixture
def own_server(database_url: str, tmp_path: Path) -> Iterator[OwnServer]:
    """A server whose directory the test may change."""
    if COUCHDB_URL:
        pytest.skip("a CouchDB has no directory")
    with an_own_server(tmp_path / "server", database_url) as server:
        yield server
