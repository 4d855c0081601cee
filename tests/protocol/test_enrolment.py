"""Tablets are enrolled over the network by a code that a supervisor hands out.

Ours: docs/reference/protocol.md, Enrolment.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sync_server.service.directory_changes import set_password
from tests.protocol.own_server import OwnServer

CODES, ENROLMENTS = "/api/v1/enrolment-codes", "/api/v1/enrolments"


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    return own_server


def post(server: OwnServer, path: str, body: Any, device: str | None = None) -> requests.Response:
    session = server.api(device).session if device else requests.Session()
    session.trust_env = False
    return session.post(server.url.removesuffix("/sync/sd") + path, json=body, timeout=30)


def code(server: OwnServer, device: str = "new-tablet") -> str:
    answer = post(server, CODES, {"user": "amina", "device": device}, "third")
    assert answer.status_code == 201, answer.text
    assert answer.json()["device"] == device
    told: str = answer.json()["code"]
    return told


def test_a_tablet_syncs_with_what_it_got_for_its_code(server: OwnServer) -> None:
    answer = post(server, "/api/v1/enrolments", {"code": code(server), "install_id": "6b1f"})

    assert answer.status_code == 201
    assert (answer.json()["device"], answer.json()["user"]) == ("new-tablet", "amina")
    server.tokens["new-tablet"] = answer.json()["token"]
    assert server.api("new-tablet").get("_changes").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/enrolment-codes", "/api/v1/enrolment-codes/"])
def test_who_is_no_supervisor_gets_no_code(untouched_server: OwnServer, path: str) -> None:
    asked = {"user": "amina", "device": "new-tablet"}

    assert post(untouched_server, path, asked, "first").status_code == 403
    assert post(untouched_server, path, asked).status_code == 401


def test_a_password_is_not_as_good_as_a_tablet(server: OwnServer) -> None:
    set_password(server.kanaf, "bilal", "correct horse")
    server.tokens["bilal"] = "correct horse"
    answer = post(server, CODES, {"user": "amina", "device": "new-tablet"}, "bilal")

    assert (answer.status_code, answer.json()["reason"][:14]) == (403, "device_needed:")


def test_of_whom_nobody_knows_no_code_is_told(untouched_server: OwnServer) -> None:
    answer = post(untouched_server, CODES, {"user": "nobody", "device": "new-tablet"}, "third")

    assert (answer.status_code, answer.json()["reason"][:12]) == (403, "not_allowed:")


def test_a_name_that_is_taken_or_unusable_is_told_as_such(untouched_server: OwnServer) -> None:
    for device in ("first", "a b", "a:b"):
        answer = post(untouched_server, CODES, {"user": "amina", "device": device}, "third")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
        assert "(device)" in answer.json()["reason"]


@pytest.mark.parametrize("wrong", ["0000-0000-0000-0000", "x"])
def test_a_wrong_code_is_told_as_such(untouched_server: OwnServer, wrong: str) -> None:
    answer = post(untouched_server, ENROLMENTS, {"code": wrong})

    assert answer.status_code == 403
    assert answer.json()["reason"].startswith("unknown_code: ")


@pytest.mark.parametrize(
    "body",
    [
        *([], {}, {"code": 7}, {"code": ""}, {"code": "x" * 101}, {"code": None}),
        *({"code": "x", "install_id": 7}, {"code": "x", "install_id": "y" * 65}),
        {"code": "x", "install_id": "a\x00b"},
    ],
)
def test_what_is_no_enrolment_is_refused(untouched_server: OwnServer, body: Any) -> None:
    answer = post(untouched_server, ENROLMENTS, body)

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
