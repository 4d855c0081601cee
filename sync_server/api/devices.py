"""Tablets tell of themselves, and those who look after them see it."""

from __future__ import annotations

from typing import Any

from flask import Response

from sync_server.errors import DeviceNeeded
from sync_server.http.answers import answer
from sync_server.http.body import count_in, small_json_object, text_in
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.device_reports import KnownDevice, known_devices, report
from sync_server.sharing.roles import Action

_LONGEST_VERSION, _MOST_DOCUMENTS, _MOST_BYTES = 50, 2**31 - 1, 2**53 - 1
routes = Routes("devices", "/api/v1")


@routes.on("PUT", "/device-report")
def tell() -> Response:
    """What the caller's device says of itself."""
    device, given = the_caller().device, small_json_object()
    if not device:
        raise DeviceNeeded
    version = text_in(given, "version", _LONGEST_VERSION)
    unsent = count_in(given, "unsent", _MOST_DOCUMENTS)
    free = count_in(given, "free_bytes", _MOST_BYTES)
    missing = None
    if given.get("missing") is not None:
        missing = count_in(given, "missing", _MOST_DOCUMENTS)
    report(the_kanaf(), device, version, unsent, free, missing)
    return answer({"ok": True})


@routes.on("GET", "/devices", need=Action.EMPLOY)
def listing() -> Response:
    """The devices of the people whom the caller looks after."""
    return answer({"devices": [_told(one) for one in known_devices(the_kanaf(), the_caller())]})


def _told(one: KnownDevice) -> dict[str, Any]:
    told = one.report
    return {
        "device": one.device.name,
        "user": one.owner.name,
        "may_come_in": one.may_come_in,
        "install_id": one.device.install_id,
        "lost_at": one.device.lost_at,
        "wiped_at": one.device.wiped_at,
        "heard_at": told.heard_at if told else None,
        "told_at": told.told_at if told else None,
        "version": told.version if told else None,
        "unsent": told.unsent if told else None,
        "free_bytes": told.free_bytes if told else None,
        "missing": told.missing if told else None,
        "checked_at": told.checked_at if told else None,
    }
