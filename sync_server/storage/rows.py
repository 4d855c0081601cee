"""What is read from the tables and written to them. Bodies and contents are sealed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from conflict.revision import Rev
from conflict.tree import Kind, Node

EVERYONE = 0
"""The reader whose inbox every member of a case database reads beside their own."""


class DatabaseKind(StrEnum):
    """How documents are treated."""

    CASE = "case"  # filled forms: validated, merged, shared by rule
    OPEN = "open"  # plain CouchDB semantics for its members


@dataclass(frozen=True)
class DatabaseRow:
    """A database, less what every write changes.

    Attributes:
        wrapped_key: the programme key under the master key.
        merge_policy: JSON.
        security: CouchDB's security object as JSON; None until it is set.
        catalog: which of the published forms are about what, sealed; None while there are none.
    """

    id: int
    name: str
    kind: DatabaseKind
    uuid: str
    feed_epoch: int
    wrapped_key: bytes
    revs_limit: int = 1000
    merge_policy: str = "{}"
    security: str | None = None
    catalog: bytes | None = None


@dataclass(frozen=True)
class ReferralRow:
    """What sharing needs of a referral.

    Attributes:
        document: the referral's document id.
        to: the user id of the addressee.
        forms: form codes agreed in it.
        state: `sent`, `accepted`, `rejected`, `done` or `ended`.
    """

    document: str
    to: int
    forms: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class EmergencyRow:
    """A user who sees a record by emergency, until a time in seconds since 1970."""

    user: int
    until: float


@dataclass(frozen=True)
class EmergencyRequestRow:
    """Somebody's request to be let in to a record by emergency. Times are seconds since 1970.

    Attributes:
        reason: sealed.
        until: when the request lapses; of one that was granted, when the access ends.
        granted_by: the id of the second person.
        ended_at: when it was taken back, or its end was carried out; None until then.
    """

    id: str
    database_id: int
    record_id: str
    user_id: int
    reason: bytes
    asked_at: float
    until: float
    granted_by: int | None = None
    granted_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True)
class RecordRow:
    """A record: its lock, its key, and the facts that sharing is decided by."""

    record_id: str
    version: int
    wrapped_key: bytes
    kind: str | None = None
    owner_id: int | None = None
    agency: str | None = None
    group: str | None = None
    consent: bool | None = None
    referrals: tuple[ReferralRow, ...] = ()
    area: str | None = None
    emergencies: tuple[EmergencyRow, ...] = ()


@dataclass(frozen=True)
class HandoverRow:
    """Records that are handed to other owners, a few in a transaction.

    Attributes:
        asked: which ones, and to whom, as JSON; ids and codes only.
        asked_by, device: a user and their device; None where who keeps the server asked.
        asked_at, ended_at: seconds since 1970; None while it is not done.
        reason: for going without consent.
        after_record: records up to this one are done.
        handed: how many have another owner by it.
    """

    id: int
    database_id: int
    asked: str
    asked_by: int | None
    device: str | None
    asked_at: float
    reason: str | None
    after_record: str = ""
    handed: int = 0
    ended_at: float | None = None


@dataclass(frozen=True)
class HandoverStep:
    """How far a transaction brings a handover.

    Attributes:
        before, after: the last record that was done before the transaction, and with it.
        handed: how many records it gives another owner.
        kept: the records that it leaves, each with why.
        ended_at: when the last record was done, in seconds since 1970; None while there are more.
    """

    handover_id: int
    before: str
    after: str
    handed: int
    kept: tuple[tuple[str, str], ...] = ()
    ended_at: float | None = None


class LeafRow(NamedTuple):
    """A leaf of a document's tree."""

    rev: Rev
    deleted: bool


@dataclass(frozen=True)
class DocumentRow:
    """A document: its leaves, the winner first, and the seq of its last change."""

    document_id: str
    record_id: str
    seq: int
    leaves: tuple[LeafRow, ...]
    open_units: int = 0

    @property
    def winner(self) -> LeafRow:
        """The leaf that every replica shows."""
        return self.leaves[0]


@dataclass(frozen=True)
class RevisionRow:
    """A revision. `body` and `digest` are None where it has none of its own, or only an id."""

    document_id: str
    node: Node
    body: bytes | None
    digest: bytes | None
    received_at: float

    @property
    def kind(self) -> Kind:
        """Who made it."""
        return self.node.kind


@dataclass(frozen=True)
class ForgottenRow:
    """A revision that goes; what stands above it has no parent any more."""

    document_id: str
    rev: Rev


@dataclass(frozen=True)
class InboxRow:
    """A reader's view of a document.

    Attributes:
        seq: the place in the reader's feed.
        revoked_leaves: None while the document is visible; else the live or closed leaves that the
            reader may hold since before access ended.
    """

    reader: int
    document_id: str
    seq: int
    revoked_leaves: tuple[Rev, ...] | None = None


