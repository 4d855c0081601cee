"""A server of one test's own, whose directory the test may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import select

from sync_server.service.administration import add_database
from sync_server.service.directory_changes import add_agency, add_device, add_group, add_user
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage import schema
from sync_server.storage.rows import DatabaseKind
from tests.protocol.api import Api
from tests.support.server import ADMIN, KanafServer


@dataclass(frozen=True)
class OwnServer:
    """A server with the case database `sd`.

    amina has the tablets `first` and `second`, bilal, her supervisor, has `third`, and who keeps
    the server has `office`. There is a group that neither is in, gedaref.
    """

    kanaf: Kanaf
    tokens: dict[str, str]
    url: str

    def api(self, device: str) -> Api:
        session = requests.Session()
        session.auth, session.trust_env = (device, self.tokens[device]), False
        return Api(self.url, session)

    def state(self) -> dict[str, list[str]]:
        """All rows of every table, but for what tells of those who ask: the audit log, and when
        tablets were heard of.
        """
        with self.kanaf.store.read() as reading:
            return {
                table.name: sorted(map(repr, reading.connection.execute(select(table))))
                for table in schema.metadata.sorted_tables
                if table not in (schema.audit_entry, schema.device_report)
            }


@contextmanager
def own_server(
    folder: Path, database_url: str | None = None, launcher: Sequence[str] | None = None
) -> Iterator[OwnServer]:
    """An `OwnServer`; for `launcher` see `KanafServer`."""
    with KanafServer(folder, database_url=database_url, launcher=launcher) as server:
        kanaf = open_kanaf(server.settings)
        add_agency(kanaf, "A", "Agency A")
        for group in ("khartoum", "gedaref"):
            add_group(kanaf, group)
        for name, role in (("amina", "caseworker"), ("bilal", "supervisor")):
            add_user(kanaf, name, role=role, agency="A", groups=("khartoum",))
        add_database(kanaf, "sd", DatabaseKind.CASE)
        devices = {"first": "amina", "second": "amina", "third": "bilal", "office": ADMIN[0]}
        tokens = {device: add_device(kanaf, user, device) for device, user in devices.items()}
        yield OwnServer(kanaf, tokens, f"{server.url}/sync/sd")
        kanaf.store.close()
