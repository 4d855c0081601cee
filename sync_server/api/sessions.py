"""One's own sessions, seen and ended, with a password or from a tablet of one's own."""

from __future__ import annotations

from flask import Response

from sync_server.errors import PathMissing
from sync_server.http.answers import answer
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.directory_changes import InvalidAccount
from sync_server.service.sessions import end_session, sessions

routes = Routes("sessions", "/api/v1")


@routes.on("GET", "/sessions")
def listing() -> Response:
    """The caller's sessions."""
    found = sessions(the_kanaf(), the_caller().person.name)
    return answer({"sessions": [{"id": one.id, "ends_at": one.ends_at} for one in found]})


@routes.on("DELETE", "/sessions/<segment:session>")
def ending(session: str) -> Response:
    """Ends a session of the caller's."""
    try:
        end_session(the_kanaf(), session, the_caller())
    except InvalidAccount:
        raise PathMissing from None
    return answer({"ok": True})
