"""No test is skipped silently, and in CI none that needs PostgreSQL or PouchDB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from tests.support.closing_report import FIGURE, ClosingReport

def pytest_configure(config):
    config.addinivalue_line("markers", "postgresql: needs PostgreSQL")
    config.pluginmanager.register(ClosingReport(config))
"""
TESTS = """
import pytest
from tests.support.closing_report import FIGURE

def test_that_says_a_figure(request):
    request.node.user_properties.append((FIGURE, "7 of 7"))

@pytest.mark.skip(reason="no time")
def test_that_nobody_needs(): ...

@pytest.mark.postgresql
@pytest.mark.skipif({no_server}, reason="no server")
def test_that_ci_needs(): ...
"""
SKIPPED_WHOLE = """
import pytest
pytest.skip("no library", allow_module_level=True)
"""


def run(folder: Path, processes: int, *, skips: str = "", ci: bool = True) -> tuple[int, str]:
    """The status and the text of a run of these tests."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_some.py").write_text(TESTS.format(no_server=skips == "test"))
    if skips == "file":
        (folder / "test_whole.py").write_text(SKIPPED_WHOLE)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    if ci:
        environment["CI"] = "true"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(processes), "--hypothesis-seed=5"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.fixture(params=[0, 2], ids=["one process", "two processes"])
def processes(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_the_end_of_a_run_says_figures_skips_and_the_seed(tmp_path: Path, processes: int):
    status, text = run(tmp_path, processes)

    assert status == 0
    assert text.count("test_that_says_a_figure: 7 of 7") == 1
    assert text.count("test_that_nobody_needs: no time") == 1
    assert "seed 5" in text


@pytest.mark.parametrize(
    ("skips", "reason"),
    [("test", "test_that_ci_needs: no server"), ("file", "test_whole.py: no library")],
)
def test_ci_fails_where_what_it_needs_was_skipped(
    tmp_path: Path, processes: int, skips: str, reason: str
):
    assert run(tmp_path, processes, skips=skips, ci=False)[0] == 0
    status, text = run(tmp_path, processes, skips=skips)

    assert status == 1
    assert text.count(reason) == 1
    assert "FAILED in CI, because it was skipped" in text
