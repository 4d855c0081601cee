"""Tablets tell of themselves, and supervisors see them."""

from __future__ import annotations

from typing import Any

from flask import Response

from sync_server.errors import DeviceNeeded, InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import json_object
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Need, Routes
from sync_server.service.device_reports import KnownDevice, known_devices, report

_LONGEST_VERSION, _MOST_UNSENT, _MOST_BYTES = 50, 2**31 - 1, 2**53 - 1
routes = Routes("devices", "/api/v1")


@routes.on("PUT", "/device-report")
def tell() -> Response:
    """What the caller's device says of itself."""
    device, given = the_caller().device, json_object()
    if not device:
        raise DeviceNeeded
    version = given.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= _LONGEST_VERSION:
        raise InvalidRequest("version")
    if not version.isprintable():
        raise InvalidRequest("version")
    unsent = _count(given.get("unsent"), "unsent", _MOST_UNSENT)
    free = _count(given.get("free_bytes"), "free_bytes", _MOST_BYTES)
    report(the_kanaf(), device, version, unsent, free)
    return answer({"ok": True})


@routes.on("GET", "/devices", need=Need.SUPERVISOR)
def listing() -> Response:
    """The devices of the people whom the caller supervises."""
    return answer({"devices": [_told(one) for one in known_devices(the_kanaf(), the_caller())]})


def _told(one: KnownDevice) -> dict[str, Any]:
    told = one.report
    return {
        "device": one.device.name,
        "user": one.owner.name,
        "may_come_in": one.may_come_in,
        "install_id": one.device.install_id,
        "heard_at": told.heard_at if told else None,
        "told_at": told.told_at if told else None,
        "version": told.version if told else None,
        "unsent": told.unsent if told else None,
        "free_bytes": told.free_bytes if told else None,
    }


def _count(given: object, name: str, most: int) -> int:
    """A whole number from 0.

    Raises:
        InvalidRequest: it is none, or larger than `most`.
    """
    if type(given) is not int or not 0 <= given <= most:
        raise InvalidRequest(name)
    return given
