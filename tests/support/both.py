"""What is tried on both kinds of databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from tests.support.postgres import fresh_database

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
"""The parameters of a fixture that is made once for each."""


@contextmanager
def database_of(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty database of the kind that a fixture's parameter names.

    None for SQLite: a server makes its own in its data folder.
    """
    if request.param == "sqlite":
        yield None
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@dataclass(frozen=True)
class Kind:
    """A kind of databases; `fresh` makes an empty one, and tells of it what `database_of` tells."""

    name: str
    fresh: Callable[[], AbstractContextManager[str | None]]

    @classmethod
    def of(cls, request: pytest.FixtureRequest) -> Kind:
        """The kind that a fixture's parameter names."""
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[request.param]
        return cls(name, lambda: database_of(request))
