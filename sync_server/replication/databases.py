"""Databases as a whole."""

from __future__ import annotations

from flask import Response, request

from conflict.revision import Rev
from sync_server.errors import InvalidRequest, NeverRun, NotOverNetwork
from sync_server.http.answers import address, answer
from sync_server.http.body import json_body, json_object
from sync_server.http.requests import the_caller, the_database, the_kanaf, the_kept_database
from sync_server.http.routes import Routes
from sync_server.replication.bulk import pushed_answer
from sync_server.service.administration import (
    add_database,
    limit_revisions,
    remove_database,
)
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import SeqTag
from sync_server.service.incoming import document_id, revision_id
from sync_server.service.kanaf import new_uuid
from sync_server.service.live_documents import LiveDocuments
from sync_server.service.purging import purge
from sync_server.service.pushing import push
from sync_server.service.security import security, set_security
from sync_server.sharing.roles import Action
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind

routes = Routes("databases", "/sync")


@routes.on("GET", "/<segment:db>/", takes_lost=True)
def information(db: str) -> Response:
    """What a database holds, as far as the caller sees it."""
    kanaf, caller = the_kanaf(), the_caller()
    database = the_database(db)
    with kanaf.store.read_one_state() as connection:
        reading = Reading(connection)
        reader = DocumentReader(kanaf, reading, database, caller)
        update_seq, live, deleted = 0, 0, 0
        if not caller.is_lost:
            documents = LiveDocuments(reader.sight, kanaf.counts)
            live, deleted = documents.count, documents.deleted_count
            update_seq = reading.update_seq(database.id)
        seq = SeqTag(kanaf, database, caller.person).written(update_seq)
    return answer(
        {
            "db_name": database.name,
            "doc_count": live,
            "doc_del_count": deleted,
            "update_seq": seq,
            "purge_seq": 0,
            "compact_running": False,
            "disk_format_version": 8,
            "instance_start_time": "0",
            "sizes": {"file": 0, "external": 0, "active": 0},
            "props": {},
        }
    )


@routes.on("PUT", "/<segment:db>/", need=Action.ADMINISTER)
def create(db: str) -> Response:
    """Makes an open database."""
    add_database(the_kanaf(), db, DatabaseKind.OPEN)
    return answer({"ok": True}, 201, {"Location": address(db)})


@routes.on("DELETE", "/<segment:db>/", need=Action.ADMINISTER)
def remove(db: str) -> Response:
    """Removes an open database; a country's programme is never removed over the network.

    With a `rev` it is a document that somebody wants to remove, whose id is empty by accident.

    Source: CouchDB, chttpd_db.erl, handle_request/1.
    """
    if "rev" in request.args:
        raise InvalidRequest("rev")
    database = the_database(db)
    if database.kind is DatabaseKind.CASE:
        raise NotOverNetwork
    remove_database(the_kanaf(), database)
    return answer({"ok": True})


@routes.on("POST", "/<segment:db>/")
def create_document(db: str) -> Response:
    """Stores a new document, with an id of ours where it has none."""
    document = {"_id": new_uuid(), **json_object()}
    database = the_database(db)
    (receipt,) = push(the_kanaf(), database, the_caller(), [document], is_replicated=False)
    return pushed_answer(receipt, [database.name, receipt.document_id])


@routes.on("GET", "/<segment:db>/_security")
def read_security(db: str) -> Response:
    """Members and administrators as they were set; those of case databases are kept elsewhere."""
    return answer(security(the_database(db)))


@routes.on("PUT", "/<segment:db>/_security")
def write_security(db: str) -> Response:
    """Sets members and administrators of an open database."""
    set_security(the_kanaf(), the_kept_database(db), json_body())
    return answer({"ok": True})


@routes.on("GET", "/<segment:db>/_revs_limit")
def revs_limit(db: str) -> Response:
    """The limit that an administrator has set; 1,000 where none has."""
    return answer(the_database(db).revs_limit)


@routes.on("PUT", "/<segment:db>/_revs_limit")
def limit_revs(db: str) -> Response:
    """Sets the limit of an open database."""
    limit_revisions(the_kanaf(), the_kept_database(db), json_body())
    return answer({"ok": True})


@routes.on("POST", "/<segment:db>/_purge", need=Action.ADMINISTER)
def remove_for_ever(db: str) -> Response:
    """Takes leaves of documents out of an open database, as if they had never been there."""
    asked = {document_id(document): _revisions(revs) for document, revs in json_object().items()}
    purged = purge(the_kanaf(), the_database(db), asked)
    told = {document: [str(rev) for rev in revs] for document, revs in purged.items()}
    return answer({"purge_seq": None, "purged": told}, 201)


@routes.on("POST", "/<segment:db>/_ensure_full_commit", takes_lost=True)
def ensure_full_commit(db: str) -> Response:
    """Every answered write is on disk already."""
    the_database(db)
    return answer({"ok": True, "instance_start_time": "0"}, 201)


@routes.on("POST", "/<segment:db>/_compact")
def compact(db: str) -> Response:
    """Nothing is left to compact: retention is a policy, not a side effect."""
    the_kept_database(db)
    return answer({"ok": True}, 202)


@routes.on(
    "GET POST",
    "/<segment:db>/_find",
    "/<segment:db>/_index",
    "/<segment:db>/_explain",
    "/<segment:db>/_design/<segment:name>/_view/<path:rest>",
    "/<segment:db>/_design/<segment:name>/_show/<path:rest>",
    "/<segment:db>/_design/<segment:name>/_list/<path:rest>",
    "/<segment:db>/_design/<segment:name>/_update/<path:rest>",
    "/<segment:db>/_design/<segment:name>/_rewrite/<path:rest>",
)
def never_run(db: str, name: str = "", rest: str = "") -> Response:
    """Design documents are stored and replicated; nothing in them is run."""
    the_database(db)
    raise NeverRun


def _revisions(given: object) -> list[Rev]:
    if not isinstance(given, list):
        raise InvalidRequest
    return [revision_id(rev) for rev in given]
