"""Emergency access: somebody whose work a record is not reads it, for a day, once a second person
has agreed. It is asked for by the record's id, with a reason, and whoever reads the record's notes
is told in one of them.

To ask tells nothing: it is answered alike whether there is such a record or not, and none is looked
for. When the time is over answers stop at once (`record_facts`); feeds follow in `end_next`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from conflict.canonical import canonical_json
from conflict.minting import pushed_path
from sync_server.errors import (
    ConductNotAccepted,
    InvalidRequest,
    NoSuchRequest,
    NotAllowed,
    SecondPersonNeeded,
    TooManyAsked,
)
from sync_server.messages import LANGUAGES, sentence
from sync_server.service.audience_changes import write_record
from sync_server.service.caller import Caller
from sync_server.service.case_facts import record_facts
from sync_server.service.document_work import DocumentWork
from sync_server.service.kanaf import Kanaf, new_uuid
from sync_server.service.made_edits import path_of, signed
from sync_server.service.quarantine import audit_row
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, Vault
from sync_server.sharing.emergency import may_agree, may_ask, may_end
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.roles import NOTE
from sync_server.storage import emergencies
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.reading import Reading
from sync_server.storage.rows import (
    AuditRow,
    DatabaseRow,
    EmergencyRequestRow,
    EmergencyRow,
    RecordRow,
)

ACCESS_SECONDS = 24 * 3600
"""So long does access last."""
REQUEST_SECONDS = 24 * 3600
"""So long can a request be granted."""
SHORTEST_REASON, LONGEST_REASON = 10, 500
MOST_OPEN = 20
"""Requests of one person that nobody has answered."""

_ENDED_AT_ONCE = 100
_NOTE_REVISION = 1
_ULID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ask(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller, record_id: str, reason: str
) -> EmergencyRequestRow:
    """Asks that the caller may read a record for a day.

    Args:
        record_id: a UUID, as the record's documents begin with it; there need be none such.
        reason: 10 to 500 characters that can be printed, which the readers of the record will see.

    Raises:
        NotAllowed: the caller's role reads nothing by emergency.
        ConductNotAccepted: they have not accepted the last code of conduct.
        InvalidRequest: `record` or `reason` is not as above.
        TooManyAsked: `MOST_OPEN` requests of theirs wait for an answer.
    """
    if not may_ask(caller.person):
        raise NotAllowed
    if not kanaf.registry().has_accepted(caller.person.id):
        raise ConductNotAccepted
    if not _is_record_id(record_id):
        raise InvalidRequest("record")
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        raise InvalidRequest("reason")
    vault, request_id, user_id = kanaf.vault(database), new_uuid(), caller.person.id
    sealed = vault.seal_note({"reason": reason}, _place(request_id))

    def prepare(reading: Reading) -> Plan[EmergencyRequestRow]:
        now = kanaf.clock()
        if emergencies.open_requests(reading.connection, database.id, user_id, now) >= MOST_OPEN:
            raise TooManyAsked
        until = now + REQUEST_SECONDS
        row = EmergencyRequestRow(request_id, database.id, record_id, user_id, sealed, now, until)
        entry = _entry(now, caller, "asked", row)
        return Plan(Changes(emergencies=[row], audit=[entry]), row)

    return kanaf.store.write(database.id, (), prepare)


def grant(kanaf: Kanaf, caller: Caller, request_id: str) -> EmergencyRequestRow:
    """Lets somebody in who asked, and tells of it in a note of the record, in the caller's name.

    Raises:
        NotAllowed: the caller may not come in any more.
        SecondPersonNeeded: the caller asked for it themselves.
        NoSuchRequest: there is none that the caller may agree to and that waits for it; or no such
            record, or who asked may no longer come in or ask.
    """
    database, found = _found(kanaf, request_id)
    vault, note_name = kanaf.vault(database), f"{NOTE}:{_new_ulid()}"

    def prepare(reading: Reading) -> Plan[EmergencyRequestRow]:
        desk = _Desk.of(kanaf, reading, vault, request_id)
        now = kanaf.caller_now(reading, caller)
        if now is None:
            raise NotAllowed
        granter = now.person
        asker = kanaf.registry(reading).directory.people.get(desk.request.user_id)
        if granter.id == desk.request.user_id:
            raise SecondPersonNeeded
        if asker is None or not desk.can_be_granted(asker, granter):
            raise NoSuchRequest
        granted = desk.let_in(caller)
        note = {"form": NOTE, "form_rev": _NOTE_REVISION, "state": "complete"}
        note = {**note, "data": desk.told(asker, granter)}
        body = signed(note, granter.name, caller.device, desk.now)
        desk.write_note(caller, f"{granted.record_id}:{note_name}", body)
        return Plan(desk.changes, granted)

    return kanaf.store.write(database.id, [found.record_id], prepare, reads_directory=True)


def end(kanaf: Kanaf, request_id: str, caller: Caller | None = None) -> None:
    """Takes back a request, or the access that it gave.

    Args:
        caller: who asked or granted it, could grant it, or keeps the server; None on the server
            itself.

    Raises:
        NoSuchRequest: there is none that the caller may end, or it has ended.
    """
    database, found = _found(kanaf, request_id)
    if not _ended(kanaf, database, found, caller):
        raise NoSuchRequest


def end_next(kanaf: Kanaf) -> bool:
    """Carries out the end of access whose time is over: feeds are told. One that cannot be carried
    out holds up no other.

    Returns:
        Whether there was one.

    Raises:
        Exception: what kept the first of those from it that could not be carried out.
    """
    with kanaf.store.read() as reading:
        found = emergencies.over(reading.connection, kanaf.clock(), _ENDED_AT_ONCE)
        databases = {one.id: one for one in reading.databases()}
    failed: Exception | None = None
    for one in found:
        try:
            _ended(kanaf, databases[one.database_id], one, None)
        except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
            failed = failed or error
    if failed is not None:
        raise failed
    return bool(found)


def reason_of(vault: Vault, request: EmergencyRequestRow) -> str:
    """Why somebody asked."""
    return str(vault.open_note(request.reason, _place(request.id))["reason"])


def _ended(
    kanaf: Kanaf, database: DatabaseRow, found: EmergencyRequestRow, caller: Caller | None
) -> bool:
    """Ends a request; False where somebody else has, meanwhile."""
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[bool]:
        desk = _Desk.of(kanaf, reading, vault, found.id)
        if caller is not None and not desk.may_be_ended_by(caller):
            raise NoSuchRequest
        if desk.request.ended_at is not None:
            return Plan(Changes(), False)
        desk.let_out(caller)
        return Plan(desk.changes, True)

    return kanaf.store.write(database.id, [found.record_id], prepare, reads_directory=True)


def _found(kanaf: Kanaf, request_id: str) -> tuple[DatabaseRow, EmergencyRequestRow]:
    """A request and its database.

    Raises:
        NoSuchRequest: there is none.
    """
    with kanaf.store.read() as reading:
        found = emergencies.request(reading.connection, request_id)
        databases = {one.id: one for one in kanaf.registry(reading).databases.values()}
    if found is None or found.database_id not in databases:
        raise NoSuchRequest
    return databases[found.database_id], found


@dataclass
class _Desk:
    """A request and its record, under the record's lock.

    Attributes:
        row: None where there is no such record.
    """

    kanaf: Kanaf
    transaction: Transaction
    request: EmergencyRequestRow
    row: RecordRow | None
    changes: Changes

    @classmethod
    def of(cls, kanaf: Kanaf, reading: Reading, vault: Vault, request_id: str) -> _Desk:
        """The desk of a request.

        Raises:
            NoSuchRequest: it is gone, with its database.
        """
        request = emergencies.request(reading.connection, request_id)
        if request is None:
            raise NoSuchRequest
        transaction = Transaction(reading, vault, kanaf.clock(), [request.record_id], [])
        row = transaction.record(request.record_id)
        return cls(kanaf, transaction, request, row, Changes())

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.transaction.now

    @property
    def facts(self) -> Record | None:
        """What sharing knows of the record."""
        return None if self.row is None else record_facts(self.row, self.now)

    def can_be_granted(self, asker: Person, granter: Person) -> bool:
        """Whether the request waits for a second person, and somebody may be that."""
        request = self.request
        waits = request.granted_at is None and request.ended_at is None
        in_time = self.now < request.until
        is_there = self.facts is not None
        return waits and in_time and is_there and may_ask(asker) and may_agree(granter, self.facts)

    def may_be_ended_by(self, caller: Caller) -> bool:
        """Whether it is somebody's own, or theirs to end."""
        if caller.person.id in (self.request.user_id, self.request.granted_by):
            return True
        person = self._registered(caller.person.id)
        return person is not None and may_end(person, self.facts)

    def let_in(self, caller: Caller) -> EmergencyRequestRow:
        """Grants the request."""
        until = self.now + ACCESS_SECONDS
        granted = replace(
            self.request, until=until, granted_by=caller.person.id, granted_at=self.now
        )
        self._set(granted, "granted", caller)
        assert self.row is not None
        entered = EmergencyRow(granted.user_id, until)
        self.row = replace(self.row, emergencies=(*self.row.emergencies, entered))
        return granted

    def let_out(self, caller: Caller | None) -> None:
        """Ends the request, and what it gave."""
        request = self.request
        self._set(replace(request, ended_at=self.now), "ended", caller)
        if self.row is not None:
            gone = EmergencyRow(request.user_id, request.until)
            kept = tuple(one for one in self.row.emergencies if one != gone)
            self.row = replace(self.row, emergencies=kept)
            self._write_record(self.row, {})

    def told(self, asker: Person, granter: Person) -> Body:
        """The answers of the note: what has happened, in all languages, for who reads it has a
        tablet in any of them; then who, until when, who agreed, and the reason as it was given.
        """
        until = datetime.fromtimestamp(self.request.until, UTC)
        lines = (
            *(sentence("emergency_access", language) for language in LANGUAGES),
            f"{asker.name} ({asker.role.name}) → {until:%Y-%m-%d %H:%M} UTC",
            f"{granter.name} ({granter.role.name}) ✓",
            reason_of(self.transaction.vault, self.request),
        )
        written_on = datetime.fromtimestamp(self.now, UTC).date().isoformat()
        return {"written_on": written_on, "note": "\n".join(lines)}

    def write_note(self, caller: Caller, document_id: str, body: Body) -> None:
        """Writes a note that is new, with the record's row and what follows from both."""
        assert self.row is not None
        work = self.transaction.document(self.transaction.key(self.row), document_id)
        key = self.transaction.vault.programme_key
        path = path_of(key, document_id, (), canonical_json(body))
        work.insert(pushed_path(key, document_id, path, body), body, self.now)
        entry = audit_row(self.transaction, caller, "written", document_id, path[0])
        self.changes.audit.append(entry)
        self._write_record(self.row, {document_id: work})

    def _set(self, request: EmergencyRequestRow, what: str, caller: Caller | None) -> None:
        self.request = request
        self.changes.emergencies.append(request)
        self.changes.audit.append(_entry(self.now, caller, what, request))

    def _write_record(self, row: RecordRow, works: Mapping[str, DocumentWork]) -> None:
        transaction, key = self.transaction, self.transaction.key(row)
        directory = self.kanaf.directory_of(transaction.vault.database, transaction.reading)
        write_record(transaction, directory, key, row, {**works}, self.changes)

    def _registered(self, user_id: int) -> Person | None:
        people = self.kanaf.registry(self.transaction.reading).directory.people
        return people.get(user_id)


def _entry(now: float, caller: Caller | None, what: str, request: EmergencyRequestRow) -> AuditRow:
    user, device = (caller.person.id, caller.device) if caller else (None, None)
    subject = f"{request.id} {request.record_id}"
    return AuditRow(now, user, device, f"emergency access {what}", subject)


def _is_record_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _new_ulid() -> str:
    """A ULID's 26 characters, of chance alone; the first is at most 7, for a ULID has 128 bits."""
    rest = (secrets.choice(_ULID_LETTERS) for _ in range(25))
    return f"{secrets.choice('01234567')}{''.join(rest)}"


def _place(request_id: str) -> str:
    return f"emergency/{request_id}"
