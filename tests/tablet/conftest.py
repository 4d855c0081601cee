from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tablet.stock import StockTablet


@pytest.fixture
def amina(new_tablet: Callable[..., StockTablet], tmp_path: Path) -> StockTablet:
    return new_tablet(tmp_path / "amina")


@pytest.fixture
def bilal(new_tablet: Callable[..., StockTablet], tmp_path: Path) -> StockTablet:
    return new_tablet(tmp_path / "bilal")
