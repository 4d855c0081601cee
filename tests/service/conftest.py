"""A service in this process, on both databases, with the personas in its directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url, select

from schemas import Form, form_to_json
from sync_server.errors import DocumentMissing
from sync_server.service.administration import add_database
from sync_server.service.caller import Caller
from sync_server.service.case_forms import revisions_of
from sync_server.service.directory_changes import add_agency, add_group, add_user
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.feed import SeqTag
from sync_server.service.kanaf import Kanaf
from sync_server.service.publishing import (
    next_revision,
    publish_form,
    published_to,
)
from sync_server.service.pushing import push
from sync_server.service.receipt import Receipt
from sync_server.service.waiting_for_people import open_conflicts, quarantined
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from sync_server.storage.schema import audit_entry
from tests.support.opening import kanaf_in, new_kanaf
from tests.support.ready import Content, content_of, put

CASE = {
    "case_number": "SD-VHXG-8388-33FT",
    "opened_on": "2026-11-01",
    "status": "open",
    "consent_to_share": True,
}
REGISTRATION = {"sex": "female", "registered_on": "2026-11-01"}
REFERRAL = "k2:01JD3Z5Q8YV0M4T7W2X9B6C1AE"


def made_on(rev: object, *digests: str) -> dict[str, Any]:
    """The members of an edit that was made on a revision; behind its digest those of its author's
    earlier ones, which were not pushed.
    """
    generation, _, digest = str(rev).partition("-")
    start = int(generation) + len(digests)
    return {"_revisions": {"start": start, "ids": [*digests, digest]}}


_begun: dict[tuple[object, ...], tuple[bytes, Content]] = {}
"""The master key and the content of programmes that have just begun."""


@dataclass
class Programme:
    """A case database, and the personas as callers."""

    kanaf: Kanaf
    database: DatabaseRow
    record: str = field(default_factory=lambda: str(uuid4()))
    _salt: int = 0

    def form(self, code: str) -> Form:
        """The last revision of a form."""
        return revisions_of(published_to(self.kanaf, self.database), code)[-1]

    def publish(self, code: str, change: Callable[[Any], None]) -> Form:
        """Publishes the next revision of a form, after a change of its JSON."""
        definition = deepcopy(form_to_json(self.form(code)))
        change(definition)
        forms = published_to(self.kanaf, self.database)
        form = next_revision(forms, definition, code)
        return publish_form(self.kanaf, self.database, form).form

    def caller(self, name: str) -> Caller:
        person = self.kanaf.directory().named(name)
        assert person is not None
        return Caller(person, f"{name}-tablet")

    def by_token(self, name: str, device: str) -> Caller:
        """Somebody who came in with the token of a device that there is."""
        token = self.kanaf.registry().devices[device].token_digest
        return replace(self.caller(name), device=device, proof=token)

    def signed_in(self, name: str) -> Caller:
        """Somebody who came in with their password."""
        return replace(self.caller(name), device="")

    def write(self, name: str, form: str, data: dict[str, Any], **members: Any) -> Receipt:
        """A new edit of a form of the record, by somebody."""
        (receipt,) = self.write_together(name, (form, data, members))
        return receipt

    def write_together(
        self, name: str, *edits: tuple[str, dict[str, Any], dict[str, Any]]
    ) -> list[Receipt]:
        """Several edits in one push: form, answers, other members."""
        documents = [self._document(name, *edit) for edit in edits]
        is_replicated = any("_revisions" in document for document in documents)
        return push(
            self.kanaf, self.database, self.caller(name), documents, is_replicated=is_replicated
        )

    def _document(
        self, name: str, form: str, data: dict[str, Any], members: dict[str, Any]
    ) -> dict[str, Any]:
        self._salt += 1
        return {
            "_id": f"{self.record}:{form}",
            "form": form.partition(":")[0],
            "form_rev": 1,
            "author": name,
            "device": f"{name}-tablet",
            "edited_at": "2026-11-23T08:12:03+02:00",
            "salt": f"{self._salt:032x}",
            "state": "complete",
            "data": data,
            **members,
        }

    def fork(self, form: str, *edits: tuple[Any, ...]) -> None:
        """Edits of the standing revision that did not see each other: name, answers, and other
        members, where there are any.
        """
        base = self.shown("amina", form)["_rev"]
        for number, (name, data, *members) in enumerate(edits):
            more = {key: value for given in members for key, value in given.items()}
            made = made_on(base, f"{number:032x}")
            assert self.write(name, form, data, **made, **more).code is None

    def register(self) -> None:
        """Amina writes the case and its registration."""
        for form, data in (("k1", CASE), ("k21", REGISTRATION)):
            assert self.write("amina", form, data).code is None

    def refer(self, *forms: str) -> Receipt:
        """Amina refers the case with some forms to chen, who accepts; the receipt of that."""
        referral = {"to_user": "chen", "forms": list(forms), "service": "health"}
        sent = self.write("amina", REFERRAL, referral)
        answer = {**referral, "response": "accepted"}
        accepted = self.write("chen", REFERRAL, answer, _rev=str(sent.rev))
        assert accepted.code is None
        return accepted

    def refresh(self) -> DatabaseRow:
        """The database's row as it is now."""
        self.database = self.kanaf.database(self.database.name)
        return self.database

    def audit(self, action: str) -> list[str]:
        """The subjects of the entries of the audit log that tell of some action."""
        of_action = audit_entry.c.action == action
        query = select(audit_entry.c.subject).where(of_action).order_by(audit_entry.c.id)
        with self.kanaf.store.read() as reading:
            return list(reading.connection.execute(query).scalars())

    @contextmanager
    def reader(self, name: str) -> Iterator[DocumentReader]:
        """A reader of what somebody may see."""
        with self.kanaf.store.read() as reading:
            yield DocumentReader(self.kanaf, reading, self.database, self.caller(name))

    def tag(self, name: str) -> SeqTag:
        """What makes the seqs of somebody's feed opaque."""
        return SeqTag(self.kanaf, self.database, self.caller(name).person)

    def read(self, name: str, document: str) -> dict[str, Any]:
        """What somebody is shown of a document."""
        with self.reader(name) as reader:
            return reader.read(document, reader.winner(document), Shape())

    def shown(self, name: str, form: str) -> dict[str, Any]:
        """What somebody is shown of a form of the record."""
        return self.read(name, f"{self.record}:{form}")

    def sees(self, name: str, form: str) -> bool:
        """Whether somebody is shown a form of the record."""
        try:
            self.shown(name, form)
        except DocumentMissing:
            return False
        return True

    def quarantine(self, name: str) -> list[dict[str, Any]]:
        """What was refused from somebody."""
        return quarantined(self.kanaf, self.database, self.caller(name))

    def conflicts(self, name: str) -> list[dict[str, Any]]:
        """What waits for somebody's decision."""
        return open_conflicts(self.kanaf, self.database, self.caller(name))


