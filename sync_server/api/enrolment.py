"""Tablets are enrolled: a supervisor asks for a code, the tablet gives it back for its token."""

from __future__ import annotations

from flask import Response

from sync_server.errors import DeviceNeeded, InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import json_object
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Need, Routes
from sync_server.service.directory_changes import InvalidAccount
from sync_server.service.enrolment import LONGEST_INSTALL_ID, enrol, issue_code

_LONGEST = 100
routes = Routes("enrolment", "/api/v1")


@routes.on("POST", "/enrolment-codes", need=Need.SUPERVISOR)
def codes() -> Response:
    """A code for a new tablet of somebody whom the caller supervises."""
    if not the_caller().device and not the_kanaf().settings.demo:
        raise DeviceNeeded  # else a password would be as good as a tablet
    given = json_object()
    user, device = _text(given.get("user"), "user"), _text(given.get("device"), "device")
    try:
        code = issue_code(the_kanaf(), user, device, the_caller())
    except InvalidAccount:
        raise InvalidRequest("device") from None
    return answer({"device": code.device, "code": code.text, "expires_at": code.expires_at}, 201)


@routes.on("POST", "/enrolments", need=Need.NOTHING)
def enrolments() -> Response:
    """A device, for who has a code that is good."""
    given = json_object()
    install_id = given.get("install_id")
    if install_id is not None:
        install_id = _text(install_id, "install_id", LONGEST_INSTALL_ID)
    made = enrol(the_kanaf(), _text(given.get("code"), "code"), install_id)
    return answer({"device": made.device, "user": made.user, "token": made.token}, 201)


def _text(given: object, name: str, longest: int = _LONGEST) -> str:
    """A text that can be kept.

    Raises:
        InvalidRequest: it is none, or longer than `longest` characters.
    """
    is_one = isinstance(given, str) and 0 < len(given) <= longest and given.isprintable()
    if not is_one:
        raise InvalidRequest(name)
    return str(given)
