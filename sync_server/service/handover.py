"""Handovers: many records get other owners, of their agency or of another, a few a transaction.

What was asked is kept with how far it has come, and both are written together with the records: a
handover that was stopped goes on where it stood, and no record is handed twice, though its new
owner may be one whose records are handed on by the same handover.

A record goes to another agency with the child's consent to share only. What stays is listed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync_server.crypto.sealing import Unopenable
from sync_server.service.caller import Caller
from sync_server.service.case_facts import record_facts
from sync_server.service.handing import Handing
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.assignment import Obstacle, can_own, may_assign, obstacle
from sync_server.sharing.facts import Directory, Person, Record
from sync_server.sharing.roles import Action
from sync_server.storage import directory as directory_tables
from sync_server.storage import handover as handover_tables
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import (
    AuditRow,
    DatabaseRow,
    HandoverRow,
    HandoverStep,
    RecordRow,
    UserRow,
)
from sync_server.storage.store import Connection

RECORDS_AT_ONCE = 10
"""A record has some dozen documents, each with rows for all who see it: who else writes waits for
one transaction with so many, and reads anew what it has changed.
"""
_LOOKED_THROUGH_AT_ONCE = 500
SHORTEST_REASON, LONGEST_REASON = 10, 300


class NotHandedOver(ValueError):
    """A handover cannot be made, or cannot go on; the message says what to mend."""


@dataclass(frozen=True)
class Order:
    """Which records are handed over, and to whom. Users go by their ids.

    Attributes:
        records: these alone; None for all that follows says.
        owner, group, agency: those of an owner, a group, an agency, or of all where it is None.
        owners: for the records of each owner another one.
        receivers: who gets the records of all other owners, in turn.
        may_leave: whether records may go to another agency.
        despite_consent: whether they may go there without the child's consent.
    """

    records: tuple[str, ...] | None = None
    owner: int | None = None
    group: str | None = None
    agency: str | None = None
    owners: Mapping[int, int] = field(default_factory=dict)
    receivers: tuple[int, ...] = ()
    may_leave: bool = False
    despite_consent: bool = False

    @classmethod
    def from_json(cls, text: str) -> Order:
        """An order as `to_json` wrote it."""
        given: dict[str, Any] = json.loads(text)
        records = given.pop("records")
        owners = {int(old): new for old, new in given.pop("owners").items()}
        receivers = tuple(given.pop("receivers"))
        chosen = None if records is None else tuple(records)
        return cls(records=chosen, owners=owners, receivers=receivers, **given)

    def to_json(self) -> str:
        """The order as text; ids and codes only."""
        return json.dumps(vars(self), sort_keys=True)

    @property
    def everybody(self) -> tuple[int, ...]:
        """All who may get a record."""
        return tuple(dict.fromkeys((*self.owners.values(), *self.receivers)))

    def concerns(self, row: RecordRow) -> bool:
        """Whether a record is one of those that are meant."""
        return (
            row.owner_id is not None
            and (self.records is None or row.record_id in self.records)
            and self.owner in (None, row.owner_id)
            and self.group in (None, row.group)
            and self.agency in (None, row.agency)
        )

    def receiver(self, owner_id: int, handed: int) -> int | None:
        """Who gets a record of an owner, when so many have been handed over before it."""
        if owner_id in self.owners:
            return self.owners[owner_id]
        return self.receivers[handed % len(self.receivers)] if self.receivers else None


@dataclass(frozen=True)
class Kept:
    """A record that stays where it is, with the id of its owner, and why."""

    record_id: str
    owner_id: int
    why: Obstacle


@dataclass
class Prospect:
    """What a handover would do.

    Attributes:
        handed: how many records each new owner gets of each old one, by (old, new) ids.
        without_consent: those of them that go to another agency though the child does not consent,
            each with the id of its owner until then.
    """

    handed: Counter[tuple[int, int]] = field(default_factory=Counter)
    without_consent: dict[str, int] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)


def prospect(kanaf: Kanaf, database: DatabaseRow, order: Order, by: Caller | None) -> Prospect:
    """What a handover would do now; nothing is changed.

    Raises:
        NotHandedOver: somebody who is to get records cannot own them, or a record that was named is
            not there.
    """
    found = Prospect()
    with kanaf.store.read() as reading:
        directory = kanaf.directory_of(database, reading)
        _check_receivers(kanaf, reading, directory, order)
        _check_records(reading, database, order)
        asker = by.person.id if by else None
        for row in _candidates(reading, database, order):
            facts = record_facts(row, kanaf.clock())
            assert facts is not None, "a case has an owner"
            handed = found.handed.total()
            to = _receiver_or_obstacle(order, directory, facts, asker, handed)
            if isinstance(to, Obstacle):
                found.kept.append(Kept(row.record_id, facts.owner_id, to))
            elif to is not None:
                found.handed[facts.owner_id, to.id] += 1
                if _takes_consent(facts, to) and not facts.consent:
                    found.without_consent[row.record_id] = facts.owner_id
    return found


def ask(
    kanaf: Kanaf,
    database: DatabaseRow,
    order: Order,
    by: Caller | None,
    reason: str | None = None,
) -> int:
    """Keeps a handover that is to be carried out.

    Args:
        by: the user who asks; None where who keeps the server does.
        reason: why records go without consent.

    Returns:
        Its number.

    Raises:
        NotHandedOver: see `prospect`; to go without consent takes somebody who administers, and a
            reason; who else asks may give records to others within an agency.
    """
    check_asker(order, by, reason)
    prospect(kanaf, database, order, by)
    asked_by, device = (by.person.id, by.device) if by else (None, None)

    def keep(connection: Connection) -> int:
        now = kanaf.clock()
        number = handover_tables.add_handover(
            connection,
            database_id=database.id,
            asked=order.to_json(),
            asked_by=asked_by,
            device=device,
            asked_at=now,
            reason=reason,
        )
        said = f"{number} without consent: {reason}" if order.despite_consent else str(number)
        entry = AuditRow(now, asked_by, device, "handover asked for", said)
        directory_tables.note(connection, entry)
        return number

    return kanaf.store.administratively(keep)


def carry_out(kanaf: Kanaf, number: int, tell: Callable[[int], None] = lambda _: None) -> None:
    """Carries a handover out to its end, from where it stands.

    Args:
        tell: is told of each transaction how many records it has been through.

    Raises:
        NotHandedOver: there is no such handover, or somebody who is to get records cannot own them
            any more; what was handed over stays so.
    """
    while (done := hand_some(kanaf, number)) is not None:
        tell(done)


def left(kanaf: Kanaf, number: int) -> int:
    """How many records a handover has still to look at.

    Raises:
        NotHandedOver: there is no such handover.
    """
    with kanaf.store.read() as reading:
        known = known_handover(reading, number)
        if known.ended_at is not None:
            return 0
        database = reading.database(known.database_id)
        order = Order.from_json(known.asked)
        return sum(1 for _ in _candidates(reading, database, order, known.after_record))


def hand_some(kanaf: Kanaf, number: int) -> int | None:
    """Hands over the next few records.

    Returns:
        How many it has been through; None once there is nothing left to do.

    Raises:
        NotHandedOver: see `carry_out`.
    """
    with kanaf.store.read() as reading:
        known = known_handover(reading, number)
        if known.ended_at is not None:
            return None
        database = reading.database(known.database_id)
        order = Order.from_json(known.asked)
        records = _next_ids(reading, database, order, known.after_record, RECORDS_AT_ONCE)

    def prepare(reading: Reading) -> Plan[None]:
        return Plan(_step(kanaf, database, reading, known, order, records), None)

    kanaf.store.write(database.id, records, prepare, reads_directory=True, is_large=True)
    return len(records)


def known_handover(reading: Reading, number: int) -> HandoverRow:
    """A handover by its number.

    Raises:
        NotHandedOver: there is none.
    """
    found = handover_tables.handover(reading.connection, number)
    if found is None:
        raise NotHandedOver(f"there is no handover {number}; see kanaf handover status")
    return found


def _step(
    kanaf: Kanaf,
    database: DatabaseRow,
    reading: Reading,
    before: HandoverRow,
    order: Order,
    records: Sequence[str],
) -> Changes:
    """What the next transaction writes; nothing where another process was faster."""
    now = known_handover(reading, before.id)
    if now.after_record != before.after_record or now.ended_at is not None:
        return Changes()
    handing = Handing(kanaf, database, reading, list(records), (now.asked_by, now.device))
    _check_receivers(kanaf, reading, handing.directory, order)
    kept: list[tuple[str, str]] = []
    parts: list[Changes] = []
    for record_id in records:
        found = handing.record(record_id)
        if found is None or not order.concerns(found[0]):
            continue
        row, facts = found
        handed = now.handed + len(parts)
        to = _receiver_or_obstacle(order, handing.directory, facts, now.asked_by, handed)
        if isinstance(to, Obstacle):
            kept.append((record_id, to.value))
        elif to is not None:
            try:
                parts.append(handing.hand(row, to, _action(facts, to)))
            except Unopenable:
                kept.append((record_id, Obstacle.UNREADABLE.value))
    changes = merged_changes(parts)
    is_over = len(records) < RECORDS_AT_ONCE
    at = kanaf.clock()
    step = HandoverStep(
        before.id,
        before.after_record,
        records[-1] if records else before.after_record,
        len(parts),
        tuple(kept),
        at if is_over else None,
    )
    changes.handovers.append(step)
    if is_over:
        entry = AuditRow(at, now.asked_by, now.device, "handover done", str(before.id))
        changes.audit.append(entry)
    return changes


def _takes_consent(facts: Record, to: Person) -> bool:
    return facts.agency != to.agency


def _action(facts: Record, to: Person) -> str:
    if not _takes_consent(facts, to):
        return "assigned"
    return "handed over" if facts.consent else "handed over without consent"


def _receiver_or_obstacle(
    order: Order, directory: Directory, facts: Record, asker: int | None, handed: int
) -> Person | Obstacle | None:
    """Who gets a record, or why it stays; None for one that is theirs already."""
    receiver = order.receiver(facts.owner_id, handed)
    if receiver is None:
        return Obstacle.NO_RECEIVER
    to = directory.people[receiver]
    if (facts.owner_id, facts.agency) == (to.id, to.agency):
        return None
    if asker is not None and not _may_ask(directory.people.get(asker), facts, to):
        return Obstacle.NOT_ALLOWED
    kept = obstacle(facts, to, may_leave=order.may_leave, despite_consent=order.despite_consent)
    return kept or to


def _may_ask(asker: Person | None, facts: Record, to: Person) -> bool:
    if asker is None:
        return False
    return Action.ADMINISTER in asker.role.actions or may_assign(asker, facts, to)


def check_asker(order: Order, by: Caller | None, reason: str | None) -> None:
    """Refuses an order that is not for somebody to give.

    Raises:
        NotHandedOver: see `ask`.
    """
    administers = by is not None and by.is_administrator
    if order.may_leave and by is not None and not administers:
        raise NotHandedOver("to hand records to another agency is for who administers")
    if by is not None and not administers and not by.may(Action.ASSIGN):
        raise NotHandedOver(f"the role of {by.person.name} does not allow it to assign records")
    if not order.despite_consent:
        return
    if not administers:
        raise NotHandedOver("to hand over without consent takes the name of who administers: --as")
    if not _is_reason(reason or ""):
        raise NotHandedOver(
            "to hand over without consent takes a reason of "
            f"{SHORTEST_REASON} to {LONGEST_REASON} characters"
        )


def _is_reason(text: str) -> bool:
    return text.isprintable() and SHORTEST_REASON <= len(text.strip()) <= LONGEST_REASON


def check_receiver(directory: Directory, user: UserRow) -> None:
    """Refuses to give records to somebody who cannot own them.

    Raises:
        NotHandedOver: they cannot.
    """
    to = directory.people.get(user.id)
    if to is None:
        raise NotHandedOver(f"{user.name} is shut out, and gets no records")
    if not can_own(to):
        raise NotHandedOver(
            f"{to.name} cannot be given records: that takes a role that begins records, reads "
            "and writes cases, and a group"
        )


def _check_receivers(kanaf: Kanaf, reading: Reading, directory: Directory, order: Order) -> None:
    users = kanaf.registry(reading).users
    for one in order.everybody:
        check_receiver(directory, users[one])


def _check_records(reading: Reading, database: DatabaseRow, order: Order) -> None:
    known = reading.records(database.id, order.records or ())
    missing = [one for one in order.records or () if one not in known]
    if missing:
        raise NotHandedOver(f"there is no record {missing[0]!r} in {database.name}")


def _candidates(
    reading: Reading, database: DatabaseRow, order: Order, after: str = ""
) -> Iterator[RecordRow]:
    while True:
        ids = _next_ids(reading, database, order, after, _LOOKED_THROUGH_AT_ONCE)
        rows = reading.records(database.id, ids)
        yield from (rows[one] for one in ids if one in rows and order.concerns(rows[one]))
        if len(ids) < _LOOKED_THROUGH_AT_ONCE:
            return
        after = ids[-1]


def _next_ids(
    reading: Reading, database: DatabaseRow, order: Order, after: str, limit: int
) -> list[str]:
    """The ids of the next records that may be meant, ascending."""
    if order.records is not None:
        return [one for one in sorted(set(order.records)) if one > after][:limit]
    rows = reading.cases_after(
        database.id, after, limit, owner_id=order.owner, group=order.group, agency=order.agency
    )
    return [row.record_id for row in rows]