@dataclass(frozen=True)
class AudienceRow:
    """The parts of a record that a user's feed shows: form codes and document names."""

    record_id: str
    user_id: int
    parts: frozenset[str]


@dataclass(frozen=True)
class AttachmentRow:
    """An attachment's sealed content, once within a record."""

    record_id: str
    digest: bytes
    content: bytes


LOST_DEVICE = "lost_device"
"""The reason for which everything is refused that a device sends that is lost."""


@dataclass(frozen=True, kw_only=True)
class QuarantineEntry:
    """What is known of a revision that was not accepted.

    Attributes:
        content: keyed digest of the body; one id may arrive with several bodies.
        problems: (path, code) pairs; never an answer.
        received_at: seconds since 1970 by this server's clock.
        decided: `corrected` or `rejected`; None until then. What was accepted has no row.
    """

    document_id: str
    rev: Rev
    content: bytes
    record_id: str
    user_id: int
    device: str
    reason: str
    problems: tuple[tuple[str, str], ...]
    received_at: float
    decided: str | None = None

    @property
    def is_of_lost_device(self) -> bool:
        """Whether a device sent it that was lost."""
        return self.reason == LOST_DEVICE


@dataclass(frozen=True, kw_only=True)
class QuarantineRow(QuarantineEntry):
    """A revision that was not accepted, kept whole.

    Attributes:
        wrapped_key: the key that `body` is sealed with, under the master key.
    """

    wrapped_key: bytes
    body: bytes


@dataclass(frozen=True)
class AuditRow:
    """One act. `subject` holds ids and codes only."""

    at: float
    user_id: int | None
    device: str | None
    action: str
    subject: str


@dataclass(frozen=True)
class UserRow:
    """A user of the directory.

    Attributes:
        role: the name of one.
        groups: the first is the one in which they begin records.
        password_hash: None for who signs in by device only.
        area: the code of an administrative area.
    """

    id: int
    name: str
    role: str
    agency: str
    groups: tuple[str, ...]
    active: bool
    password_hash: str | None
    area: str | None = None


ROLE_LISTS = ("actions", "reads", "writes", "in_emergency", "gives")
"""What of a role is a list of words and codes."""


@dataclass(frozen=True)
class RoleRow:
    """A role of the programme's own, by the words and codes of `sharing.roles.Role`."""

    name: str
    scope: str
    actions: frozenset[str]
    reads: frozenset[str]
    writes: frozenset[str]
    in_emergency: frozenset[str]
    gives: frozenset[str]


@dataclass(frozen=True)
class ConductRow:
    """A version of the code of conduct: its texts by language, published in seconds since 1970."""

    version: int
    texts: dict[str, str]
    published_at: float


@dataclass(frozen=True)
class DeviceRow:
    """A tablet that may sync as one user.

    Attributes:
        install_id: what it calls its installation.
        lost_at: when it was said to be lost, in seconds since 1970; an active one that is lost
            hands in what it has not sent, and nothing else.
        wiped_at: when it said that it has erased itself.
    """

    id: int
    name: str
    user_id: int
    token_digest: bytes
    active: bool
    install_id: str | None = None
    lost_at: float | None = None
    wiped_at: float | None = None

    @property
    def is_lost(self) -> bool:
        """Whether somebody has said that it is lost."""
        return self.lost_at is not None


@dataclass(frozen=True)
class SessionRow:
    """A session of somebody who signed in with a password; times in seconds since 1970."""

    token_digest: bytes
    user_id: int
    expires_at: float


@dataclass(frozen=True)
class EnrolmentRow:
    """A code that was handed out, by which a device of a user is enrolled.

    Attributes:
        issuer_id, issuer_device: the supervisor and their device; None where who keeps the server
            issued it.
        expires_at: seconds since 1970 by this server's clock.
    """

    device: str
    user_id: int
    issuer_id: int | None
    issuer_device: str | None
    code_digest: bytes
    expires_at: float


@dataclass(frozen=True)
class DeviceReportRow:
    """When a device was last heard of, and what it told of itself at `told_at`, if it ever did.

    Attributes:
        heard_at, told_at, checked_at: seconds since 1970 by this server's clock.
        version: of the app.
        unsent: documents that it had not sent.
        free_bytes: room that was left on it.
        missing: documents that it lacked, or had with other leaves, when it last compared what it
            holds with what it should hold; None where it never told. It told so at `checked_at`.
    """

    device_id: int
    heard_at: float
    told_at: float | None
    version: str | None
    unsent: int | None
    free_bytes: int | None
    missing: int | None
    checked_at: float | None


@dataclass(frozen=True)
class LocalDocumentRow:
    """A checkpoint of one user's device."""

    user_id: int
    device: str
    local_id: str
    rev: int
    body: bytes
    used_at: float
