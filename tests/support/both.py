"""What is tried on both kinds of databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
