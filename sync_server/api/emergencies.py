"""Emergency access: it is asked for, granted by a second person, and ended."""

from __future__ import annotations

from flask import Response

from sync_server.errors import DatabaseMissing
from sync_server.http.answers import answer
from sync_server.http.body import small_json_object, text_in
from sync_server.http.requests import the_caller, the_kanaf, the_registry
from sync_server.http.routes import Routes
from sync_server.service.emergencies import LONGEST_REASON, ask, end, grant
from sync_server.service.emergencies_seen import emergencies_seen_by
from sync_server.sharing.roles import Action
from sync_server.storage.rows import DatabaseKind, DatabaseRow

routes = Routes("emergencies", "/api/v1")


@routes.on("GET", "/<segment:db>/emergencies")
def listing(db: str) -> Response:
    """What the caller asked for or may grant, and who was let in to records of theirs."""
    found = emergencies_seen_by(the_kanaf(), _the_programme(db), the_caller())
    return answer({"emergencies": found})


@routes.on("POST", "/<segment:db>/emergencies")
def asking(db: str) -> Response:
    """Asks that the caller may read a record; answered alike whether there is one or not."""
    given = small_json_object()
    record, reason = text_in(given, "record"), text_in(given, "reason", LONGEST_REASON)
    asked = ask(the_kanaf(), _the_programme(db), the_caller(), record, reason)
    return answer({"emergency": asked.id, "until": asked.until}, 201)


@routes.on("POST", "/emergencies/<segment:emergency>/grant", need=Action.GRANT)
def granting(emergency: str) -> Response:
    """Lets somebody else in who asked."""
    granted = grant(the_kanaf(), the_caller(), emergency)
    return answer({"until": granted.until})


@routes.on("POST", "/emergencies/<segment:emergency>/end")
def ending(emergency: str) -> Response:
    """Takes back a request, or the access that it gave."""
    end(the_kanaf(), emergency, the_caller())
    return answer({"ok": True})


def _the_programme(name: str) -> DatabaseRow:
    """A case database; also for those who came with a password, who get nothing of a case here.

    Raises:
        DatabaseMissing: there is none of that name.
    """
    database = the_registry().database(name)
    if database.kind is not DatabaseKind.CASE:
        raise DatabaseMissing
    return database
