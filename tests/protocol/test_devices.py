"""Tablets tell of themselves, and supervisors see them.

Ours: docs/reference/protocol.md, Our own.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.protocol.own_server import OwnServer

TOLD = {"version": "1.2", "unsent": 3, "free_bytes": 10**12}


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    return own_server


def ask(
    server: OwnServer, device: str, method: str, path: str, body: Any = None
) -> requests.Response:
    session = server.api(device).session
    address = server.url.removesuffix("/sync/sd") + path
    return session.request(method, address, json=body, timeout=30)


def listed(server: OwnServer) -> dict[str, Any]:
    answer = ask(server, "third", "GET", "/api/v1/devices")
    assert answer.status_code == 200, answer.text
    return {one["device"]: one for one in answer.json()["devices"]}


def test_a_supervisor_sees_what_a_tablet_told(server: OwnServer) -> None:
    assert ask(server, "first", "PUT", "/api/v1/device-report", TOLD).json() == {"ok": True}

    first = listed(server)["first"]
    assert {name: first[name] for name in TOLD} == TOLD
    assert (first["user"], first["may_come_in"], first["install_id"]) == ("amina", True, None)
    assert first["heard_at"] >= first["told_at"] > 0
    assert listed(server)["second"]["told_at"] is None


def test_a_supervisor_sees_which_tablet_is_not_complete(server: OwnServer) -> None:
    def told(**report: Any) -> tuple[int | None, bool]:
        put = ask(server, "first", "PUT", "/api/v1/device-report", {**TOLD, **report})
        assert put.status_code == 200, put.text
        first = listed(server)["first"]
        return first["missing"], first["checked_at"] == first["told_at"]

    assert told() == (None, False)
    assert told(missing=2) == (2, True)
    assert told(missing=None) == (2, False)
    assert told(missing=0) == (0, True)
    assert listed(server)["second"]["missing"] is None


def test_only_supervisors_see_devices(untouched_server: OwnServer) -> None:
    assert ask(untouched_server, "first", "GET", "/api/v1/devices").status_code == 403


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("version", one) for one in (None, "", 7, "x" * 51, "a\x00")],
        *[("unsent", one) for one in (None, -1, 1.5, True, "3", 2**31)],
        *[("free_bytes", one) for one in (None, -1, 2**53, "9")],
        *[("missing", one) for one in (-1, 2**31, True, "0", 0.5)],
    ],
)
def test_what_no_tablet_says_is_refused(untouched_server: OwnServer, name: str, wrong: Any) -> None:
    answer = ask(untouched_server, "first", "PUT", "/api/v1/device-report", {**TOLD, name: wrong})

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert f"({name})" in answer.json()["reason"]
    assert listed(untouched_server)["first"]["told_at"] is None
