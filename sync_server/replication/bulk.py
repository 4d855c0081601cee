"""Many documents in one request."""

from __future__ import annotations

from typing import Any

from flask import Response

from sync_server.errors import InvalidRequest, KanafError
from sync_server.http.answers import STATUS, answer, reason
from sync_server.http.requests import (
    flag,
    json_object,
    the_caller,
    the_database,
    the_kanaf,
)
from sync_server.http.routes import Routes
from sync_server.service.documents import DocumentReader, Shape, lacking
from sync_server.service.incoming import document_id, may_exist, revision_id
from sync_server.service.kanaf import new_uuid
from sync_server.service.pushing import push
from sync_server.service.receipt import Receipt
from sync_server.storage.rows import DatabaseKind, DatabaseRow

routes = Routes("bulk", "/sync")
Row = dict[str, Any]


@routes.on("POST", "/<segment:db>/_bulk_docs")
def bulk_documents(db: str) -> Response:
    """Writes documents; with `new_edits: false` only those that failed are answered."""
    database = the_database(db)
    given = json_object()
    documents = given.get("docs")
    if not isinstance(documents, list):
        raise InvalidRequest
    is_replicated = given.get("new_edits") is False
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
    """Documents by id and revision.

    In a case database a revision that the caller does not see, or that is not here, is left out:
    PouchDB gives a replication up at a row with an error, and passes over one that is missing.
    """
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    asked = json_object().get("docs")
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise InvalidRequest
    wanted = Shape(revisions=flag("revs"), attachments=flag("attachments"))
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        reader.load({one["id"] for one in asked if may_exist(one.get("id"))})
        rows = [
            {"id": one.get("id"), "docs": _got(reader, one, wanted)}
            for one in asked
            if isinstance(one.get("id"), str)
        ]
    if database.kind is DatabaseKind.CASE:
        for row in rows:
            row["docs"] = [found for found in row["docs"] if "ok" in found]
        rows = [row for row in rows if row["docs"]]
    return answer({"results": rows})


@routes.on("POST", "/<segment:db>/_revs_diff")
def revs_diff(db: str) -> Response:
    """Which of the revisions that a client offers the database lacks."""
    return answer(_lacking(the_database(db)))


@routes.on("POST", "/<segment:db>/_missing_revs")
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


def pushed_answer(receipt: Receipt, status: int = 201) -> Response:
    """A receipt as the answer to the writing of one document."""
    if receipt.error is not None:
        body = {"error": receipt.error, "reason": reason(receipt.code or "")}
        return answer(body, STATUS[receipt.error])
    row = {"ok": True, "id": receipt.document_id, "rev": str(receipt.rev)}
    return answer(row, status, {"ETag": f'"{receipt.rev}"'})


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
    possible = {one: revs for one, revs in asked.items() if may_exist(one)}
    with kanaf.store.read() as reading:
        missing = lacking(DocumentReader(kanaf, reading, database, caller), possible)
    missing |= {one: {"missing": revs} for one, revs in asked.items() if one not in possible}
    return {
        document: {name: [str(rev) for rev in revs] for name, revs in rows.items()}
        for document, rows in missing.items()
    }


def _got(reader: DocumentReader, asked: Row, wanted: Shape) -> list[Row]:
    """The rows for one entry of `_bulk_get`."""
    rev = asked.get("rev")
    try:
        document = document_id(asked["id"])
        if rev is None:
            tree = reader.tree(document)
            revs = [leaf.rev for leaf in tree.leaves() if not leaf.deleted] if tree else []
            revs = revs or [reader.winner(document).rev]
        else:
            one = revision_id(rev)
            revs = (reader.latest(document, one) if flag("latest") else []) or [one]
    except KanafError as error:
        return [_not_got(asked["id"], rev, error)]
    rows: list[Row] = []
    for revision in revs:
        try:
            found = reader.stub(document, revision) or reader.read(document, revision, wanted)
            rows.append({"ok": found})
        except KanafError as error:
            rows.append(_not_got(document, str(revision), error))
    return rows


def _not_got(document: str, rev: object, error: KanafError) -> Row:
    what = {"id": document, "rev": rev, "error": error.error, "reason": reason(error.code)}
    return {"error": what}
