"""A case database with people and tablets, set up in the data of a server that is off or on."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from sync_server.service.administration import add_database
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import add_agency, add_device, add_group, add_user
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.storage.rows import DatabaseKind
from tests.support.server import KanafServer

DATABASE = "sudan"
AUTHOR, AUTHORS_TABLET = "amina", "amina-tablet-1"


@dataclass(frozen=True)
class Programme:
    """A service in this process over the data of a server, and who may use it.

    Attributes:
        author: the caseworker of every document.
        tokens: by device: the author's tablet, and one of each supervisor.
    """

    kanaf: Kanaf
    author: Caller
    tokens: dict[str, str]

    @property
    def supervisors(self) -> dict[str, str]:
        """The tokens of the supervisors' tablets, by device; each sees all that amina writes."""
        return {name: token for name, token in self.tokens.items() if name != AUTHORS_TABLET}


def programme(server: KanafServer, supervisors: int = 1) -> Programme:
    """Makes the database and the people of one group."""
    kanaf = open_kanaf(server.settings)
    add_agency(kanaf, "A", "Agency A")
    add_group(kanaf, "khartoum")
    people = {AUTHOR: "caseworker"}
    people.update({f"bilal{number}": "supervisor" for number in range(supervisors)})
    tokens: dict[str, str] = {}
    for name, role in people.items():
        add_user(kanaf, name, role=role, agency="A", groups=("khartoum",))
        tokens[f"{name}-tablet-1"] = add_device(kanaf, name, f"{name}-tablet-1")
    add_database(kanaf, DATABASE, DatabaseKind.CASE)
    author = kanaf.directory().named(AUTHOR)
    assert author is not None
    return Programme(kanaf, Caller(author, AUTHORS_TABLET), tokens)


def tablet(device: str, token: str) -> requests.Session:
    """A session that signs every request in as a tablet."""
    session = requests.Session()
    session.auth = (device, token)
    session.trust_env = False  # neither proxies nor .netrc of the machine that measures
    return session
