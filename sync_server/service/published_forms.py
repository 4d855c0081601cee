"""The forms of a programme: those that ship, and those that it has published in its database.

A published form is a document, `shared:form:<code>.<revision>`, so that it reaches tablets by the
feed. What is read here is kept by its document's revision: parsing takes longer than reading.
"""

from __future__ import annotations

from collections.abc import MutableMapping

import structlog

from conflict.revision import Rev
from schemas import Form, InvalidDefinition, form_from_json
from sync_server.service.case_facts import SHARED
from sync_server.service.case_forms import Forms
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Vault
from sync_server.storage.reading import Reading

_log = structlog.get_logger()
PREFIX = "shared:form:"
Parsed = MutableMapping[tuple[str, str, Rev], Form]
"""Forms by database, document and revision."""


def form_document(code: str, revision: int) -> str:
    """The id of the document that defines a revision of a form."""
    return f"{PREFIX}{code}.{revision}"


def published_forms(reading: Reading, vault: Vault, parsed: Parsed, library: Forms) -> Forms:
    """The forms that a case database holds beside those that ship.

    One that this version cannot read is left out and logged: its documents wait or are kept in
    quarantine, the others go on.
    """
    database = vault.database
    shipped = {form_document(code, revision) for code, revision in library}
    ids = [
        row.document_id
        for row in reading.documents_of(database.id, [SHARED])
        if row.document_id.startswith(PREFIX) and row.document_id not in shipped
    ]
    transaction = Transaction(reading, vault, 0, [SHARED], ids)
    record = transaction.record(SHARED)
    if record is None:
        return {}
    key = transaction.key(record)
    forms: list[Form] = []
    for one in ids:
        work = transaction.document(key, one)
        rev = work.tree.winner().rev
        place = (database.uuid, one, rev)
        if place not in parsed:
            body = work.bodies([rev])[rev]
            try:
                parsed[place] = form_from_json(body)
            except InvalidDefinition as invalid:
                _log.error("a form cannot be read", form=one, problems=str(invalid))
                continue
        forms.append(parsed[place])
    return {(form.code, form.revision): form for form in forms}
