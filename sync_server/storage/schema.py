"""The tables. One schema for SQLite and PostgreSQL; `migrations/` brings a database to it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _database() -> Column[int]:
    return Column("database_id", ForeignKey("database.id", ondelete="CASCADE"), primary_key=True)


database = Table(
    "database",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # case | open
    Column("uuid", Text, nullable=False),
    Column("update_seq", BigInteger, nullable=False),
    Column("feed_epoch", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),  # the programme key
    Column("revs_limit", Integer, nullable=False),
    Column("merge_policy", Text, nullable=False),  # JSON, see service/case_forms.py
    Column("security", Text),  # JSON, CouchDB's; null until it is set
    Column("catalog", LargeBinary),  # sealed: which published forms are about what
    sqlite_autoincrement=True,  # the id of one that was removed never means another
)

# A lock, a data key and, in a case database, what sharing is decided by. `version` counts its
# writes; 0 is a row that only holds a lock while its first document is written.
record = Table(
    "record",
    metadata,
    _database(),
    Column("record_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("kind", Text),
    Column("owner_id", Integer),
    Column("agency", Text),
    Column("group", Text),
    Column("consent", Boolean),
    Column("referrals", Text),  # JSON: [{"document", "to", "forms", "state"}]
    Column("area", Text),
    Column("emergencies", Text),  # JSON: [{"user", "until"}]
)

IS_OPEN = "open_units > 0"

document = Table(
    "document",
    metadata,
    _database(),
    Column("document_id", Text, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("leaves", Text, nullable=False),  # JSON: [[rev, deleted]], the winner first
    Column("deleted", Boolean, nullable=False),
    Column("open_units", Integer, nullable=False),
    Index(None, "database_id", "seq", unique=True),
    Index(None, "database_id", "record_id"),
    Index(  # those that wait for a person are few among all
        "ix_document_open",
        "database_id",
        "document_id",
        sqlite_where=text(IS_OPEN),
        postgresql_where=text(IS_OPEN),
    ),
    Index(  # for `_all_docs`, whose order is that of bytes; see id_range.py
        None,
        "database_id",
        "deleted",
        "document_id",
        postgresql_ops={"document_id": 'COLLATE "C"'},
    ),
)

revision = Table(
    "revision",
    metadata,
    _database(),
    Column("document_id", Text, primary_key=True),
    Column("rev", Text, primary_key=True),
    Column("parent", Text),
    Column("kind", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("stored", Boolean, nullable=False),
    Column("merges", Text),  # JSON: the heads that a merge stands for
    Column("body", LargeBinary),  # sealed; none where minted revisions have none of their own
    Column("digest", LargeBinary),  # keyed digest of the body
    Column("received_at", Float, nullable=False),  # seconds since 1970, this server's clock
)

attachment = Table(
    "attachment",
    metadata,
    _database(),
    Column("record_id", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # keyed, so that equal ones are kept once
    Column("content", LargeBinary, nullable=False),  # sealed
)

local_document = Table(
    "local_document",
    metadata,
    _database(),
    Column("user_id", Integer, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("local_id", Text, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed
    Column("used_at", Float, nullable=False),
)

# Up to where a user's device held nothing, for it had never asked; 0 where that is not known.
feed_beginning = Table(
    "feed_beginning",
    metadata,
    _database(),
    Column("user_id", Integer, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

# What each reader's feed shows of a record: the outcome of `sharing.audience`, as last fanned out.
audience = Table(
    "audience",
    metadata,
    _database(),
    Column("record_id", Text, primary_key=True),
    Column("user_id", Integer, primary_key=True),
    Column("parts", Text, nullable=False),  # JSON: form codes and document names, sorted
    Index(None, "database_id", "user_id"),
)

inbox = Table(
    "inbox",
    metadata,
    _database(),
    Column("reader", Integer, primary_key=True),  # a user's id, or 0 for every member
    Column("document_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("revoked_leaves", Text),  # JSON: what the reader had when access ended; null: visible
    Index(None, "database_id", "reader", "seq"),
)

fanout_job = Table(
    "fanout_job",
    metadata,
    _id(),
    Column("database_id", ForeignKey("database.id", ondelete="CASCADE"), nullable=False),
    Column("after_record", Text, nullable=False),  # records up to this one are done
    sqlite_autoincrement=True,  # who ends a walk that has ended already ends no other
)

# Records that a walk could not bring up to date, and passed over.
lagging_record = Table(
    "lagging_record",
    metadata,
    _database(),
    Column("record_id", Text, primary_key=True),
    Column("since", Float, nullable=False),  # seconds since 1970
    Column("due_at", Float, nullable=False),  # when it is tried again
    Index(None, "due_at"),
)

# Who asked to be let in to a record by emergency, and what became of it. The record's own row has
# those who are in.
emergency = Table(
    "emergency",
    metadata,
    Column("id", Text, primary_key=True),
    Column("database_id", ForeignKey("database.id", ondelete="CASCADE"), nullable=False),
    Column("record_id", Text, nullable=False),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("reason", LargeBinary, nullable=False),  # sealed
    Column("asked_at", Float, nullable=False),
    Column("until", Float, nullable=False),  # of the request; once it is granted, of the access
    Column("granted_by", Integer),
    Column("granted_at", Float),
    Column("ended_at", Float),
    Index(None, "database_id", "asked_at"),
    Index(None, "ended_at", "until"),  # for those that are over and not ended
)

# Handing records over to other owners; it survives a stop.
handover = Table(
    "handover",
    metadata,
    _id(),
    Column("database_id", ForeignKey("database.id", ondelete="CASCADE"), nullable=False),
    Column("asked", Text, nullable=False),  # JSON: ids and codes, see service/handover.py
    Column("asked_by", Integer),  # null where who keeps the server did
    Column("device", Text),
    Column("asked_at", Float, nullable=False),  # seconds since 1970
    Column("reason", Text),  # for going without consent
    Column("after_record", Text, nullable=False),  # records up to this one are done
    Column("handed", Integer, nullable=False),  # how many records have another owner by it
    Column("ended_at", Float),
    sqlite_autoincrement=True,  # the number of one that was removed never means another
)

# Records that a handover has left where they were.
kept_record = Table(
    "kept_record",
    metadata,
    Column(
        "handover_id",
        ForeignKey("handover.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("record_id", Text, primary_key=True),
    Column("why", Text, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    _database(),
    Column("document_id", Text, primary_key=True),
    Column("rev", Text, primary_key=True),
    Column("content", LargeBinary, primary_key=True),  # keyed digest: one id, two bodies
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("record_id", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("problems", Text, nullable=False),  # JSON: [{"path", "code"}]
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed: path and body
    Column("received_at", Float, nullable=False),
    Column("decided", Text),  # corrected, rejected
    Index(None, "database_id", "user_id"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("database_id", Integer),
    Column("at", Float, nullable=False),
    Column("user_id", Integer),
    Column("device", Text),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),  # ids and codes, never answers
)

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

agency = Table(
    "agency", metadata, Column("code", Text, primary_key=True), Column("name", Text, nullable=False)
)

# Those of the programme's own; the ready ones are in `sharing/roles.py`. Lists are JSON.
role = Table(
    "role",
    metadata,
    Column("name", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("reads", Text, nullable=False),
    Column("writes", Text, nullable=False),
    Column("in_emergency", Text, nullable=False),
    Column("gives", Text, nullable=False),
)

group = Table("group", metadata, Column("name", Text, primary_key=True))

user = Table(
    "user",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("agency", ForeignKey("agency.code"), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Text),
    Column("area", Text),
)

membership = Table(
    "membership",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),  # 0: where records begin
    Column("group", ForeignKey("group.name"), nullable=False),
)

device = Table(
    "device",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("token_digest", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("install_id", Text),
    Column("lost_at", Float),  # when it was said to be lost
    Column("wiped_at", Float),  # when it said that it holds nothing any more
)

# Apart from the directory: what is told here changes at every sync, and nobody's rights by it.
device_report = Table(
    "device_report",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True, autoincrement=False),
    Column("heard_at", Float, nullable=False),  # seconds since 1970, this server's clock
    Column("told_at", Float),  # of the rest
    Column("version", Text),
    Column("unsent", Integer),
    Column("free_bytes", BigInteger),
    Column("missing", Integer),  # null where the device never compared
    Column("checked_at", Float),  # when it told that
)

# Codes that are handed out; each is good once, and until it expires.
enrolment = Table(
    "enrolment",
    metadata,
    Column("device", Text, primary_key=True),  # the name that it gets
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("issuer_id", Integer),  # null where who keeps the server made it
    Column("issuer_device", Text),
    Column("code_digest", LargeBinary, nullable=False, unique=True),
    Column("expires_at", Float, nullable=False),
)

conduct = Table(
    "conduct",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("texts", Text, nullable=False),  # JSON: by language
    Column("published_at", Float, nullable=False),
)

acceptance = Table(
    "acceptance",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True, autoincrement=False),
    Column("version", ForeignKey("conduct.version"), primary_key=True, autoincrement=False),
    Column("accepted_at", Float, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("expires_at", Float, nullable=False),
)
