from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.replicator.relay import Relay, relay_to
from tests.replicator.running import Pair
from tests.support.personas import administrator
from tests.support.server import KanafServer


@pytest.fixture(scope="session")
def admin() -> Iterator[requests.Session]:
    with administrator() as session:
        yield session


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KanafServer, KanafServer]]:
    """Two servers on SQLite for all tests; each test has databases of its own."""
    with ExitStack() as stack:
        folders = (tmp_path_factory.mktemp(name) for name in ("here", "there"))
        here, there = (stack.enter_context(KanafServer(folder)) for folder in folders)
        yield here, there


@pytest.fixture
def pair(servers: tuple[KanafServer, KanafServer], admin: requests.Session) -> Pair:
    return Pair(*servers, admin)


@pytest.fixture
def to_source(pair: Pair) -> Iterator[Relay]:
    """A link to the source."""
    with relay_to(pair.here.port) as relay:
        yield relay


@pytest.fixture
def to_target(pair: Pair) -> Iterator[Relay]:
    """A link to the target."""
    with relay_to(pair.there.port) as relay:
        yield relay
