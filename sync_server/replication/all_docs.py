"""The documents of a database by id: one listing, or several in one answer."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response

from conflict.revision import Rev
from sync_server.errors import DocumentMissing, InvalidRequest, TooLarge
from sync_server.http.answers import answer, answer_written, lines
from sync_server.http.requests import json_object, the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.json_text import written
from sync_server.replication.listing import Listing
from sync_server.service.documents import DocumentReader
from sync_server.service.incoming import may_exist
from sync_server.storage.rows import DatabaseKind, DatabaseRow, DocumentRow

routes = Routes("all_docs", "/sync")
_MOST_QUERIES = 100
_MOST_ROWS = 100_000
"""Of all queries of a request together: they are in memory at once."""
Row = dict[str, Any]


@routes.on("GET POST", "/<segment:db>/_all_docs")
def all_documents(db: str) -> Response:
    """The live documents that the caller sees, by id; or those asked for by `keys`.

    Each row is on a line of its own. Source: CouchDB, couch_mrview_http.erl, view_cb/2.
    """
    (listed,) = _listings(the_database(db), [Listing.asked()])
    rows = lines(listed.pop("rows"))
    return answer_written(written(listed)[:-1] + b',"rows":[\r\n' + rows + b"\r\n]}")


@routes.on("POST", "/<segment:db>/_all_docs/queries")
def several(db: str) -> Response:
    """Several listings, in the order asked for; all of them of one state of the database.

    Parameters of the address hold for each query that does not say otherwise.

    Raises:
        TooLarge: they come to more rows than are told at once.

    Source: CouchDB, chttpd_db.erl, multi_all_docs_view/4.
    """
    database = the_database(db)
    queries = json_object().get("queries")
    if not isinstance(queries, list) or len(queries) > _MOST_QUERIES:
        raise InvalidRequest("queries")
    listings = _listings(database, [Listing.of(query) for query in queries], _MOST_ROWS)
    return answer({"results": listings})


def _listings(database: DatabaseRow, asked: list[Listing], most: int | None = None) -> list[Row]:
    """An answer for each listing.

    Args:
        most: rows of all of them together; None for no limit.

    Raises:
        TooLarge: there are more.
    """
    kanaf, caller = the_kanaf(), the_caller()
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        if database.kind is DatabaseKind.OPEN:
            ids = reading.document_ids(database.id)
        else:
            ids = reading.visible_ids(database.id, caller.person.id)
        seen = reader.sight.documents(ids)
        live = {document: seen[document] for document in sorted(seen)}
        told: list[Row] = []
        for one in asked:
            told.append(_listing(reader, live, one))
            if most is not None and sum(len(listed["rows"]) for listed in told) > most:
                raise TooLarge
        return told


def _listing(reader: DocumentReader, live: dict[str, DocumentRow], asked: Listing) -> Row:
    """One listing of the live documents, which are given by id, ascending."""
    if asked.keys is None:
        page, offset = asked.page(list(live))
        if asked.documents is not None:
            reader.take([live[one] for one in page])
        rows = [_listed(reader, one, live[one].winner.rev, asked) for one in page]
    else:
        offset = 0
        keys = (key for key in asked.keys if isinstance(key, str) and may_exist(key))
        reader.load(keys, with_bodies=asked.documents is not None)
        rows = [_keyed(reader, key, asked) for key in asked.keys]
    return {"total_rows": len(live), "offset": offset, "rows": rows}


def _listed(reader: DocumentReader, document: str, rev: Rev, asked: Listing) -> Row:
    row: Row = {"id": document, "key": document, "value": {"rev": str(rev)}}
    if asked.documents is not None:
        row["doc"] = None  # if its body went after the listing was read
        with suppress(DocumentMissing):
            row["doc"] = reader.tell(document, rev, asked.documents)
    return row


def _keyed(reader: DocumentReader, key: object, asked: Listing) -> Row:
    """A row of `_all_docs` for one of the keys asked for."""
    if not (isinstance(key, str) and may_exist(key)):
        return {"key": key, "error": "not_found"}
    try:
        winner = reader.leaves(key)[0]
    except DocumentMissing:
        return {"key": key, "error": "not_found"}
    if winner.deleted:
        value = {"rev": str(winner.rev), "deleted": True}
        return {"id": key, "key": key, "value": value, "doc": None}
    return _listed(reader, key, winner.rev, asked)
