"""The figures of the promises stand at the end of every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.both import BOTH, Kind


@pytest.fixture(autouse=True)
def figures_of_the_promise(
    capsys: pytest.CaptureFixture[str], figure: Callable[[str], None]
) -> Iterator[None]:
    """Says at the end of the run what a test printed of its promise."""
    yield
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("promise "):
            figure(line)


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> Kind:
    """A kind of databases, for tests that need several of them."""
    return Kind.of(request)
