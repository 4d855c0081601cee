"""A programme full of canaries, and the people in it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import requests

from sync_server.service import directory_changes
from sync_server.service.administration import add_database
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.sharing.roles import ROLES
from sync_server.storage.rows import DatabaseKind
from tests.promises.confidential.canaries import Canaries, Place
from tests.promises.confidential.inventory import Target
from tests.promises.confidential.oracle import (
    BEGIN_RECORDS,
    READS,
    SUPERVISE,
    WHOSE,
    RecordNow,
    ReferralNow,
    Somebody,
    gives_records_to,
    looks_after,
    sees,
    supervises,
)
from tests.promises.soaking import IS_SOAK
from tests.protocol.api import Api, Json, revision
from tests.support.personas import PEOPLE, administrator, case_document
from tests.support.server import KanafServer

DATABASE = "sd"
PASSWORD = "a password of the test"
HAVE_PASSWORDS = frozenset({*SUPERVISE, "administrator"})
PUBLISHED = "k100"
_ULID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ONCE = ("k1", "k20", "k21", "k22", "k27", PUBLISHED)
_FREE_TEXT = {
    "k2": "reason",
    "k7": "note",
    "k8": "caption",
    "k20": "full_name",
    "k21": "nationality",
    "k22": "summary",
    "k23": "situation",
    "k27": "concerns",
    PUBLISHED: "told",
}
"""By form, a field in which two who edit apart are in conflict, or stand beside each other."""
_OTHER_ANSWERS: dict[str, Json] = {
    "k21": {"sex": "female", "registered_on": "2026-11-20"},
    "k22": {"assessed_on": "2026-11-20", "risk_level": "medium"},
    "k23": {"visited_on": "2026-11-20", "contact_type": "home_visit"},
    "k27": {"care": "parents", "safety": "safe"},
}


AREAS = {"A": "SD01", "B": "SD01", "C": "SD02", "D": "SD03"}
"""Where the people of an agency are."""


def cast() -> dict[str, tuple[str, str, str]]:
    """Everybody: the personas, and of each role somebody of amina's group; of those who see most,
    and in a soak of all, somebody of dina's group, too.

    Who keeps records beside them is `stranger`, whom no other agency knows, and `colleague`, of
    amina's agency and of another group.
    """
    people = dict(PEOPLE)
    for role in ROLES:
        if all(one[0] != role for one in people.values()):
            people[f"{role}-a"] = (role, "A", "khartoum")
        if role != "caseworker" and (IS_SOAK or role in ("supervisor", "agency_manager")):
            people[f"{role}-c"] = (role, "C", "omdurman")
    people["colleague"] = ("caseworker", "A", "bahri")
    people["stranger"] = ("caseworker", "D", "kassala")
    return people


@dataclass(frozen=True)
class Document:
    """A document of the case database as those who wrote it know it.

    Attributes:
        revs: the first one, the last one by which each line was edited, and those between.
        file: the name of what is attached; with its MD5 (base64).
    """

    id: str
    revs: tuple[str, ...]
    file: str = "none.jpg"
    md5: str = "AAAAAAAAAAAAAAAAAAAAAA=="


@dataclass
class Reader:
    """Somebody with a tablet.

    Attributes:
        known: names that they may have been told.
        shown: documents that they have seen, some of which they see no longer.
    """

    who: Somebody
    device: str
    api: Api
    console: requests.Session
    known: set[bytes] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.who.name


@dataclass
class Open:
    """An open database, and those whom its security object names."""

    name: str
    members: set[str]
    document: Document
    local_id: str


class World:
    """A server with a case database and an open one, in both of which canaries are planted."""

    def __init__(self, server: KanafServer, seed: int) -> None:
        self.server = server
        self.chance = random.Random(seed)
        self.canaries = Canaries(self.chance)
        self.people: dict[str, Somebody] = {}
        self.readers: dict[str, Reader] = {}
        self.records: dict[str, RecordNow] = {}
        self.documents: dict[str, Document] = {}
        self.local_ids: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.spare: dict[str, str] = {}
        self.sinces: dict[str, str] = {}
        with self.opened() as kanaf:
            self._enrol(kanaf)
        self.club = self._found_club()

    @contextmanager
    def opened(self) -> Iterator[Kanaf]:
        """The service over the server's data, in this process: for what commands do."""
        kanaf = open_kanaf(self.server.settings)
        with closing(kanaf.store):
            yield kanaf

    # Who may be told what

    def is_told(self, reader: Reader | None, word: bytes) -> bool:
        """Whether somebody may be told what is planted: in any place that they see, or as a name
        that they were told before.
        """
        if reader is None:
            return False
        if word in reader.known and word in self.canaries.names:
            return True
        return any(self._shows(reader, place) for place in self.canaries.places[word])

    def sees(self, reader: Reader | None, document: str) -> bool:
        """Whether somebody sees a document of the case database now."""
        record, _, name = document.partition(":")
        return reader is not None and sees(reader.who, self.records[record], name)

    def _shows(self, reader: Reader, place: Place) -> bool:
        who = reader.who
        if not who.may_come_in:
            return False
        match place.kind:
            case "document":
                return self.sees(reader, place.subject)
            case "record":
                mine = (one for one in self.documents if one.startswith(place.subject))
                return any(self.sees(reader, one) for one in mine)
            case "refused":  # to its pusher and that person's supervisor, and as DESIGN §7 grew
                pusher = self.people[place.owner]
                seen = who.role == "supervisor" and self.sees(reader, place.subject)
                return pusher.name == who.name or supervises(who, pusher) or seen
            case "local":
                return place.owner == f"{who.name} {reader.device}"
            case "device":
                owner = self.people[place.owner]
                return place.subject == reader.device or looks_after(who, owner)
            case "open":
                return who.role == "administrator" or who.name in self.club.members
        raise ValueError(place.kind)

    def remember(self) -> None:
        """From now on everybody knows the names that they may be told now, and has seen what they
        see now.
        """
        for reader in self.readers.values():
            reader.known |= {one for one in self.canaries.names if self.is_told(reader, one)}
            reader.shown |= {one for one in self.documents if self.sees(reader, one)}

    # What is planted

    def begin(self, owner: str) -> str:
        """A new case; returns its record."""
        record = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        who = self.people[owner]
        self.records[record] = RecordNow(owner, who.agency, who.group, consent=False, area=who.area)
        self.canaries.plant(record, Place("record", record), is_name=True)
        number = self.canaries.text(Place("document", f"{record}:k1"))
        self.numbers[record] = f"SD-{number}"
        self.write(owner, f"{record}:k1", self._case(record, consent=False))
        return record

    def consent(self, record: str, *, given: bool) -> None:
        """The owner writes down whether the child consents."""
        self.remember()
        owner = self.records[record].owner
        self.edit(owner, f"{record}:k1", self._case(record, consent=given))
        self.records[record].consent = given

    def fill(self, writer: str, record: str, form: str) -> str:
        """A new document of a form with canaries in it; returns its id."""
        name = form if form in _ONCE else f"{form}:{self.ulid()}"
        document = f"{record}:{name}"
        file = self._photo(document) if form == "k8" else None
        self.write(writer, document, self.answers(document, file), file)
        return document

    def refer(self, record: str, to: str, forms: Iterable[str], state: str) -> str:
        """A referral by the owner, as far as `state` says; returns its document."""
        owner = self.records[record].owner
        document = f"{record}:k2:{self.ulid()}"
        data: Json = {"to_user": to, "forms": sorted(forms), "service": "psychosocial"}
        name = document.partition(":")[2]
        self.records[record].referrals[name] = ReferralNow(to, frozenset(forms))
        self.write(owner, document, {**data, **self.answers(document)})
        if state in ("accepted", "rejected", "done", "ended"):
            self._answer(document, to, data, "accepted" if state == "ended" else state)
        if state == "ended":
            self.end(document)
        return document

    def end(self, document: str) -> None:
        """The owner ends a referral."""
        self.remember()
        record, _, name = document.partition(":")
        owner, referral = self.records[record].owner, self.records[record].referrals[name]
        data: Json = {"to_user": referral.to, "forms": sorted(referral.forms)}
        data |= {"service": "psychosocial", "ended": True}
        if referral.state != "sent":
            data["response"] = referral.state
        self.edit(owner, document, {**data, **self.answers(document)})
        referral.state = "ended"

    def edit_apart(self, document: str, one: str, other: str) -> None:
        """Two edit the same revision of a document, and neither sees the other's edit."""
        before = self.documents[document].revs[-1]
        for writer in (one, other):
            self.edit(writer, document, self.rewritten(document), on=before)

    def write(
        self, writer: str, document: str, data: Json, file: tuple[str, bytes] | None = None
    ) -> None:
        """A new document by somebody who may write it."""
        self._push(writer, document, data, [self._rev(1)], file)

    def edit(self, writer: str, document: str, data: Json, on: str | None = None) -> None:
        """An edit of a document, of its last revision or of another one."""
        before = on or self.documents[document].revs[-1]
        generation = int(before.partition("-")[0])
        known = self.documents[document]
        file = None if known.file == "none.jpg" else (known.file, b"")
        self._push(writer, document, data, [self._rev(generation + 1), before], file)

    def refuse(self, pusher: str, document: str) -> None:
        """Somebody pushes what is not accepted and stands in quarantine from then on."""
        place = Place("refused", document, pusher)
        rev = self._rev(9)
        self.canaries.plant(rev.partition("-")[2], place, is_name=True)
        self._name(document, place)
        sent = self._envelope(pusher, document, {"no such field": self.canaries.text(place)})
        (row,) = self.readers[pusher].api.push(revision(sent, rev))
        assert row["error"] == "forbidden", row

    def settle_names(self) -> None:
        """Plants the ids of what the server has minted: merges, closed leaves, notices.

        They are asked for from who sees them rightly, the owners of the records.
        """
        for record, now in self.records.items():
            api = self.readers[now.owner].api
            rows = api.get("_all_docs").json()["rows"]
            for one in (row["id"] for row in rows if row["id"].startswith(record)):
                place = Place("document", one)
                self._name(one, place)
                if one not in self.documents:
                    self.documents[one] = Document(one, ())
                asked = {"open_revs": "all", "revs": "true"}
                for leaf in api.get(quote(one, safe=""), **asked).json():
                    for digest in leaf["ok"]["_revisions"]["ids"]:
                        self.canaries.plant(digest, place, is_name=True)

    def answers(self, document: str, file: tuple[str, bytes] | None = None) -> Json:
        """Answers to a form with a new canary, valid ones."""
        form = document.split(":")[1]
        place = Place("document", document)
        told = {_FREE_TEXT[form]: f'كنف {self.canaries.text(place)} \\ "<&>'}
        if file is not None:
            told["file"] = file[0]
        return {**_OTHER_ANSWERS.get(form, {}), **told}

    def ulid(self) -> str:
        return "0" + "".join(self.chance.choice(_ULID_LETTERS) for _ in range(25))

    def foreign_to(self, reader: Reader | None) -> list[Document]:
        """The documents of the case database that somebody does not see, those that have been
        edited and have files first.
        """
        found = [one for one in self.documents.values() if not self.sees(reader, one.id)]
        found = [one for one in found if one.revs]
        self.chance.shuffle(found)
        return sorted(found, key=lambda one: (one.file == "none.jpg", -len(one.revs)))

    # What requests are aimed at

    def sees_record(self, reader: Reader | None, document: str) -> bool:
        """Whether somebody sees anything of the record of a document."""
        record = document.partition(":")[0]
        return any(one.startswith(record) and self.sees(reader, one) for one in self.documents)

    def is_of_club(self, reader: Reader | None) -> bool:
        """Whether somebody may enter the open database."""
        return reader is not None and self._shows(reader, Place("open", self.club.name))

    def by_password(self, reader: Reader) -> Reader:
        """The same person without a tablet."""
        api = Api(reader.api.url, _session(reader.name, PASSWORD))
        return Reader(reader.who, "", api, reader.console)

    def nothing(self) -> Document:
        """A document that does not exist."""
        record = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        return Document(f"{record}:k8:{self.ulid()}", (self._rev(1), self._rev(2)))

    def target(self, document: Document, reader: Reader | None) -> Target:
        """A document as a target for somebody: with a checkpoint, a tablet and a feed of another
        person, whom they know nothing of; for who knows everybody, with an account and a tablet
        that nobody has.
        """
        strangers = [one for one in self.readers.values() if not self._knows(reader, one)]
        others = strangers or [one for one in self.readers.values() if one is not reader]
        other = self.chance.choice(others)
        if reader is not None and self.chance.random() < 0.5:
            other_local = reader.name  # their own other tablet's
        else:
            other_local = other.name
        record = document.id.partition(":")[0]
        return Target(
            DATABASE,
            document.id,
            document.revs,
            document.file,
            document.md5,
            self.local_ids[other_local],
            self.sinces[other.name],
            self.numbers.get(record, "SD-0000"),
            other.name if strangers else "nobody-such",
            self.spare[other.name] if strangers else "nobodys-tablet",
        )

    def club_target(self, reader: Reader | None) -> Target:
        """The document of the open database."""
        target = self.target(self.club.document, reader)
        return replace(target, database=self.club.name, local_id=self.club.local_id)

    def note_feeds(self) -> None:
        """Keeps a seq of everybody's feed, to be sent by others."""
        for name, reader in self.readers.items():
            rows = reader.api.get("_changes", limit=3).json()
            self.sinces[name] = rows["last_seq"]

    def _knows(self, reader: Reader | None, other: Reader) -> bool:
        if reader is None:
            return False
        who = reader.who
        is_told = looks_after(who, other.who) or gives_records_to(who, other.who)
        return other.name == reader.name or is_told

    def _case(self, record: str, *, consent: bool) -> Json:
        return {
            "case_number": self.numbers[record],
            "opened_on": "2026-11-20",
            "status": "open",
            "consent_to_share": consent,
        }

    def rewritten(self, document: str) -> Json:
        """New answers to a document that is there."""
        known = self.documents[document]
        return self.answers(document, None if known.file == "none.jpg" else (known.file, b""))

    def _answer(self, document: str, to: str, data: Json, response: str) -> None:
        self.remember()
        record, _, name = document.partition(":")
        before = self._standing(document)
        self.edit(to, document, {**before, **data, "response": response})
        self.records[record].referrals[name].state = response

    def _standing(self, document: str) -> Json:
        owner = self.records[document.partition(":")[0]].owner
        data: Json = self.readers[owner].api.get(quote(document, safe="")).json()["data"]
        return data

    def _photo(self, document: str) -> tuple[str, bytes]:
        place = Place("document", document)
        content = f"JPEG {self.canaries.text(place)} ".encode() * 40
        sha256 = hashlib.sha256(content).hexdigest()
        self.canaries.plant(sha256, place, is_name=True)
        self.canaries.plant(_md5(content), place, is_name=True)
        return f"{sha256}.jpg", content

    def _push(
        self,
        writer: str,
        document: str,
        data: Json,
        revs: list[str],
        file: tuple[str, bytes] | None,
    ) -> None:
        sent = self._envelope(writer, document, data)
        place = Place("document", document)
        self._name(document, place)
        for word in (revs[0].partition("-")[2], sent["salt"]):
            self.canaries.plant(word, place, is_name=word != sent["salt"])
        known = self.documents.get(document, Document(document, ()))
        if file is not None:
            name, content = file
            attached: Json = {"stub": True}
            if content:
                attached = {"content_type": "image/jpeg", "data": _base64(content)}
                known = Document(document, (), name, _md5(content))
            sent["_attachments"] = {name: attached}
        refused = self.readers[writer].api.push(revision(sent, *revs))
        assert not refused, (writer, document, refused)
        self.documents[document] = Document(document, (*known.revs, revs[0]), known.file, known.md5)

    def _envelope(self, writer: str, document: str, data: Json) -> Json:
        record, form, name = (*document.split(":"), None)[:3]
        device = self.readers[writer].device
        sent = case_document(record or "", form or "", writer, device, data, name=name)
        return {**sent, "salt": f"{self.chance.getrandbits(128):032x}"}

    def _name(self, document: str, place: Place) -> None:
        """Plants what is told by a document's id: all of it, and its ULID."""
        if not document.partition(":")[2].startswith("k") or document.count(":") == 1:
            self.canaries.plant(document, place, is_name=True)
        if document.count(":") == 2:
            self.canaries.plant(document.rpartition(":")[2], place, is_name=True)

    def _rev(self, generation: int) -> str:
        return f"{generation}-{self.chance.getrandbits(128):032x}"

    # Who is there

    def _enrol(self, kanaf: Kanaf) -> None:
        add_database(kanaf, DATABASE, DatabaseKind.CASE)
        for code in "ABCD":
            directory_changes.add_agency(kanaf, code, f"Agency {code}")
        for name, (role, agency, group) in cast().items():
            assert role in WHOSE, f"the oracle does not know the role {role}"
            password = PASSWORD if role in HAVE_PASSWORDS else None
            directory_changes.add_group(kanaf, group)
            area = AREAS[agency]
            directory_changes.add_user(
                kanaf,
                name,
                role=role,
                agency=agency,
                groups=(group,),
                area=area,
                password=password,
            )
            self.people[name] = Somebody(name, role, agency, group, area)
            self.readers[name] = self._reader(kanaf, name)
            self._leave_a_spare_tablet(kanaf, name)

    def _reader(self, kanaf: Kanaf, name: str) -> Reader:
        device = f"{name}-tablet-1"
        session = _session(device, directory_changes.add_device(kanaf, name, device))
        console = requests.Session()
        console.trust_env = False
        api = Api(f"{self.server.url}/sync/{DATABASE}", session)
        return Reader(self.people[name], device, api, console)

    def _leave_a_spare_tablet(self, kanaf: Kanaf, name: str) -> None:
        """A tablet that has written nothing but a checkpoint and what it says of itself."""
        device = self.canaries.text()
        place = Place("device", device, name)
        self.canaries.plant(device, place)
        self.spare[name] = device
        with _session(device, directory_changes.add_device(kanaf, name, device)) as session:
            api = Api(f"{self.server.url}", session)
            told = {"version": self.canaries.text(place), "unsent": 1, "free_bytes": 2}
            assert api.put("api/v1/device-report", told).status_code == 200
            self.local_ids[name] = self._leave_checkpoint(api, DATABASE, f"{name} {device}")

    def _leave_checkpoint(self, api: Api, database: str, owner: str) -> str:
        place = Place("local", database, owner)
        local_id = self.canaries.text(place)
        body = {"last_seq": self.canaries.text(place)}
        assert api.put(f"sync/{database}/_local/{local_id}", body).status_code == 201
        return local_id

    def sign_in(self) -> None:
        """Whoever may opens the console."""
        for reader in self.readers.values():
            form = {"name": reader.name, "password": PASSWORD}
            address = f"{self.server.url}/console/sign-in"
            headers = {"Sec-Fetch-Site": "same-origin"}
            reader.console.post(address, form, headers=headers, allow_redirects=False, timeout=30)

    def _found_club(self) -> Open:
        """An open database of amina and dina, with everything in it that others might be told."""
        name = f"club-{self.canaries.text()}"
        place = Place("open", name)
        self.canaries.plant(name.removeprefix("club-"), place, is_name=True)
        content = f"minutes {self.canaries.text(place)}".encode()
        self.canaries.plant(_md5(content), place, is_name=True)
        first, left, right = (self._rev(generation) for generation in (1, 2, 2))
        file = self.canaries.text(place)
        document = Document(self.canaries.text(place), (first, left, right), file, _md5(content))
        for rev in document.revs:
            self.canaries.plant(rev.partition("-")[2], place, is_name=True)
        with administrator() as session:
            api = Api(f"{self.server.url}/sync/{name}", session)
            assert api.put().status_code == 201
            self.admit(name, {"amina", "dina"})
            attached = {file: {"content_type": "text/plain", "data": _base64(content)}}
            for revs in ([first], [left, first], [right, first]):
                body = {"_id": document.id, "said": self.canaries.text(place)}
                assert not api.push(revision({**body, "_attachments": attached}, *revs))
            for one in (self.canaries.text(place), f"_design/{self.canaries.text(place)}"):
                body = {"_id": one, "said": self.canaries.text(place)}
                written = api.put(one, body).json()["rev"]
                self.canaries.plant(written.partition("-")[2], place, is_name=True)
                api.delete(one, rev=written) if one[0] != "_" else None
            local_id = self._leave_checkpoint(Api(self.server.url, session), name, "nobody")
        return Open(name, {"amina", "dina"}, document, local_id)

    def admit(self, database: str, members: set[str]) -> None:
        """Sets who are the members of an open database."""
        with administrator() as session:
            named = {"names": sorted(members), "roles": []}
            body = {"admins": {"names": [], "roles": []}, "members": named}
            address = f"{self.server.url}/sync/{database}/_security"
            answer = session.put(address, data=json.dumps(body), timeout=30)
            assert answer.status_code == 200, answer.text


