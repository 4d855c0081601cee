"""What a run of the tests says at its end: what was skipped and why, figures, the seed."""

from __future__ import annotations

import os

import pytest

NEEDED_IN_CI = {"postgresql", "pouchdb"}
FIGURES = pytest.StashKey[list[str]]()


class ClosingReport:
    """A pytest plugin that lets no test be skipped silently, and none of some kinds in CI."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._skipped: list[tuple[str, str]] = []
        self._refused: list[str] = []
        config.stash[FIGURES] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a skipped test; an expected failure is none."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self._remember(report, needed=bool(NEEDED_IN_CI & set(report.keywords)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a file that was skipped whole; what it would have needed nobody knows."""
        if report.skipped:
            self._remember(report, needed=True)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run red that left out what CI must see."""
        if self._refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the sections."""
        if figures := self._config.stash[FIGURES]:
            terminalreporter.section("figures")
            for line in figures:
                terminalreporter.line(line)
        if self._skipped:
            terminalreporter.section("skipped, and why")
            for test, reason in self._skipped:
                terminalreporter.line(f"{test}: {reason}")
        for test in self._refused:
            terminalreporter.line(f"FAILED in CI, because it was skipped: {test}", red=True)
        seed = self._config.getoption("--hypothesis-seed")
        terminalreporter.line(f"seed {seed} (another one: make test SEED=2)")

    def _remember(self, report: pytest.TestReport | pytest.CollectReport, *, needed: bool) -> None:
        place = report.longrepr
        reason = place[2] if isinstance(place, tuple) else str(place)
        self._skipped.append((report.nodeid, reason.removeprefix("Skipped: ")))
        if needed and os.environ.get("CI"):
            self._refused.append(report.nodeid)
