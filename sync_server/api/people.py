"""People: who looks after others sees them, and adds those whose roles they give."""

from __future__ import annotations

from typing import Any

from flask import Response

from sync_server.errors import InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import small_json_object, text_in, texts_in
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.directory_changes import InvalidAccount, add_user
from sync_server.service.people import people_looked_after
from sync_server.sharing.roles import Action
from sync_server.storage.rows import UserRow

_MOST_GROUPS = 100
routes = Routes("people", "/api/v1")


@routes.on("GET", "/users", need=Action.EMPLOY)
def listing() -> Response:
    """The people whom the caller looks after."""
    found = people_looked_after(the_kanaf(), the_caller())
    return answer({"users": [_told(one) for one in found]})


@routes.on("POST", "/users", need=Action.EMPLOY)
def adding() -> Response:
    """Adds somebody of the caller's agency, who signs in with a tablet."""
    given, caller = small_json_object(), the_caller()
    groups = texts_in(given, "groups", _MOST_GROUPS)
    try:
        added = add_user(
            the_kanaf(),
            text_in(given, "name"),
            role=text_in(given, "role"),
            agency=caller.person.agency,
            groups=groups,
            area=caller.person.area,
            by=caller,
        )
    except InvalidAccount as invalid:
        raise InvalidRequest(invalid.about) from None
    return answer(_told(added), 201)


def _told(one: UserRow) -> dict[str, Any]:
    return {
        "name": one.name,
        "role": one.role,
        "agency": one.agency,
        "groups": list(one.groups),
        "area": one.area,
        "may_come_in": one.active,
    }
