"""The page of clients, and the lock that they are installed from."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.clients.node import PACKAGE_FILES

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "clients.md"


def test_the_page_names_the_versions_that_were_tried(clients: Path, installation: Path) -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([0-9.]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    wanted = json.loads((HERE / PACKAGE_FILES[0]).read_text())["dependencies"].keys() - {"rxjs"}

    installed = {(name, _installed(clients, name)) for name in wanted}
    installed |= {("pouchdb", _installed(installation, "pouchdb"))}
    installed |= {(name, version(name)) for name in ("couchdb", "ibmcloudant")}
    assert sorted(rows) == sorted(installed)


def _installed(folder: Path, package: str) -> str:
    told = json.loads((folder / "node_modules" / package / "package.json").read_text())
    found: str = told["version"]
    return found
