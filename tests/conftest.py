"""What every folder of tests may use: databases, PouchDB, figures, and the rules of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tablet.stock import InstallationFailed, NodeNotFound, StockTablet, install
from tests.protocol.cases import Team
from tests.support.both import BOTH, database_of
from tests.support.closing_report import FIGURE, ClosingReport
from tests.support.personas import create_case_database, create_personas
from tests.support.postgres import drop_databases, fresh_database, postgres_or_skip
from tests.support.ready import postgres_with_tables, sqlite_with_tables
from tests.support.server import KanafServer

REPOSITORY = Path(__file__).parents[1]

settings.register_profile(
    "everyday", derandomize=False, print_blob=True, deadline=None, max_examples=100
)
settings.register_profile(
    "soak",
    derandomize=False,
    print_blob=True,
    deadline=None,
    max_examples=10_000,
    suppress_health_check=[HealthCheck.too_slow],
)
# A mutant is dead at the first failing example: none is made smaller or kept for the next mutant.
settings.register_profile(
    "mutation",
    derandomize=False,
    deadline=None,
    max_examples=25,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one promise be chosen: `pytest --promise=5`."""
    parser.addoption("--promise", type=int, help="run only the tests of this promise")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how long properties are tried, and report at the end."""
    settings.load_profile(_profile())
    config.pluginmanager.register(ClosingReport(config))


def _profile() -> str:
    if os.environ.get("KANAF_SOAK") == "1":
        return "soak"
    return "mutation" if os.environ.get("KANAF_MUTATION") == "1" else "everyday"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its argument: compressed bytes hold the time, ids must not."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts PouchDB, so that no skip of it goes unseen; keep the chosen promise.

    Promises come first: they take longest, and at the end one process would be alone with them.
    """
    items.sort(key=lambda item: item.get_closest_marker("promise") is None)
    for item in items:
        if "installation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pouchdb)
    chosen = config.getoption("--promise")
    if chosen is not None:
        kept = [item for item in items if _tries_promise(item, chosen)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def _tries_promise(item: pytest.Item, number: int) -> bool:
    return any(number in mark.args for mark in item.iter_markers("promise"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server's SQLAlchemy URL: KANAF_TEST_POSTGRES_URL, else one of our own."""
    given = os.environ.get("KANAF_TEST_POSTGRES_URL")
    if given:
        yield given
        drop_databases(given)
        return
    with postgres_or_skip() as server:
        yield server.url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a new, empty database, once on SQLite and once on PostgreSQL."""
    with database_of(request) as url:
        yield url or f"sqlite:///{tmp_path / 'kanaf.sqlite3'}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same of one that has the service's tables."""
    if request.param == "sqlite":
        yield sqlite_with_tables(tmp_path)
        return
    with postgres_with_tables(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KanafServer]:
    """One server for all tests of protocol and clients; each makes its own documents in it."""
    with KanafServer(tmp_path_factory.mktemp("sqlite")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KanafServer]:
    """The same on PostgreSQL.

    Not one fixture with two parameters: pytest would start a server anew for each file.
    """
    folder = tmp_path_factory.mktemp("postgresql")
    with fresh_database(postgres_url) as url, KanafServer(folder, database_url=url) as server:
        yield server


@pytest.fixture(scope="session")
def teams() -> Callable[[KanafServer, str], Team]:
    """Everybody in a case database of a server; both are made when they are first asked for."""
    people = cache(lambda server: create_personas(server, None))

    @cache
    def team(server: KanafServer, database: str) -> Team:
        create_case_database(server, database)
        return Team.of(server, people(server), database)

    return team


@pytest.fixture
def team(
    request: pytest.FixtureRequest, server: KanafServer, teams: Callable[[KanafServer, str], Team]
) -> Team:
    """amina, bilal, chen and dina in a case database that the file's tests share."""
    return teams(server, request.path.stem)


@pytest.fixture(scope="session")
def installation() -> Path:
    """PouchDB, installed once for all runs of the tests."""
    try:
        return install(REPOSITORY / "var" / "stock-tablet")
    except (NodeNotFound, InstallationFailed) as problem:
        pytest.skip(f"no PouchDB: {problem}")


@pytest.fixture
def new_tablet(installation: Path) -> Iterator[Callable[..., StockTablet]]:
    """Makes running tablets, and switches them off at the end of the test."""
    with ExitStack() as tablets:
        yield lambda *args, **options: tablets.enter_context(
            StockTablet(installation, *args, **options)
        )


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says a line at the end of the run, under the test's name: cases tried, failed, times."""

    def say(line: str) -> None:
        request.node.user_properties.append((FIGURE, line))

    return say
