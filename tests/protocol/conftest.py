from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.protocol.api import Api
from tests.protocol.cases import Team
from tests.protocol.own_server import OwnServer
from tests.protocol.own_server import own_server as an_own_server
from tests.support.both import BOTH, database_of
from tests.support.personas import administrator, create_personas
from tests.support.server import KanafServer


@pytest.fixture(scope="session", params=BOTH)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KanafServer]:
    """One server for all tests of a kind of database; each test makes its own documents in it."""
    folder = tmp_path_factory.mktemp(request.param)
    with database_of(request) as url, KanafServer(folder, database_url=url) as server:
        yield server


@pytest.fixture(scope="session")
def admin(server: KanafServer) -> Iterator[requests.Session]:
    with administrator() as session:
        yield session


@pytest.fixture
def root(server: KanafServer, admin: requests.Session) -> Api:
    """The root of the protocol, for the administrator."""
    return Api(f"{server.url}/sync", admin)


@pytest.fixture
def open_db(server: KanafServer, admin: requests.Session) -> Api:
    """A new, empty open database."""
    database = Api(f"{server.url}/sync/open-{uuid.uuid4().hex}", admin)
    assert database.put().status_code == 201
    return database


@pytest.fixture(scope="session")
def everybody(server: KanafServer) -> Team:
    """amina, bilal, chen and dina in the case database `sd`."""
    return Team.of(server, create_personas(server), "sd")


@pytest.fixture
def team(everybody: Team) -> Team:
    return everybody


@pytest.fixture
def own_server(database_url: str, tmp_path: Path) -> Iterator[OwnServer]:
    """A server whose directory the test may change."""
    with an_own_server(tmp_path / "server", database_url) as server:
        yield server
