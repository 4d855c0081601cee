"""The forms of a programme: those that ship, and those that it has published in its database.

A published form is a document, `shared:form:<code>.<revision>`, so that it reaches tablets by the
feed. What is read here is kept by its document's revision: parsing takes longer than reading.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from conflict.revision import Rev
from schemas import Form, form_from_json
from sync_server.service.case_forms import Forms
from sync_server.service.sight import SHARED
from sync_server.service.transaction import Transaction
from sync_server.service.vault import Vault
from sync_server.storage.reading import Reading

PREFIX = "shared:form:"
Parsed = MutableMapping[tuple[str, str, Rev], Form]
"""Forms by database, document and revision."""


def form_document(code: str, revision: int) -> str:
    """The id of the document that defines a revision of a form."""
    return f"{PREFIX}{code}.{revision}"


def published_forms(reading: Reading, vault: Vault, parsed: Parsed) -> Forms:
    """The forms that a case database holds."""
    database = vault.database
    ids = [
        row.document_id
        for row in reading.documents_of(database.id, [SHARED])
        if row.document_id.startswith(PREFIX)
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
            parsed[place] = form_from_json({k: v for k, v in body.items() if k[0] != "_"})
        forms.append(parsed[place])
    return {(form.code, form.revision): form for form in forms}
