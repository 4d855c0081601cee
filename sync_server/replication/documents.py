"""One document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request

from conflict.revision import Rev
from sync_server.errors import InvalidRequest, KanafError
from sync_server.http.answers import answer, unless_known
from sync_server.http.body import body, json_object
from sync_server.http.parameters import accepts, asked_rev, flag, json_parameter
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.replication.bulk import pushed_answer
from sync_server.replication.multipart_documents import (
    as_part,
    document_within,
    multipart_answer,
    part_answer,
    row_part,
)
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.incoming import document_id, revision_id
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseRow

routes = Routes("documents", "/sync")


@routes.on("GET", "/<segment:db>/<document:document>")
def read(db: str, document: str) -> Response:
    """A document: the winner, the revision asked for, or several leaves (`open_revs`)."""
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    wanted = document_id(document)
    if "open_revs" in request.args:
        return _open_revs(database, wanted)
    asked = shape()
    if asked.attachments:
        asked = replace(asked, follows=accepts("multipart/related"))
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, caller)
        rev = request.args.get("rev")
        revision = _asked_revision(reader, wanted, rev)
        stub = reader.stub(wanted, revision)
        if asked.follows:
            found = stub or reader.read(wanted, revision, asked)
            response = part_answer(as_part(reader, found))
        else:
            response = answer(stub or reader.tell(wanted, revision, asked))
    if asked.is_of_one_revision:  # Source: CouchDB, chttpd_db.erl, send_doc/3
        response.headers["ETag"] = f'"{revision}"'
        unless_known(response)
    return response


def _asked_revision(reader: DocumentReader, wanted: str, rev: str | None) -> Rev:
    """The revision to tell of: the winner, the one asked for, or with `latest` what became of it.

    CouchDB takes `latest` for the winner. Here it is the leaf that would win of those that descend
    from the revision, which may be a tombstone, as PouchDB has it.
    """
    if not rev:
        return reader.winner(wanted)
    revision = revision_id(rev)
    later = reader.latest(wanted, revision) if flag("latest") else []
    return later[0] if later else revision


@routes.on("PUT", "/<segment:db>/<document:document>", takes_lost=True)
def write(db: str, document: str) -> Response:
    """Writes a document; `new_edits=false` stores the revision that came along."""
    database = the_database(db)
    edited = {**_sent_document(), "_id": document}
    rev = asked_rev(edited.get("_rev"))
    if rev is not None:
        edited["_rev"] = rev
    is_replicated = request.args.get("new_edits") == "false"
    (receipt,) = push(the_kanaf(), database, the_caller(), [edited], is_replicated=is_replicated)
    return pushed_answer(receipt, None if edited.get("_deleted") else [database.name, document])


@routes.on("DELETE", "/<segment:db>/<document:document>")
def delete(db: str, document: str) -> Response:
    """Deletes a document: its new revision is a tombstone.

    Source: CouchDB, api/document/common, DELETE: 404 for what is not there.
    """
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    with kanaf.store.read() as reading:
        DocumentReader(kanaf, reading, database, caller).winner(document_id(document))
    tombstone: dict[str, Any] = {"_id": document, "_deleted": True}
    rev = asked_rev()
    if rev is not None:
        tombstone["_rev"] = rev
    (receipt,) = push(kanaf, database, caller, [tombstone], is_replicated=False)
    return pushed_answer(receipt, None)


@routes.on("GET", "/<segment:db>/_design/<segment:name>")
def read_design(db: str, name: str) -> Response:
    """A design document, which is stored like any other."""
    response: Response = read(db, f"_design/{name}")
    return response


@routes.on("PUT", "/<segment:db>/_design/<segment:name>")
def write_design(db: str, name: str) -> Response:
    """Writes a design document."""
    response: Response = write(db, f"_design/{name}")
    return response


@routes.on("DELETE", "/<segment:db>/_design/<segment:name>")
def delete_design(db: str, name: str) -> Response:
    """Deletes a design document."""
    response: Response = delete(db, f"_design/{name}")
    return response


def _sent_document() -> dict[str, Any]:
    kind = request.headers.get("Content-Type", "")
    if not kind.startswith("multipart/related"):
        return json_object()
    return document_within(kind, body(), the_kanaf().settings.max_document_bytes)


def shape() -> Shape:
    """The members that the request's parameters ask for; `atts_since` asks for attachments too.

    Raises:
        InvalidRequest, InvalidRevisionId: `atts_since` is no list of revisions.
    """
    since = json_parameter("atts_since")
    if not (since is None or isinstance(since, list)):
        raise InvalidRequest("atts_since")
    meta = flag("meta")
    return Shape(
        revisions=flag("revs"),
        revs_info=flag("revs_info") or meta,
        conflicts=flag("conflicts") or meta,
        deleted_conflicts=flag("deleted_conflicts") or meta,
        attachments=flag("attachments") or since is not None,
        since=frozenset(revision_id(rev) for rev in since or ()),
    )


def _open_revs(database: DatabaseRow, wanted: str) -> Response:
    """The leaves asked for, each as `ok` or `missing`; for who takes parts with attachments."""
    kanaf, asked = the_kanaf(), shape()
    in_parts = accepts("multipart/mixed")
    if in_parts:
        asked = replace(asked, attachments=True, follows=True)
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, database, the_caller())
        rows = [_row(reader, wanted, rev, asked) for rev in _asked_leaves(reader, wanted)]
        if in_parts:
            return multipart_answer("multipart/mixed", [row_part(reader, row) for row in rows])
    return answer(rows)


def _asked_leaves(reader: DocumentReader, wanted: str) -> list[Rev]:
    if request.args["open_revs"] == "all":
        return [leaf.rev for leaf in reader.leaves(wanted)]
    listed = json_parameter("open_revs")
    if not isinstance(listed, list):
        raise InvalidRequest("open_revs")
    revs = [revision_id(rev) for rev in listed]
    if not flag("latest"):
        return revs
    return [leaf for rev in revs for leaf in reader.latest(wanted, rev) or [rev]]


def _row(reader: DocumentReader, wanted: str, rev: Rev, asked: Shape) -> dict[str, Any]:
    shown = reader.read if asked.follows else reader.tell
    try:
        return {"ok": reader.stub(wanted, rev) or shown(wanted, rev, asked)}
    except KanafError:
        return {"missing": str(rev)}