@pytest.fixture
def programme(database_url: str, tmp_path: Path) -> Iterator[Programme]:
    with new_programme(tmp_path, database_url) as made:
        yield made


@contextmanager
def new_programme(
    folder: Path, database_url: str, passwords: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Programme]:
    """A programme in a database with the tables; of the personas those sign in who have a password.

    The first one of a kind is made, and all others are copies of it.
    """
    key_file = folder / "master.key"
    like = make_url(database_url).get_backend_name(), tuple(sorted(passwords.items()))
    if like not in _begun:
        _begin(folder, database_url, passwords)
        _begun[like] = key_file.read_bytes(), content_of(database_url)
    else:
        key, content = _begun[like]
        key_file.write_bytes(key)
        put(content, database_url)
    kanaf = kanaf_in(folder, database_url)
    yield Programme(kanaf, kanaf.database("sudan"))
    kanaf.store.close()


def _begin(folder: Path, database_url: str, passwords: Mapping[str, str]) -> None:
    kanaf = new_kanaf(folder, database_url)
    for code in ("a", "b", "c"):
        add_agency(kanaf, code, f"Agency {code}")
    for group in ("khartoum", "gedaref", "kassala"):
        add_group(kanaf, group)
    for name, role, agency, groups in (
        ("amina", "caseworker", "a", ("khartoum",)),
        ("bilal", "supervisor", "a", ("khartoum",)),
        ("chen", "service_provider", "b", ()),
        ("dina", "caseworker", "c", ("gedaref",)),
    ):
        password = passwords.get(name)
        add_user(kanaf, name, role=role, agency=agency, groups=groups, password=password)
    add_database(kanaf, "sudan", DatabaseKind.CASE)
    kanaf.store.close()
