"""A programme in which histories of sharing happen: a served database, and what stands in it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import form_from_json
from sync_server.service import quarantine_desk
from sync_server.service.caller import Caller
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.publishing import publish_form
from sync_server.storage.fanout import pending_jobs
from sync_server.storage.rows import DatabaseRow
from tests.promises.enrolment import DATABASE, launcher
from tests.promises.programme_directory import ProgrammeDirectory
from tests.support.personas import create_case_database
from tests.support.server import KanafServer

Json = dict[str, Any]
CONFIGURATION = "shared"
MOST_SECONDS = 60
ASKED: Json = {"required": False, "merge": "changed", "sensitivity": "plain"}
PUBLISHED: dict[str, Json] = {
    code: {
        "code": code,
        "revision": 1,
        "name": name,
        "cardinality": "one",
        "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
        "title": {"en": "Statement"},
        "survivors": survivors,
        "fields": [
            {
                "name": "told",
                "type": "text",
                "label": {"en": "Told"},
                **ASKED,
                "sensitivity": sensitivity,
            }
        ],
    }
    for code, name, survivors, sensitivity in (
        ("k100", "statement", False, "plain"),
        ("k101", "survivors_statement", True, "plain"),
        ("k102", "contact_of_relatives", False, "identifying"),
    )
}
"""The forms of the programme, by code."""
_LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Standing:
    """A document as it stands, read below all rules of sharing.

    Attributes:
        rev: the winner; None where all is deleted.
        body: what the winner shows, without members that begin with `_`.
        live: the bodies of all live leaves; a `merge` in them is the server's.
        known: every revision of which at least the id is here.
    """

    rev: str | None
    body: Json
    live: list[Json]
    known: frozenset[str]


@dataclass(frozen=True)
class Programme:
    """A served case database and its data."""

    server: KanafServer
    kanaf: Kanaf
    database: DatabaseRow
    directory: ProgrammeDirectory

    @property
    def url(self) -> str:
        """The database's address."""
        return f"{self.server.url}/sync/{DATABASE}"

    def come_to_rest(self) -> None:
        """Waits until no fan-out is pending."""
        deadline = time.monotonic() + MOST_SECONDS
        while self._pending():
            assert time.monotonic() < deadline, "fan-out does not end"
            time.sleep(_LOOK_SECONDS)

    def standing(self, records: Collection[str]) -> dict[str, Standing]:
        """All documents of some records, and the configuration, by id."""
        vault, database_id = self.kanaf.vault(self.database), self.database.id
        with self.kanaf.store.read() as reading:
            rows = reading.documents_of(database_id, {*records, CONFIGURATION})
            keys = {
                name: vault.record_key(name, row.wrapped_key)
                for name, row in reading.records(database_id, {*records, CONFIGURATION}).items()
            }
            trees = reading.revisions(database_id, [row.document_id for row in rows])
            return {
                row.document_id: _standing(
                    DocumentWork(
                        reading,
                        database_id,
                        keys[row.record_id],
                        row.document_id,
                        row,
                        lambda: trees,
                    )
                )
                for row in rows
            }

    def decide(self, name: str, entry: str, *, accept: bool) -> bool:
        """A supervisor's decision about what was refused; whether it could be made."""
        person = self.kanaf.directory().named(name)
        if person is None:
            return False
        decision = quarantine_desk.accept if accept else quarantine_desk.reject
        with suppress(quarantine_desk.NotDecided):
            decision(self.kanaf, self.database, Caller(person, ""), entry)
            return True
        return False

    def _pending(self) -> int:
        with self.kanaf.store.read() as reading:
            return pending_jobs(reading.connection, self.database.id)


@contextmanager
def programme(
    folder: Path, database_url: str | None, fault: str | None = None
) -> Iterator[Programme]:
    """A server with an empty programme, which has published its forms."""
    started = launcher(fault) if fault else None
    with KanafServer(folder, database_url=database_url, launcher=started) as server:
        create_case_database(server, DATABASE)
        kanaf = open_kanaf(server.settings)
        with closing(kanaf.store):
            database = kanaf.database(DATABASE)
            for definition in PUBLISHED.values():
                publish_form(kanaf, database, form_from_json(definition))
            directory = ProgrammeDirectory(kanaf)
            yield Programme(server, kanaf, database, directory)


def _standing(work: DocumentWork) -> Standing:
    known = frozenset(str(node.rev) for node in work.tree)
    live = work.live_bodies()
    if not live:
        return Standing(None, {}, [], known)
    winner = work.tree.winner().rev
    body = {name: one for name, one in work.body(winner).items() if not name.startswith("_")}
    return Standing(str(winner), body, live, known)
