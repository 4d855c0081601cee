"""Assignments: supervisors make others the owners of records, at once."""

from __future__ import annotations

from flask import Response

from sync_server.errors import DatabaseMissing, InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import small_json_object, text_in, texts_in
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.assigning import assign
from sync_server.sharing.roles import Action
from sync_server.storage.rows import DatabaseKind

_MOST_RECORDS = 200
routes = Routes("assignments", "/api/v1")


@routes.on("POST", "/<segment:db>/assignments", need=Action.ASSIGN)
def assigning(db: str) -> Response:
    """Assigns records to a person; each has its result."""
    given, database = small_json_object(), the_database(db)
    if database.kind is not DatabaseKind.CASE:
        raise DatabaseMissing
    records, dry_run = texts_in(given, "records", _MOST_RECORDS), given.get("dry_run", False)
    if not records:
        raise InvalidRequest("records")
    if not isinstance(dry_run, bool):
        raise InvalidRequest("dry_run")
    named = list(dict.fromkeys(records))
    results = assign(
        the_kanaf(), database, the_caller(), named, text_in(given, "to"), dry_run=dry_run
    )
    return answer({"records": [{"record": one, "result": results[one]} for one in named]})
