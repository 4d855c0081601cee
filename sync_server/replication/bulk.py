"""Many documents in one request."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from sync_server.errors import InvalidRequest, KanafError
from sync_server.http.answers import STATUS, answer, reason
from sync_server.http.requests import (
    flag,
    json_body,
    json_object,
    json_parameter,
    the_caller,
    the_database,
    the_kanaf,
    whole_number,
)
from sync_server.http.routes import Routes
from sync_server.service.documents import DocumentReader, Shape, lacking
from sync_server.service.incoming import document_id, revision_id
from sync_server.service.kanaf import new_uuid
from sync_server.service.pushing import push
from sync_server.service.receipt import Receipt
from sync_server.storage.rows import DatabaseKind

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
        reader.load({one["id"] for one in asked if isinstance(one.get("id"), str)})
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
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    given = json_object()
    if not all(isinstance(revs, list) for revs in given.values()):
        raise InvalidRequest
    asked = {one: [revision_id(rev) for rev in revs] for one, revs in given.items()}
    with kanaf.store.read() as reading:
        missing = lacking(DocumentReader(kanaf, reading, database, caller), asked)
    return answer(
        {
            document: {name: [str(rev) for rev in revs] for name, revs in rows.items()}
            for document, rows in missing.items()
        }
    )


@routes.on("GET POST", "/<segment:db>/_all_docs")
def all_documents(db: str) -> Response:
    """The live documents that the caller sees, by id; or those asked for by `keys`."""
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    given = json_body(default={}) if request.method == "POST" else {}
    keys = given.get("keys") if isinstance(given, dict) else None
    keys = json_parameter("keys") if keys is None else keys
    if keys is not None and not isinstance(keys, list):
        raise InvalidRequest
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        if database.kind is DatabaseKind.OPEN:
            ids = reading.document_ids(database.id)
        else:
            ids = reading.visible_ids(database.id, caller.person.id)
        seen = reader.sight.documents(ids)
        total = len(seen)
        if keys is None:
            page, offset = _page(sorted(seen))
            rows = [_listed(reader, one, str(seen[one].winner.rev)) for one in page]
        else:
            offset = 0
            rows = [_keyed(reader, key) for key in keys]
    return answer({"total_rows": total, "offset": offset, "rows": rows})


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


def _listed(reader: DocumentReader, document: str, rev: str) -> Row:
    row: Row = {"id": document, "key": document, "value": {"rev": rev}}
    if flag("include_docs"):
        wanted = Shape(conflicts=flag("conflicts"), attachments=flag("attachments"))
        row["doc"] = reader.read(document, revision_id(rev), wanted)
    return row


def _keyed(reader: DocumentReader, key: object) -> Row:
    """A row of `_all_docs` for one of the keys asked for."""
    tree = reader.tree(key) if isinstance(key, str) else None
    if tree is None or not isinstance(key, str):
        return {"key": key, "error": "not_found"}
    winner = tree.winner()
    if winner.deleted:
        value = {"rev": str(winner.rev), "deleted": True}
        return {"id": key, "key": key, "value": value, "doc": None}
    return _listed(reader, key, str(winner.rev))


def _page(ids: list[str]) -> tuple[list[str], int]:
    """The ids that the request's range asks for, and how many come before them."""
    descending = flag("descending")
    key = json_parameter("key")
    start = json_parameter("startkey", "start_key") if key is None else key
    end = json_parameter("endkey", "end_key") if key is None else key
    inclusive = request.args.get("inclusive_end") != "false"
    if descending:
        ids = ids[::-1]
        start, end = end, start
    kept = [one for one in ids if _within(one, start, end, inclusive, descending)]
    before = ids.index(kept[0]) if kept else 0
    skip = whole_number("skip", 0)
    limit = whole_number("limit", len(kept))
    return kept[skip : skip + limit], before + skip


def _within(one: str, low: object, high: object, inclusive: bool, descending: bool) -> bool:
    for bound in (low, high):
        if bound is not None and not isinstance(bound, str):
            raise InvalidRequest
    if isinstance(low, str) and (one < low or (descending and not inclusive and one == low)):
        return False
    return not (
        isinstance(high, str) and (one > high or (not descending and not inclusive and one == high))
    )
