"""Who lets whom in to a record by emergency: nobody themselves.

Those whose work is a record agree that somebody else reads it, or those who keep the server, who
have no records of their own. Who agrees learns nothing of a record that is not their work.
"""

from __future__ import annotations

from sync_server.sharing.audience import is_about
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.roles import Action


def may_ask(person: Person) -> bool:
    """Whether a person may ask to be let in: who would read nothing by it asks for nothing."""
    return bool(person.role.in_emergency)


def may_agree(person: Person, record: Record | None) -> bool:
    """Whether a person may be the second one.

    Args:
        record: None where there is none. Who keeps the server is not told that.
    """
    if Action.GRANT not in person.role.actions:
        return False
    if Action.ADMINISTER in person.role.actions:
        return True
    return record is not None and is_about(person, record)


def may_end(person: Person, record: Record | None) -> bool:
    """Whether a person may end somebody else's access, whoever agreed to it."""
    return Action.ADMINISTER in person.role.actions or may_agree(person, record)
