"""Supervisors assign records to others of their groups, or of their agency."""

from __future__ import annotations

from collections.abc import Sequence

from sync_server.crypto.sealing import Unopenable
from sync_server.errors import CannotOwn, NotAllowed
from sync_server.service.caller import Caller
from sync_server.service.handing import Handing
from sync_server.service.handover import RECORDS_AT_ONCE
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.assignment import may_assign, may_give_to
from sync_server.sharing.audience import is_about
from sync_server.sharing.facts import Person
from sync_server.storage.changes import Changes, Plan, merged_changes
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow

ASSIGNED, UNCHANGED, MISSING, NOT_ALLOWED = "assigned", "unchanged", "missing", "not_allowed"
UNREADABLE = "unreadable"


def assign(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    records: Sequence[str],
    to: str,
    *,
    dry_run: bool,
) -> dict[str, str]:
    """Makes somebody the owner of records, a few in a transaction; to ask again does no harm.

    Args:
        records: ids, each once.
        to: a name.
        dry_run: whether nothing is changed.

    Returns:
        What becomes of each record: `assigned`; `unchanged`, it is theirs already; `not_allowed`,
        it is of an agency that is not that person's; `missing`, the caller is shown none such.

    Raises:
        CannotOwn: the caller can give nothing to anybody of that name.
        NotAllowed: the caller may assign no records any more.
    """
    results: dict[str, str] = {}
    for start in range(0, len(records), RECORDS_AT_ONCE):
        some = list(records[start : start + RECORDS_AT_ONCE])
        results |= _assign_some(kanaf, database, caller, some, to, dry_run=dry_run)
    return results


def _assign_some(
    kanaf: Kanaf,
    database: DatabaseRow,
    caller: Caller,
    records: list[str],
    to: str,
    *,
    dry_run: bool,
) -> dict[str, str]:
    def prepare(reading: Reading) -> Plan[dict[str, str]]:
        now = kanaf.caller_now(reading, caller)
        if now is None:
            raise NotAllowed
        handing = Handing(kanaf, database, reading, records, (now.person.id, now.device))
        owner = handing.directory.named(to)
        if owner is None or not may_give_to(now.person, owner):
            raise CannotOwn
        become = {one: _become(handing, one, now.person, owner) for one in records}
        parts = [] if dry_run else [changes for _, changes in become.values()]
        return Plan(merged_changes(parts), {one: told for one, (told, _) in become.items()})

    return kanaf.store.write(database.id, records, prepare, reads_directory=True, is_large=True)


def _become(handing: Handing, record_id: str, person: Person, owner: Person) -> tuple[str, Changes]:
    """What becomes of a record, and what has to be written for it."""
    found = handing.record(record_id)
    if found is None or not is_about(person, found[1]):
        return MISSING, Changes()
    row, facts = found
    if facts.owner_id == owner.id:
        return UNCHANGED, Changes()
    if not may_assign(person, facts, owner):
        return NOT_ALLOWED, Changes()
    try:
        return ASSIGNED, handing.hand(row, owner, "assigned")
    except Unopenable:
        return UNREADABLE, Changes()
