"""Many documents in one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from conflict.revision import Rev
from sync_server.errors import InvalidRequest
from sync_server.http.answers import STATUS, address, answer, reason
from sync_server.http.body import json_object
from sync_server.http.multipart import new_boundary
from sync_server.http.parameters import accepts, flag
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.replication.many_documents import AskedDocuments
from sync_server.service.case_facts import SHARED
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.incoming import may_exist, revision_id
from sync_server.service.kanaf import new_uuid
from sync_server.service.lacking import lacking
from sync_server.service.pushing import push
from sync_server.service.receipt import Receipt
from sync_server.storage.rows import DatabaseRow

routes = Routes("bulk", "/sync")
Row = dict[str, Any]


@routes.on("POST", "/<segment:db>/_bulk_docs", takes_lost=True)
def bulk_documents(db: str) -> Response:
    """Writes documents; with `new_edits: false` only those that failed are answered."""
    database = the_database(db)
    given = json_object()
    documents = given.get("docs")
    if not isinstance(documents, list):
        raise InvalidRequest("docs")
    new_edits = given.get("new_edits", True)
    if not isinstance(new_edits, bool):
        raise InvalidRequest("new_edits")
    is_replicated = not new_edits
    if not is_replicated:
        documents = [
            {"_id": new_uuid(), **one} if isinstance(one, dict) else one for one in documents
        ]
    caller = the_caller()
    receipts = push(the_kanaf(), database, caller, documents, is_replicated=is_replicated)
    rows = [receipt_row(one) for one in receipts if one.code or not is_replicated]
    return answer(rows, 201)


@routes.on("POST", "/<segment:db>/_bulk_get")
def bulk_get(db: str) -> Response:
    """Documents by id and revision; in parts for who takes no JSON."""
    caller, database = the_caller(), the_database(db)
    entries = json_object().get("docs")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise InvalidRequest("docs")
    in_parts = _multipart_wanted()
    with_attachments = flag("attachments") or in_parts is not None
    shape = Shape(flag("revs"), attachments=with_attachments, follows=in_parts is not None)
    boundary = new_boundary() if in_parts else None
    asked = AskedDocuments(the_kanaf(), database, caller, entries, shape, flag("latest"), boundary)
    return asked.answer(f'{in_parts}; boundary="{boundary}"' if in_parts else "application/json")


@routes.on("POST", "/<segment:db>/_revs_diff", takes_lost=True)
def revs_diff(db: str) -> Response:
    """Which of the revisions that a client offers the database lacks."""
    return answer(_lacking(the_database(db)))


@routes.on("POST", "/<segment:db>/_missing_revs", takes_lost=True)
def missing_revs(db: str) -> Response:
    """What `revs_diff` tells, without the ancestors that a client might build on.

    Source: CouchDB, chttpd_db.erl, db_req/2: the member is `missing_revs`; its documentation says
    otherwise.
    """
    lacked = _lacking(the_database(db))
    missing = {document: revs["missing"] for document, revs in lacked.items()}
    return answer({"missing_revs": missing})


def receipt_row(receipt: Receipt) -> Row:
    """A receipt as a row of `_bulk_docs`."""
    if receipt.code is None:
        return {"ok": True, "id": receipt.document_id, "rev": str(receipt.rev)}
    row = {"id": receipt.document_id, "error": receipt.error, "reason": reason(receipt.code)}
    return {**row, "rev": str(receipt.rev)} if receipt.rev else row


def pushed_answer(receipt: Receipt, written_at: Sequence[str] | None) -> Response:
    """A receipt as the answer to the writing of one document.

    Args:
        written_at: the segments of the address of what was written; None for what was removed.
    """
    if receipt.error is not None:
        body = {"error": receipt.error, "reason": reason(receipt.code or "")}
        return answer(body, STATUS[receipt.error])
    row = {"ok": True, "id": receipt.document_id, "rev": str(receipt.rev)}
    headers = {"ETag": f'"{receipt.rev}"'}
    if written_at is None:
        return answer(row, 200, headers)
    return answer(row, 201, {**headers, "Location": address(*written_at)})


def _lacking(database: DatabaseRow) -> dict[str, dict[str, list[str]]]:
    """What the database lacks of the revisions in the request, as `lacking`.

    Raises:
        InvalidRequest, InvalidRevisionId: the request is no object of lists of revisions.
    """
    kanaf, caller = the_kanaf(), the_caller()
    given = json_object()
    if not all(isinstance(revs, list) for revs in given.values()):
        raise InvalidRequest
    asked = {one: [revision_id(rev) for rev in revs] for one, revs in given.items()}
    if caller.is_lost:
        return _all_but_shared(asked)
    possible = {one: revs for one, revs in asked.items() if may_exist(one)}
    with kanaf.store.read() as reading:
        missing = lacking(DocumentReader(kanaf, reading, database, caller), possible)
    missing |= {one: {"missing": revs} for one, revs in asked.items() if one not in possible}
    return {
        document: {name: [str(rev) for rev in revs] for name, revs in rows.items()}
        for document, rows in missing.items()
    }


def _all_but_shared(asked: dict[str, list[Rev]]) -> dict[str, dict[str, list[str]]]:
    """What the database lacks of what a device offers that is lost: it is told of nothing that it
    is here. What the service has written no client sends anyway.
    """
    return {
        document: {"missing": [str(rev) for rev in revs]}
        for document, revs in asked.items()
        if revs and not document.startswith(f"{SHARED}:")
    }


def _multipart_wanted() -> str | None:
    """The media type of an answer in parts; None where the client takes JSON.

    Source: CouchDB, chttpd_db.erl, bulk_get_is_multipart/1.
    """
    if accepts("application/json"):
        return None
    return next((kind for kind in ("multipart/mixed", "multipart/related") if accepts(kind)), None)
