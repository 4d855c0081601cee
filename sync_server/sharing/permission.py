"""Who may write what: decided per document, and for a referral per answer."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from sync_server.sharing.audience import is_about, lasting_parts, sees
from sync_server.sharing.facts import Person, Record
from sync_server.sharing.roles import REFERRAL, Action

_ADDRESSEE_WRITES = frozenset({"response", "response_note"})
_SENDER_WRITES = frozenset({"ended", "ended_reason", "urgency", "reason"})


@dataclass(frozen=True)
class Write:
    """A write that somebody asks for.

    Attributes:
        name: the document's name within the record, `k21` or `k2:01J…`.
        changed: the answers that differ from those before; all of them for a new document.
        is_new: whether the document does not exist yet, or is a referral that has not been sent.
        decides_protected: whether it settles open units that are left to supervisors.
    """

    name: str
    changed: Set[str]
    is_new: bool
    decides_protected: bool

    @property
    def form(self) -> str:
        """The form's code."""
        return self.name.partition(":")[0]


def may_write(person: Person, record: Record | None, write: Write) -> bool:
    """Whether a person may write a document of a record; a record of None is a new one.

    A new record belongs to its author. A person who sees a part through a referral may write it
    where their role writes that form; by what somebody was let in to by emergency they write
    nothing. A referral's response belongs to its addressee alone, the rest to those whose record it
    is; whom it is to and what it shares never change.
    """
    if record is None:
        begins = Action.REGISTER in person.role.actions and write.form in person.role.writes
        return begins and not _answers_itself(write)
    if write.form not in person.role.writes or not _sees_or_begins(person, record, write):
        return False
    if write.decides_protected and Action.SETTLE not in person.role.actions:
        return False
    return _may_write_referral(person, record, write) if write.form == REFERRAL else True


def _sees_or_begins(person: Person, record: Record, write: Write) -> bool:
    return sees(lasting_parts(person, record), write.name)


def _may_write_referral(person: Person, record: Record, write: Write) -> bool:
    ours = is_about(person, record) and Action.REFER in person.role.actions
    if write.is_new:
        return ours and not _answers_itself(write)
    addressed = any(one.document == write.name and one.to == person.id for one in record.referrals)
    allowed = (_ADDRESSEE_WRITES if addressed else frozenset()) | (
        _SENDER_WRITES if ours else frozenset()
    )
    return bool(allowed) and write.changed <= allowed


def _answers_itself(write: Write) -> bool:
    """Whether what is no sent referral yet has an answer."""
    return write.form == REFERRAL and bool(write.changed & _ADDRESSEE_WRITES)
