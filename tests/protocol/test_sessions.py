"""Everybody sees their own sessions, and ends them.

Ours: docs/reference/protocol.md, Our own.
"""

from __future__ import annotations

import pytest
import requests

from sync_server.service.directory_changes import set_password
from sync_server.service.lost_devices import lose_device
from tests.protocol.api import Api, is_error
from tests.protocol.own_server import OwnServer
from tests.protocol.waiting import Waiting
from tests.support.server import ADMIN

SESSIONS = "/api/v1/sessions"


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    set_password(own_server.kanaf, "amina", "correct horse")
    return own_server


def signed_in(server: OwnServer, name: str, password: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    address = server.url.removesuffix("/sd") + "/_session"
    answer = session.post(address, json={"name": name, "password": password}, timeout=30)
    assert answer.status_code == 200, answer.text
    return session


def ask(server: OwnServer, method: str, path: str, device: str | None) -> requests.Response:
    session = server.api(device).session if device else requests.Session()
    session.trust_env = False
    return session.request(method, server.url.removesuffix("/sync/sd") + path, timeout=30)


def who(server: OwnServer, session: requests.Session) -> str | None:
    answer = session.get(server.url.removesuffix("/sd") + "/_session", timeout=30)
    name: str | None = answer.json()["userCtx"]["name"]
    return name


def test_a_session_that_its_holder_ends_opens_nothing(server: OwnServer) -> None:
    kept, ended = (signed_in(server, "amina", "correct horse") for _ in range(2))
    listed = ask(server, "GET", "/api/v1/sessions", "first").json()["sessions"]
    digests = {one["id"] for one in listed}
    assert (len(digests), {one.keys() >= {"id", "ends_at"} for one in listed}) == (2, {True})
    # Which of the two is which only their holder's client could tell; so both are ended in turn.
    for number, one in enumerate(sorted(digests), 1):
        answer = ask(server, "DELETE", f"/api/v1/sessions/{one}", "first")
        assert answer.json() == {"ok": True}
        assert [who(server, kept), who(server, ended)].count(None) == number
    assert ask(server, "GET", SESSIONS, "first").json() == {"sessions": []}


def test_a_session_that_is_ended_is_told_nothing_more_where_it_waits(server: OwnServer) -> None:
    session = signed_in(server, *ADMIN)
    database = Api(server.url.removesuffix("/sd") + "/open", session)
    assert database.put().status_code == 201
    server.tokens[ADMIN[0]] = ADMIN[1]
    waiting = Waiting(database, database.last_seq())
    for one in ask(server, "GET", SESSIONS, ADMIN[0]).json()["sessions"]:
        assert ask(server, "DELETE", f"{SESSIONS}/{one['id']}", ADMIN[0]).status_code == 200
    Api(database.url, server.api(ADMIN[0]).session).write({"_id": "a"})

    assert waiting.told()["results"] == []
    assert is_error(database.get("_changes"), 401, "unauthorized")


def test_nobody_sees_or_ends_anothers_session(server: OwnServer) -> None:
    session = signed_in(server, "amina", "correct horse")
    (known,) = ask(server, "GET", SESSIONS, "first").json()["sessions"]

    assert ask(server, "GET", SESSIONS, "third").json() == {"sessions": []}
    for one in (known["id"], "0" * 12):
        answer = ask(server, "DELETE", f"{SESSIONS}/{one}", "third")
        assert is_error(answer, 404, "not_found")
        assert answer.json()["reason"].startswith("no_such_path: ")
    assert is_error(ask(server, "GET", SESSIONS, None), 401, "unauthorized")
    lose_device(server.kanaf, "first")
    assert ask(server, "DELETE", f"{SESSIONS}/{known['id']}", "first").status_code == 403
    assert who(server, session) == "amina"
