"""Tablets are lost or shut out; one that is lost gets its order, and says that it has obeyed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from sync_server.errors import InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Anybody, Routes
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import InvalidAccount, shut_out_device
from sync_server.service.kanaf import Kanaf
from sync_server.service.lost_devices import lose_device, order_for
from sync_server.service.lost_devices import wiped as note_wiped
from sync_server.service.orders import orders_key
from sync_server.sharing.roles import Action

routes = Routes("lost_devices", "/api/v1")


@routes.on("POST", "/devices/<segment:name>/lost", need=Action.EMPLOY)
def lost(name: str) -> Response:
    """A device of somebody whom the caller looks after is lost."""
    return _refused(lose_device, name)


@routes.on("POST", "/devices/<segment:name>/shut-out", need=Action.EMPLOY)
def shut_out(name: str) -> Response:
    """A device of somebody whom the caller looks after is let in no more."""
    return _refused(shut_out_device, name)


@routes.on("GET", "/orders-key", need=Anybody.AT_ALL, takes_lost=True)
def key() -> Response:
    """By which orders of this server are checked."""
    return answer({"orders_key": orders_key(the_kanaf().master_keys)})


@routes.on("GET", "/wipe-order", takes_lost=True)
def order() -> Response:
    """The order for the caller's device, where it is lost."""
    found = order_for(the_kanaf(), the_caller())
    if found is None:
        return answer({"order": None, "signature": None})
    return answer({"order": found.text, "signature": found.signature})


@routes.on("POST", "/wiped", takes_lost=True)
def wiped() -> Response:
    """The caller's device, which is lost, holds nothing any more."""
    note_wiped(the_kanaf(), the_caller())
    return answer({"ok": True})


def _refused(refuse: Callable[[Kanaf, str, Caller], None], name: str) -> Response:
    try:
        refuse(the_kanaf(), name, the_caller())
    except InvalidAccount:
        raise InvalidRequest("name") from None
    return answer({"ok": True})
