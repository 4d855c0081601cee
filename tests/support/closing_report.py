"""What a run of the tests says at its end: what was skipped and why, figures, the seed."""

from __future__ import annotations

import os
from typing import Any

import pytest

NEEDED_IN_CI = {"postgresql", "pouchdb", "clients"}
FIGURE = "figure"
"""Of a test's properties, which reach the one who reports from every process that runs tests."""
_SKIPPED, _REFUSED = "skipped, and why", "skipped, but needed"


class ClosingReport:
    """A pytest plugin that lets no test be skipped silently, and none of some kinds in CI."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._skipped: list[tuple[str, str]] = []
        self._refused: list[str] = []
        self._figures: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the figures of a test, and one that was skipped; an expected failure is none."""
        if report.when == "teardown":
            test = report.nodeid.rpartition("::")[2]
            told = (line for name, line in report.user_properties if name == FIGURE)
            self._figures.extend(f"{test}: {line}" for line in told)
        if report.skipped and not hasattr(report, "wasxfail"):
            self._remember(report, needed=bool(NEEDED_IN_CI & set(report.keywords)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a file that was skipped whole; what it would have needed nobody knows."""
        if report.skipped:
            self._remember(report, needed=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a process that ran tests has seen skipped: of files only it is told."""
        told = getattr(node, "workeroutput", {})  # one that crashed has said nothing
        self._skipped += [one for one in told.get(_SKIPPED, ()) if one not in self._skipped]
        self._refused += [one for one in told.get(_REFUSED, ()) if one not in self._refused]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run red that left out what CI must see."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput.update({_SKIPPED: self._skipped, _REFUSED: self._refused})
        if self._refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the sections."""
        if self._figures:
            terminalreporter.section("figures")
            for line in self._figures:
                terminalreporter.line(line)
        if self._skipped:
            terminalreporter.section(_SKIPPED)
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
