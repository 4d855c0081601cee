"""Databases: making them, removing them, and the configuration that their members read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from conflict.canonical import canonical_json
from conflict.minting import authored_rev
from conflict.tree import plain_path
from schemas import areas, form_to_json
from sync_server.crypto.sealing import new_key
from sync_server.errors import (
    DatabaseExists,
    IllegalDatabaseName,
    InvalidRequest,
    NotOverNetwork,
)
from sync_server.service.case_facts import SHARED
from sync_server.service.kanaf import Kanaf, new_uuid
from sync_server.service.published_forms import form_document
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Body, programme_key_place
from sync_server.storage import directory
from sync_server.storage.changes import Changes, Plan
from sync_server.storage.databases import (
    create_database,
    delete_hidden_databases,
    hide_database,
    set_revs_limit,
)
from sync_server.storage.migrating import migrate
from sync_server.storage.reading import Reading
from sync_server.storage.rows import EVERYONE, DatabaseKind, DatabaseRow, InboxRow
from sync_server.storage.store import AlreadyThere

_NAME = re.compile(r"[a-z][a-z0-9_$()+/-]{0,237}")
_SERVER_UUID = "server_uuid"
_HIGHEST_LIMIT = 2**31 - 1
"""What a column of whole numbers holds."""


def initialise(kanaf: Kanaf) -> None:
    """Makes the tables and the server's own id, where they are missing."""
    migrate(kanaf.store)
    with kanaf.store.read() as reading:
        known = directory.setting(reading.connection, _SERVER_UUID)
    if known is None:
        kanaf.store.administratively(
            lambda connection: directory.set_setting(connection, _SERVER_UUID, new_uuid())
        )


def server_uuid(kanaf: Kanaf) -> str:
    """The id that clients know this server by; it never changes."""
    with kanaf.store.read() as reading:
        return directory.setting(reading.connection, _SERVER_UUID) or ""


def add_database(kanaf: Kanaf, name: str, kind: DatabaseKind) -> DatabaseRow:
    """Makes a database; a case database gets its forms and agencies.

    Raises:
        IllegalDatabaseName: a name begins with a lower-case letter and has lower-case letters,
            digits and `_$()+/-` only.
        DatabaseExists: there is one of that name.

    Source: CouchDB documentation, PUT /{db}.
    """
    if _NAME.fullmatch(name) is None:
        raise IllegalDatabaseName
    uuid = new_uuid()
    wrapped = kanaf.master_keys.wrap(new_key(), programme_key_place(uuid))
    try:
        kanaf.store.administratively(
            lambda connection: create_database(
                connection, name=name, kind=kind.value, uuid=uuid, wrapped_key=wrapped
            )
        )
    except AlreadyThere:
        raise DatabaseExists from None
    database = kanaf.database(name)
    if kind is DatabaseKind.CASE:
        publish(kanaf, database, standard_configuration(kanaf))
    return database


def remove_database(kanaf: Kanaf, database: DatabaseRow) -> None:
    """Removes a database with all that is in it."""
    kanaf.store.administratively(lambda connection: hide_database(connection, database.id))
    kanaf.store.administratively(delete_hidden_databases)


def limit_revisions(kanaf: Kanaf, database: DatabaseRow, limit: object) -> None:
    """Sets how many revisions of a history are kept; a document is cut when it is written next.

    Raises:
        NotOverNetwork: it is a case database, whose merges need all of a history.
        InvalidRequest: the limit is no whole number from 1 to 2,147,483,647.
    """
    if database.kind is DatabaseKind.CASE:
        raise NotOverNetwork
    if type(limit) is not int or not 1 <= limit <= _HIGHEST_LIMIT:
        raise InvalidRequest
    kanaf.store.administratively(lambda connection: set_revs_limit(connection, database.id, limit))


def standard_configuration(kanaf: Kanaf) -> dict[str, Body]:
    """The forms and agencies of this server, as shared documents by id."""
    with kanaf.store.read() as reading:
        agencies = directory.agencies(reading.connection)
    forms = kanaf.library.values()
    return {
        **{form_document(form.code, form.revision): form_to_json(form) for form in forms},
        **agency_configuration(agencies),
    }


def agency_configuration(agencies: Mapping[str, str]) -> dict[str, Body]:
    """Agencies, given as names by code, as shared documents by id."""
    return {f"shared:agency:{code}": {"name": name} for code, name in agencies.items()}


def area_configuration(country: Literal["SD", "SO"]) -> dict[str, Body]:
    """The administrative areas of a country (`SD` or `SO`), as shared documents by id."""
    return {
        f"shared:location:{area.pcode}": {
            "level": area.level,
            "parent": area.parent,
            "name": dict(area.name),
        }
        for area in areas(country)
    }


def publish(kanaf: Kanaf, database: DatabaseRow, documents: dict[str, Body]) -> int:
    """Writes configuration that every member of a case database reads.

    Returns:
        How many documents were new or changed.
    """
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[int]:
        transaction = Transaction(reading, vault, kanaf.clock(), [SHARED], documents)
        changes = _published(transaction, documents)
        return Plan(changes, len(changes.documents))

    return kanaf.store.write(database.id, [SHARED], prepare)


def published_once(kanaf: Kanaf, database: DatabaseRow, documents: dict[str, Body]) -> bool:
    """Writes configuration that never changes, unless a document of it is there already.

    Returns:
        Whether it was written.
    """
    vault = kanaf.vault(database)

    def prepare(reading: Reading) -> Plan[bool]:
        transaction = Transaction(reading, vault, kanaf.clock(), [SHARED], documents)
        if reading.documents(database.id, documents):
            return Plan(Changes(), False)
        return Plan(_published(transaction, documents), True)

    return kanaf.store.write(database.id, [SHARED], prepare)


def _published(transaction: Transaction, documents: dict[str, Body]) -> Changes:
    changes = Changes()
    row = transaction.record(SHARED) or transaction.new_record(SHARED)
    key = transaction.key(row)
    for document_id, body in documents.items():
        work = transaction.document(key, document_id)
        parent = work.tree.winner().rev if len(work.tree) else None
        if parent is not None and work.has_same_body(parent, body):
            continue
        content = canonical_json(body)
        rev = authored_rev(transaction.vault.programme_key, document_id, parent, content)
        above = work.tree.path(parent) if parent else ()
        work.insert(plain_path((rev, *above)), body, transaction.now, content)
        work.write_to(changes, SHARED)
        changes.inbox.append(InboxRow(EVERYONE, document_id, 0))
    if changes.documents:
        changes.records[SHARED] = row
    return changes
