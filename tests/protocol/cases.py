"""Cases as tablets write them, and the four people who do or don't see them."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from tests.protocol.api import Api, Json, revision
from tests.support.personas import Persona, Personas, add_device
from tests.support.server import KanafServer

_ULID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REGISTRATION = {"sex": "female", "registered_on": "2026-11-20"}


@dataclass(frozen=True)
class Tablet:
    """A person's tablet and the case database as it sees it."""

    persona: Persona
    api: Api

    def document(self, record: str, form: str, data: Json, **more: Any) -> Json:
        return self.persona.document(record, form, data, **more)

    def push(self, document: Json, *revs: str) -> Json | None:
        """Sends one revision; returns the row that says why it was refused."""
        rows = self.api.push(revision(document, *(revs or (new_rev(1),))))
        return rows[0] if rows else None

    def sees(self, document: str) -> bool:
        return self.api.get(document).status_code == 200


@dataclass(frozen=True)
class Team:
    amina: Tablet
    bilal: Tablet
    chen: Tablet
    dina: Tablet
    server: KanafServer
    name: str

    @classmethod
    def of(cls, server: KanafServer, people: Personas, database: str) -> Team:
        url = f"{server.url}/sync/{database}"

        def tablet(one: Persona) -> Tablet:
            return Tablet(one, Api(url, one.session))

        everybody = people.amina, people.bilal, people.chen, people.dina
        amina, bilal, chen, dina = (tablet(one) for one in everybody)
        return cls(amina, bilal, chen, dina, server, database)

    @property
    def api_url(self) -> str:
        return f"{self.server.url}/api/v1/{self.name}"

    def new_tablet_of_chen(self) -> Tablet:
        """Another tablet of chen's, which has never asked for anything."""
        tablet = add_device(self.server, "chen", f"chen-tablet-{ulid()}")
        return Tablet(tablet, Api(self.chen.api.url, tablet.session))


@dataclass
class Case:
    """A case of amina's, referred to chen, with the revisions that stand."""

    team: Team
    record: str
    referral: str
    revs: dict[str, str]

    @property
    def registration(self) -> str:
        return f"{self.record}:k21"

    @property
    def opening(self) -> str:
        return f"{self.record}:k1"

    def edit(self, tablet: Tablet, document: str, data: Json) -> Json | None:
        """An edit on the revision that stands, with all its answers given anew."""
        name = document.partition(":")[2]
        form, _, ulid = name.partition(":")
        before = self.revs[document]
        rev = new_rev(int(before.partition("-")[0]) + 1)
        edited = tablet.document(self.record, form, data, name=ulid or None)
        refused = tablet.push(edited, rev, before)
        if refused is None:
            self.revs[document] = rev
        return refused

    def answer(self, response: str, by: Tablet | None = None) -> Json | None:
        """The referral answered, by its addressee."""
        data = {**self.referred(), "response": response}
        return self.edit(by or self.team.chen, self.referral, data)

    def end(self) -> Json | None:
        """The referral ended by its sender."""
        data = {**self.referred(), "response": "accepted", "ended": True}
        return self.edit(self.team.amina, self.referral, data)

    def resume(self) -> Json | None:
        """The ended referral taken up again by its sender."""
        return self.edit(
            self.team.amina, self.referral, {**self.referred(), "response": "accepted"}
        )

    def consent(self, given: bool) -> Json | None:
        return self.edit(self.team.amina, self.opening, opening(self.record, given))

    @staticmethod
    def referred() -> Json:
        return {"to_user": "chen", "forms": ["k21", "k22"], "service": "psychosocial"}


def opening(record: str, consent: bool) -> Json:
    """The answers of the case form; a case keeps its number."""
    return {
        "case_number": f"SD-{record[:10].upper()}",
        "opened_on": "2026-11-20",
        "status": "open",
        "consent_to_share": consent,
    }


def new_case(team: Team, *, consent: bool = True, referred: bool = True) -> Case:
    """A new case on the server: opened and registered by amina, and referred to chen."""
    record, name = str(uuid.uuid4()), ulid()
    case = Case(team, record, f"{record}:k2:{name}", {})
    documents = [
        team.amina.document(record, "k1", opening(record, consent)),
        team.amina.document(record, "k21", REGISTRATION),
    ]
    if referred:
        documents.append(team.amina.document(record, "k2", Case.referred(), name=name))
    case.revs = {document["_id"]: new_rev(1) for document in documents}
    sent = [revision(document, case.revs[document["_id"]]) for document in documents]
    assert team.amina.api.push(*sent) == []
    return case


def accepted_case(team: Team) -> Case:
    """A new case whose referral chen has accepted."""
    case = new_case(team)
    assert case.answer("accepted") is None
    return case


def photo(tablet: Tablet, record: str, content: bytes, name: str | None = None) -> Json:
    """A photo of a child; its file is named after its content."""
    sha256 = hashlib.sha256(content).hexdigest()
    file = name or f"{sha256}.jpg"
    document = tablet.document(record, "k8", {"file": file}, name=ulid())
    data = base64.b64encode(content).decode()
    document["_attachments"] = {file: {"content_type": "image/jpeg", "data": data}}
    return document


def new_rev(generation: int) -> str:
    return f"{generation}-{secrets.token_hex(16)}"


def ulid() -> str:
    return "0" + "".join(secrets.choice(_ULID_LETTERS) for _ in range(25))