def _session(name: str, secret: str) -> requests.Session:
    session = requests.Session()
    session.auth = (name, secret)
    session.trust_env = False
    return session


def _md5(content: bytes) -> str:
    return _base64(hashlib.md5(content, usedforsecurity=False).digest())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def publish_form(world: World) -> None:
    """The programme publishes a form of its own."""
    from schemas import form_from_json, form_to_json, library_forms
    from sync_server.service import publishing

    note = form_to_json(next(one for one in library_forms() if one.code == "k7"))
    (text,) = (one for one in note["fields"] if one["name"] == "note")
    definition: Any = {**note, "cardinality": "one", "fields": [{**text, "name": "told"}]}
    definition.pop("system")
    with world.opened() as kanaf:
        form = form_from_json({**definition, "code": PUBLISHED, "revision": 1})
        publishing.publish_form(kanaf, kanaf.database(DATABASE), form)


EVERY_STATE = (("accepted", True), ("sent", True), ("accepted", False), ("ended", True))
"""How far amina's referrals to chen have come, and whether the child consents."""


def populate(world: World, states: Iterable[tuple[str, bool]] = EVERY_STATE) -> None:
    """The everyday programme: records of three agencies, amina's in some states of sharing."""
    publish_form(world)
    plain = ("k20", "k21", "k22", "k23", "k7", "k8", "k27", PUBLISHED)
    for state, consent in states:
        record = world.begin("amina")
        photo = [world.fill("amina", record, form) for form in plain][plain.index("k8")]
        world.consent(record, given=consent)
        world.refer(record, "chen", ["k21", "k22"], state)
        for document in (f"{record}:k21", f"{record}:k20", photo):
            world.edit_apart(document, "amina", "bilal")
        world.refuse("amina", f"{record}:k22")
    for owner, group in (("dina", "supervisor-c"), ("colleague", None)):
        record = world.begin(owner)
        photo = [world.fill(owner, record, form) for form in plain][plain.index("k8")]
        if group is not None:
            for document in (f"{record}:k21", photo):
                world.edit_apart(document, owner, group)
        world.refuse(owner, f"{record}:k20")
    record = world.begin("data_clerk-a")
    for form in ("k21", "k22", "k7"):
        world.fill("data_clerk-a", record, form)
    world.settle_names()
    world.note_feeds()
    world.sign_in()


