"""The comparison with another server still runs, and finds a figure for everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import bench_protocol
from bench.protocol.measures import MEASURES
from bench.protocol.sizes import Sizes
from tablet.stock import InstallationFailed, NodeNotFound
from tests.support.postgres import PostgresMissing

pytestmark = [pytest.mark.postgresql, pytest.mark.clients, pytest.mark.slow]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "speed.md"
OURS = ("Kanaf, SQLite", "Kanaf, PostgreSQL")
SERVERS = (*OURS, "pouchdb-server")
TINY = Sizes(
    rounds=1, documents=10, rows=20, requests=10, clients=4, cases=40, feed=10, waiters=100
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a tiny run has left its figures and the page with its table."""
    folder = tmp_path_factory.mktemp("speed")
    (folder / "speed.md").write_bytes(PAGE.read_bytes())
    sizes = [word for name, size in vars(TINY).items() for word in (f"--{name}", str(size))]
    files = ["--json", str(folder / "speed.json"), "--markdown", str(folder / "speed.md")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["bench_protocol.py", *sizes, *files])
        try:
            bench_protocol.main()
        except (NodeNotFound, InstallationFailed, PostgresMissing) as problem:
            pytest.skip(f"nothing to compare with: {problem}")
    return folder


@pytest.fixture
def found(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "speed.json").read_text())
    return told


def test_every_measure_has_positive_figures_of_every_server(found: dict[str, Any]) -> None:
    assert list(found["medians"]) == [measure.name for measure in MEASURES]
    for name, by_server in found["medians"].items():
        assert tuple(by_server) == SERVERS
        for server, figures in by_server.items():
            assert {"client_share"} < figures.keys(), (name, server)
            assert all(figure > 0 for figure in figures.values()), (name, server, figures)


def test_postgresql_is_counted_apart(found: dict[str, Any]) -> None:
    for by_server in found["medians"].values():
        counted = [name for name, figures in by_server.items() if "database_us" in figures]
        assert counted == ["Kanaf, PostgreSQL"]


def test_what_couchdb_is_told_to_reach_is_measured(found: dict[str, Any]) -> None:
    for measure in MEASURES:
        for figures in found["medians"][measure.name].values():
            assert measure.told.keys() <= figures.keys()


def test_the_durability_of_every_server_is_told(found: dict[str, Any]) -> None:
    survives = {name: "survives" in said for name, said in found["durability"].items()}

    assert survives == {**dict.fromkeys(OURS, True), "pouchdb-server": False}


def test_the_table_of_a_small_run_says_that_it_means_nothing(folder: Path) -> None:
    page = (folder / "speed.md").read_text("utf-8")

    assert all(f"| {measure.titled(TINY)} |" in page for measure in MEASURES)
    assert "A SMOKE RUN" in page
