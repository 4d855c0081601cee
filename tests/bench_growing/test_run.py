"""The benchmarks of a growing country still run, and find a figure for everything."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from bench import bench_feed_growth, bench_role_change
from bench.growing.reader import MEASURES
from tablet.stock import InstallationFailed, NodeNotFound
from tests.support.postgres import PostgresMissing

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "feed-cost.md"
OURS = ("SQLite", "PostgreSQL")
OF_KANAF = {"median_ms", "p99_ms", "cpu_us"}


def run(bench: ModuleType, folder: Path, *sizes: str) -> tuple[dict[str, object], str]:
    """The figures of a run, and the page with its table."""
    page, figures = folder / PAGE.name, folder / "figures.json"
    page.write_bytes(PAGE.read_bytes())
    files = ["--json", str(figures), "--markdown", str(page)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [f"{bench.__name__}.py", *sizes, *files])
        try:
            bench.main()
        except (NodeNotFound, InstallationFailed, PostgresMissing) as problem:
            pytest.skip(f"something to run it with is missing: {problem}")
    return json.loads(figures.read_text()), page.read_text("utf-8")


@pytest.mark.postgresql
@pytest.mark.clients
@pytest.mark.slow
def test_a_small_country_and_a_larger_one_are_compared(tmp_path: Path) -> None:
    small = ("--cases", "17", "34", "--users", "13", "--rounds", "1", "--times", "10")
    found, page = run(bench_feed_growth, tmp_path, *small)

    medians = found["medians"]
    assert isinstance(medians, dict)
    assert tuple(medians) == (*OURS, "pouchdb-server")
    for server in OURS:
        assert list(medians[server]) == [one.name for one in MEASURES]
        for by_cases in medians[server].values():
            assert list(by_cases) == ["17", "34"]
            for figures in by_cases.values():
                assert figures.keys() >= OF_KANAF
                assert ("database_us" in figures) == (server == "PostgreSQL")
                assert all(figure > 0 for figure in figures.values())
    assert list(medians["pouchdb-server"]) == ["filtered"]
    assert all(f"| {one.title} |" in page for one in MEASURES)
    assert "A SMALL RUN" in page


@pytest.mark.postgresql
@pytest.mark.slow
def test_feeds_follow_a_change_of_roles_while_somebody_writes(tmp_path: Path) -> None:
    small = ("--cases", "30", "--users", "17", "--movers", "2", "--documents", "64")
    found, page = run(bench_role_change, tmp_path, *small, "--seconds", "1")

    by_database = found["figures"]
    assert isinstance(by_database, dict)
    assert tuple(by_database) == OURS
    for steps in by_database.values():
        assert steps["rest"]["writes"] > 0
        for name, figures in steps.items():
            assert figures["wait_longest_ms"] >= figures["wait_median_ms"] > 0
            assert ("rest_s" in figures) == (name != "rest")
    assert "| role given again |" in page
    assert "A SMALL RUN" in page
