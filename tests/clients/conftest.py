from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tablet.stock import InstallationFailed, NodeNotFound, StockTablet, install_locked
from tests.clients.node import PACKAGE_FILES, SCRIPTS, Scripts
from tests.protocol.api import Api
from tests.support.both import BOTH
from tests.support.personas import administrator
from tests.support.server import KanafServer

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "var" / "clients"
NewTablet = Callable[..., StockTablet]


@pytest.fixture(params=BOTH)
def server(request: pytest.FixtureRequest) -> KanafServer:
    """The server of a kind of database, which other files use, too."""
    started: KanafServer = request.getfixturevalue(f"{request.param}_server")
    return started


@pytest.fixture
def open_db(server: KanafServer) -> Iterator[Api]:
    """A new, empty open database."""
    with administrator() as session:
        database = Api(f"{server.url}/sync/open-{uuid.uuid4().hex}", session)
        assert database.put().status_code == 201
        yield database


@pytest.fixture(scope="session")
def clients() -> Path:
    """The folder with the clients for Node, installed once for all runs of the tests."""
    contents = {name: (HERE / name).read_bytes() for name in PACKAGE_FILES}
    try:
        return install_locked(contents, CACHE / "node", lambda: None)
    except (NodeNotFound, InstallationFailed) as problem:
        pytest.skip(f"no clients for Node: {problem}")


@pytest.fixture(scope="session")
def scripts(clients: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripts]:
    """The scripts beside the installed clients, where Node finds these for them."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "node_modules").symlink_to(clients / "node_modules")
    for script in SCRIPTS:
        shutil.copy(script, folder)
    with Scripts(folder) as running:
        yield running


@pytest.fixture(params=[9, 7], ids=["pouchdb9", "pouchdb7"])
def new_tablet(request: pytest.FixtureRequest) -> Iterator[NewTablet]:
    """Makes running tablets with a new or an old PouchDB, and switches them off at the end."""
    if request.param == 9:
        folder = request.getfixturevalue("installation")
    else:
        folder = request.getfixturevalue("scripts").folder
    with ExitStack() as tablets:
        yield lambda *args, **options: tablets.enter_context(StockTablet(folder, *args, **options))


@pytest.fixture
def tablet(new_tablet: NewTablet, tmp_path: Path) -> StockTablet:
    return new_tablet(tmp_path / "tablet")
