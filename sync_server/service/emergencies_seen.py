"""Requests for emergency access, as those see them whom they concern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync_server.service.caller import Caller
from sync_server.service.case_facts import record_facts
from sync_server.service.emergencies import reason_of
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.audience import is_about
from sync_server.sharing.emergency import may_agree, may_end
from sync_server.sharing.facts import Person, Record
from sync_server.storage import emergencies
from sync_server.storage.rows import DatabaseRow, EmergencyRequestRow, UserRow

SHOWN_SECONDS = 90 * 86_400
"""So old is the oldest that is listed; who was let in stands in the notes of the record."""


def emergencies_seen_by(
    kanaf: Kanaf, database: DatabaseRow, caller: Caller
) -> list[dict[str, Any]]:
    """What somebody asked for; what they granted or may grant; who was let in to the records that
    are their work. Who administers sees all of it. The newest come first.

    Returns:
        Of each `emergency`, its id, `record`, `user`, `reason`, `asked_at`, `state` (`waits`,
        `granted`, `over`), `until`, `granted_by`, `granted_at` and `ended_at`; `may_grant`,
        `may_end` say what the caller can do. Times are seconds since 1970; None is what was not.
    """
    now, vault = kanaf.clock(), kanaf.vault(database)
    with kanaf.store.read() as reading:
        users = kanaf.registry(reading).users
        rows = emergencies.requests_since(reading.connection, now - SHOWN_SECONDS, database.id)
        records = reading.records(database.id, {row.record_id for row in rows})
    facts = {one: record_facts(row, now) for one, row in records.items()}
    shown = []
    for row in rows:
        record = facts.get(row.record_id)
        if _sees(caller.person, row, record):
            told = {**emergency_told(row, users, now), "reason": reason_of(vault, row)}
            shown.append({**told, **_choices(caller.person, row, record, told["state"])})
    return shown


def emergency_told(
    row: EmergencyRequestRow, users: Mapping[int, UserRow], now: float
) -> dict[str, Any]:
    """A request in names and times, without its reason."""
    is_over = row.ended_at is not None or row.until <= now
    waits = row.granted_at is None
    granter = None if row.granted_by is None else users[row.granted_by].name
    return {
        "emergency": row.id,
        "record": row.record_id,
        "user": users[row.user_id].name,
        "state": "over" if is_over else "waits" if waits else "granted",
        "asked_at": row.asked_at,
        "until": row.until,
        "granted_by": granter,
        "granted_at": row.granted_at,
        "ended_at": row.ended_at,
    }


def _sees(person: Person, row: EmergencyRequestRow, record: Record | None) -> bool:
    if person.id in (row.user_id, row.granted_by) or may_end(person, record):
        return True
    return row.granted_at is not None and record is not None and is_about(person, record)


def _choices(
    person: Person, row: EmergencyRequestRow, record: Record | None, state: str
) -> dict[str, bool]:
    is_mine = person.id in (row.user_id, row.granted_by)
    may_grant = state == "waits" and person.id != row.user_id and may_agree(person, record)
    return {
        "may_grant": may_grant,
        "may_end": state != "over" and (is_mine or may_end(person, record)),
    }
