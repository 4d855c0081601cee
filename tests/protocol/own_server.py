"""A server of one test's own, whose directory the test may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from sync_server.service.administration import add_database
from sync_server.service.directory_changes import add_agency, add_device, add_group, add_user
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage.rows import DatabaseKind
from tests.protocol.api import Api
from tests.support.server import KanafServer


@dataclass(frozen=True)
class OwnServer:
    """A server with the case database `sd`.

    amina has the tablets `first` and `second`, bilal has `third`.
    """

    kanaf: Kanaf
    tokens: dict[str, str]
    url: str

    def api(self, device: str) -> Api:
        session = requests.Session()
        session.auth, session.trust_env = (device, self.tokens[device]), False
        return Api(self.url, session)


@contextmanager
def own_server(folder: Path, database_url: str) -> Iterator[OwnServer]:
    with KanafServer(folder, database_url=database_url) as server:
        kanaf = open_kanaf(server.settings)
        add_agency(kanaf, "A", "Agency A")
        add_group(kanaf, "khartoum")
        for name, role in (("amina", "caseworker"), ("bilal", "supervisor")):
            add_user(kanaf, name, role=role, agency="A", groups=("khartoum",))
        add_database(kanaf, "sd", DatabaseKind.CASE)
        devices = {"first": "amina", "second": "amina", "third": "bilal"}
        tokens = {device: add_device(kanaf, user, device) for device, user in devices.items()}
        yield OwnServer(kanaf, tokens, f"{server.url}/sync/sd")
        kanaf.store.close()