def populate_at_random(world: World) -> None:
    """Further records: of anybody who begins some, in any state, edited in any order."""
    chance = world.chance
    owners = [one for one in world.people.values() if one.role in BEGIN_RECORDS]
    for _ in range(6):
        owner = chance.choice(owners)
        record = world.begin(owner.name)
        forms = sorted(READS[owner.role] - {"k1", "k2", "k24", "k25", "k26", "k28"})
        documents = [
            world.fill(owner.name, record, form)
            for form in chance.sample(forms, chance.randint(1, len(forms)))
        ]
        if owner.role != "data_clerk":
            for _ in range(chance.randrange(3)):
                world.consent(record, given=chance.random() < 0.7)
                to = chance.choice([one for one in ("chen", "dina", "amina") if one != owner.name])
                state = chance.choice(["sent", "accepted", "rejected", "done", "ended"])
                agreed = chance.sample(["k21", "k22", "k23", "k20"], chance.randint(1, 3))
                world.refer(record, to, agreed, state)
        for _ in range(chance.randrange(6)):
            document = chance.choice(documents)
            if chance.random() < 0.5:
                world.edit_apart(document, owner.name, owner.name)
            else:
                before = chance.choice(world.documents[document].revs)
                world.edit(owner.name, document, world.rewritten(document), on=before)
        if chance.random() < 0.5:
            world.refuse(owner.name, chance.choice(documents))
    world.settle_names()
    world.note_feeds()
