from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from sync_server.storage.databases import create_database
from sync_server.storage.migrating import migrate
from sync_server.storage.store import Store
from tests.storage.writing import Programme


@pytest.fixture
def new_store(database_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same data once more, as another process would."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Store(database_url)))


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    store = new_store()
    migrate(store)
    return store


@pytest.fixture
def new_programme(store: Store) -> Callable[[str], Programme]:
    def new(name: str) -> Programme:
        created = store.administratively(
            lambda connection: create_database(
                connection, name=name, kind="case", uuid=f"uuid of {name}", wrapped_key=b"key"
            )
        )
        return Programme(store, created)

    return new


@pytest.fixture
def programme(new_programme: Callable[[str], Programme]) -> Programme:
    """An empty case database."""
    return new_programme("sd")
