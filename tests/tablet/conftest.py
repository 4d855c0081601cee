from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tablet.stock import InstallationFailed, NodeNotFound, StockTablet, install

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def installation() -> Path:
    """PouchDB, installed once for all runs of the tests; CI refuses the skip."""
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
def amina(new_tablet: Callable[..., StockTablet], tmp_path: Path) -> StockTablet:
    return new_tablet(tmp_path / "amina")


@pytest.fixture
def bilal(new_tablet: Callable[..., StockTablet], tmp_path: Path) -> StockTablet:
    return new_tablet(tmp_path / "bilal")
