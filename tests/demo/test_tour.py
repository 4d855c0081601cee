from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tablet.tour import run_tour
from tests.support.faulty import launcher
from tests.support.server import KanafServer

StartDemo = Callable[..., KanafServer]


@pytest.mark.slow
def test_the_tour_is_green_and_green_again_against_the_same_demo(
    start_demo: StartDemo, installation: Path, figure: Callable[[str], None]
) -> None:
    server = start_demo()

    for _ in range(2):
        story: list[str] = []
        began = time.monotonic()
        is_green = run_tour(server.url, lambda: installation, story.append)
        figure(f"{time.monotonic() - began:.1f} s, {_count(story, 'ok')} checks")
        assert is_green, "\n".join(story)
    assert "Traceback" not in server.log


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switched_off", "not_so"),
    [
        (
            "merging",
            [
                "amina-tablet-1 shows all three concerns",
                "amina-tablet-1 has no conflict",
                "amina-tablet-2 has no conflict",
            ],
        ),
        (
            "sharing",
            [
                "chen-tablet-1 holds exactly: k2",
                "chen-tablet-1 holds exactly: nothing",
                "dina-tablet-1 holds exactly: nothing",
                "dina cannot read the registration by its id either",
            ],
        ),
        (
            "quarantine",
            [
                "the registration is denied, and nothing else",
                "bilal finds it in quarantine, with what is wrong: age",
            ],
        ),
    ],
)
def test_the_tour_fails_when_a_promise_is_not_kept(
    start_demo: StartDemo, installation: Path, switched_off: str, not_so: list[str]
) -> None:
    failed = _failed(start_demo(launcher(switched_off)), installation)

    assert {*not_so} <= {*failed}


def test_the_tour_says_where_nothing_answers_before_it_installs_anything(tmp_path: Path) -> None:
    story: list[str] = []
    nobody = KanafServer(tmp_path)

    assert not run_tour(nobody.url, _not_needed, story.append)

    assert story == [f"no demo answers at {nobody.url}; start one with: make demo"]


def _not_needed() -> Path:
    raise AssertionError("nothing answers: there is nothing to install for")


def _failed(server: KanafServer, installation: Path) -> list[str]:
    """What the tour finds not to be so; it must find something."""
    story: list[str] = []
    assert not run_tour(server.url, lambda: installation, story.append)
    assert _count(story, "ok") > 0, "\n".join(story)
    claims = (line.strip() for line in story)
    return [claim.removeprefix("NOT SO").strip() for claim in claims if claim[:6] == "NOT SO"]


def _count(story: list[str], outcome: str) -> int:
    return sum(line.strip().startswith(f"{outcome}  ") for line in story)
