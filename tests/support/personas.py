"""The people of every test, with a tablet each, and the documents that they write.

amina is a caseworker in Khartoum; bilal supervises her group; chen is another agency's psychosocial
worker whom she refers to; dina, a caseworker of a third agency, must see nothing of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from sync_server.service import directory_changes
from sync_server.service.administration import add_database
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage.rows import DatabaseKind
from tests.support.server import ADMIN, KanafServer

Json = dict[str, Any]
AGENCIES = {"A": "Agency A", "B": "Agency B", "C": "Agency C"}
PEOPLE = {
    "amina": ("caseworker", "A", "khartoum"),
    "bilal": ("supervisor", "A", "khartoum"),
    "chen": ("service_provider", "B", "khartoum-health"),
    "dina": ("caseworker", "C", "omdurman"),
}
EDITED_AT = "2026-11-23T08:12:03+02:00"


@dataclass(frozen=True)
class Persona:
    """Somebody with a tablet. `session` signs every request in as that tablet."""

    name: str
    device: str
    token: str
    session: requests.Session

    def document(self, record: str, form: str, data: Json, **more: Any) -> Json:
        """A document that this person edits on their tablet; `more` as for `case_document`."""
        return case_document(record, form, self.name, self.device, data, **more)


@dataclass(frozen=True)
class Personas:
    """Everybody."""

    amina: Persona
    bilal: Persona
    chen: Persona
    dina: Persona


def create_personas(server: KanafServer, database: str | None = "sd") -> Personas:
    """Enrols everybody, in a new case database (None: there is one already)."""
    if database is not None:
        create_case_database(server, database)
    with _opened(server) as kanaf:
        return Personas(**{name: _enrolled(kanaf, name) for name in PEOPLE})


def create_persona(server: KanafServer, name: str, database: str) -> Persona:
    """Enrols one of them alone, in a new case database."""
    create_case_database(server, database)
    with _opened(server) as kanaf:
        return _enrolled(kanaf, name)


def create_case_database(server: KanafServer, name: str) -> None:
    """A case database, which everybody on the server is a member of."""
    with _opened(server) as kanaf:
        add_database(kanaf, name, DatabaseKind.CASE)


def administrator() -> requests.Session:
    """A session of the first administrator, who may use open databases."""
    return _session(*ADMIN)


def add_device(server: KanafServer, user: str, device: str) -> Persona:
    """Another tablet for somebody who is enrolled already."""
    with _opened(server) as kanaf:
        return _with_tablet(kanaf, user, device)


def with_token(user: str, device: str, token: str) -> Persona:
    """Somebody with a tablet that is enrolled."""
    return Persona(user, device, token, _session(device, token))


def case_document(
    record: str,
    form: str,
    author: str,
    device: str,
    data: Json,
    rev: str | None = None,
    name: str | None = None,
    state: str = "complete",
) -> Json:
    """A document of a case database, with a salt that no other edit has.

    `record` is the record's uuid4; `rev` the revision that was edited, None for a new document;
    `name` the ULID of a document whose form may be filled many times in a record.
    """
    document: Json = {
        "_id": f"{record}:{form}" if name is None else f"{record}:{form}:{name}",
        "form": form,
        "form_rev": 1,
        "author": author,
        "device": device,
        "edited_at": EDITED_AT,
        "salt": secrets.token_hex(16),
        "state": state,
        "data": data,
    }
    return document if rev is None else {**document, "_rev": rev}


@contextmanager
def _opened(server: KanafServer) -> Iterator[Kanaf]:
    """The service over a server's data, in this process: a command would take a second to start."""
    kanaf = open_kanaf(server.settings)
    with closing(kanaf.store):
        yield kanaf


def _enrolled(kanaf: Kanaf, name: str) -> Persona:
    role, agency, group = PEOPLE[name]
    directory_changes.add_agency(kanaf, agency, AGENCIES[agency])
    directory_changes.add_group(kanaf, group)
    directory_changes.add_user(kanaf, name, role=role, agency=agency, groups=(group,))
    return _with_tablet(kanaf, name, f"{name}-tablet-1")


def _with_tablet(kanaf: Kanaf, user: str, device: str) -> Persona:
    return with_token(user, device, directory_changes.add_device(kanaf, user, device))


def _session(name: str, secret: str) -> requests.Session:
    session = requests.Session()
    session.auth = (name, secret)
    session.trust_env = False  # neither proxies nor .netrc of the machine that tests
    return session
