"""What the wheel holds, whose its top-level names are, and what the lock files say."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

REPOSITORY = Path(__file__).parents[1]
TOP_LEVEL = {"conflict", "schemas", "sync_server", "tablet"}
LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))
NODE_LOCKS = [REPOSITORY / one / "package-lock.json" for one in ("tablet/stock", "tests/clients")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(REPOSITORY)).build(directory=str(folder), versions=["standard"])
    with ZipFile(built) as archive:
        return archive.namelist()


def test_no_other_distribution_owns_one_of_our_names():
    owners = packages_distributions()

    assert {name: set(owners.get(name, [])) - {"kanaf"} for name in TOP_LEVEL} == {
        name: set() for name in TOP_LEVEL
    }


def test_the_wheel_holds_our_four_packages_and_nothing_else(wheel: list[str]):
    assert {name.split("/")[0] for name in wheel} - {"kanaf-0.1.0.dist-info"} == TOP_LEVEL


def test_the_wheel_holds_the_data_files_and_no_node_modules(wheel: list[str]):
    assert "schemas/library/areas.csv" in wheel
    assert "tablet/stock/tablet.mjs" in wheel
    assert not [name for name in wheel if "node_modules" in name]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host(lock: Path):
    assert not re.search(r"://|--(extra-)?index-url|--find-links", lock.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_version_has_a_digest(lock: Path):
    entries = re.split(r"\n(?=\S)", lock.read_text().strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", NODE_LOCKS, ids=lambda path: path.parent.name)
def test_a_lock_for_node_has_digests_and_names_no_host(lock: Path):
    packages = json.loads(lock.read_text())["packages"]
    del packages[""]

    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if "integrity" not in about] == []


def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    runtime, dev = project["dependencies"], project["optional-dependencies"]["dev"]

    assert _names(runtime) <= _locked("runtime")
    assert _names(dev) | _locked("runtime") | _locked("build") <= _locked("dev")


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements}


def _locked(name: str) -> set[str]:
    text = (REPOSITORY / "requirements" / f"{name}.lock").read_text()
    return set(re.findall(r"^[a-z0-9.-]+(?===)", text, re.MULTILINE))
