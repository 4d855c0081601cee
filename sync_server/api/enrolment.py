"""Tablets are enrolled: a supervisor asks for a code, the tablet gives it back for its token."""

from __future__ import annotations

from flask import Response

from sync_server.errors import DeviceNeeded, InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import count_in, small_json_object, text_in
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Anybody, Routes
from sync_server.service.directory_changes import InvalidAccount
from sync_server.service.enrolment import LONGEST_INSTALL_ID, enrol, issue_code
from sync_server.service.orders import orders_key
from sync_server.sharing.roles import Action

_MOST_VERSIONS = 2**31 - 1
routes = Routes("enrolment", "/api/v1")


@routes.on("POST", "/enrolment-codes", need=Action.EMPLOY)
def codes() -> Response:
    """A code for a new tablet of somebody whom the caller may give one."""
    if not the_caller().device and not the_kanaf().settings.demo:
        raise DeviceNeeded  # else a password would be as good as a tablet
    given = small_json_object()
    user, device = text_in(given, "user"), text_in(given, "device")
    try:
        code = issue_code(the_kanaf(), user, device, the_caller())
    except InvalidAccount:
        raise InvalidRequest("device") from None
    return answer({"device": code.device, "code": code.text, "expires_at": code.expires_at}, 201)


@routes.on("POST", "/enrolments", need=Anybody.AT_ALL)
def enrolments() -> Response:
    """A device, for who has a code that is good."""
    given = small_json_object()
    install_id = None
    if given.get("install_id") is not None:
        install_id = text_in(given, "install_id", LONGEST_INSTALL_ID)
    conduct = given.get("code_of_conduct")
    if conduct is not None:
        conduct = count_in(given, "code_of_conduct", _MOST_VERSIONS)
    made = enrol(the_kanaf(), text_in(given, "code"), install_id, conduct)
    told = {"device": made.device, "user": made.user, "token": made.token}
    return answer({**told, "orders_key": orders_key(the_kanaf().master_keys)}, 201)
