"""A request that arrives slowly is answered with the rights of its end.

Ours: docs/reference/protocol.md, Where a case database differs from CouchDB.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import time
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sync_server.service.device_reports import known_devices
from sync_server.service.directory_changes import change_user, shut_out_device, shut_out_user
from sync_server.service.kanaf import Kanaf
from sync_server.service.lost_devices import lose_device
from tests.protocol.api import Json, revision
from tests.protocol.cases import new_rev, opening
from tests.protocol.own_server import OwnServer
from tests.protocol.own_server import own_server as an_own_server
from tests.support.personas import case_document

RECORD = "5d4ad0ee-9c9d-4f7e-8a3b-0d8f0a3c6f11"
MOST_SECONDS = 30
LATER = 0.2
"""Seconds: more than a body may take that counts as arrived at once."""


class SlowRequest:
    """A request of a device's, of whose body the end has not been sent."""

    def __init__(self, server: OwnServer, device: str, path: str, body: Json) -> None:
        """Sends all but the end, and waits until the service knows who asks."""
        to = urlsplit(server.url)
        content = json.dumps(body).encode()
        account = base64.b64encode(f"{device}:{server.tokens[device]}".encode()).decode()
        head = (
            f"POST {to.path}/{path} HTTP/1.1\r\nHost: {to.netloc}\r\nAuthorization: Basic {account}"
            f"\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._socket = socket.create_connection(
            (to.hostname or "", to.port or 0), timeout=MOST_SECONDS
        )
        self._socket.sendall(head.encode() + content[:-1])
        self._rest = content[-1:]
        self._until = time.monotonic() + LATER
        until(lambda: has_been_heard_of(server, device))

    def end(self) -> tuple[int, Json]:
        """Sends the end; returns what is answered."""
        until(lambda: time.monotonic() > self._until)
        self._socket.sendall(self._rest)
        return self.answer()

    def answer(self) -> tuple[int, Json]:
        """What is answered: status and JSON."""
        with self._socket, HTTPResponse(self._socket) as response:
            response.begin()
            self.headers = response.headers
            return response.status, json.loads(response.read())


def until(is_so: Callable[[], bool]) -> None:
    """Waits for something that is looked at."""
    deadline = time.monotonic() + MOST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it does not happen"


def has_been_heard_of(server: OwnServer, device: str) -> bool:
    return any(one.device.name == device and one.report for one in known_devices(server.kanaf))


@pytest.fixture
def case(own_server: OwnServer) -> str:
    """A record of amina's, which she has begun on her second tablet."""
    document = case_document(RECORD, "k1", "amina", "second", opening(RECORD, True))
    assert own_server.api("second").push(revision(document, new_rev(1))) == []
    return RECORD


def all_documents(server: OwnServer, device: str) -> SlowRequest:
    return SlowRequest(server, device, "_all_docs?include_docs=true", {"descending": False})


@pytest.mark.parametrize(
    ("happens", "answered"),
    [
        (shut_out_device, (401, "wrong_credentials")),
        (lose_device, (403, "device_lost")),
    ],
)
def test_who_may_come_in_no_more_is_told_nothing(
    own_server: OwnServer,
    case: str,
    happens: Callable[[Kanaf, str], None],
    answered: tuple[int, str],
) -> None:
    slow = all_documents(own_server, "first")
    happens(own_server.kanaf, "first")

    status, told = slow.end()

    assert (status, told["reason"].partition(":")[0]) == answered


def test_whose_rights_were_changed_meanwhile_is_asked_to_send_it_again(
    own_server: OwnServer, case: str
) -> None:
    slow = all_documents(own_server, "third")
    change_user(own_server.kanaf, "bilal", groups=("gedaref",))

    status, told = slow.end()

    assert (status, told["reason"].partition(":")[0]) == (503, "rights_changed")
    assert slow.headers["Retry-After"]
    answer = own_server.api("third").get("_all_docs").json()
    assert not any(row["id"].startswith(case) for row in answer["rows"])


def test_who_sends_slowly_while_others_are_changed_is_answered(
    own_server: OwnServer, case: str
) -> None:
    slow = all_documents(own_server, "first")
    change_user(own_server.kanaf, "bilal", groups=("gedaref",))

    status, told = slow.end()

    assert status == 200
    assert f"{case}:k1" in {row["id"] for row in told["rows"]}


def test_what_is_pushed_by_who_was_shut_out_meanwhile_is_not_stored(own_server: OwnServer) -> None:
    document = case_document(RECORD, "k1", "amina", "first", opening(RECORD, True))
    pushed = {"docs": [revision(document, new_rev(1))], "new_edits": False}
    slow = SlowRequest(own_server, "first", "_bulk_docs", pushed)
    shut_out_user(own_server.kanaf, "amina")

    status, _ = slow.end()

    assert status == 401
    kept = own_server.state()
    assert not any(RECORD in row for table in ("document", "quarantine") for row in kept[table])


def test_a_body_of_which_nothing_comes_any_more_is_not_waited_for(
    database_url: str, tmp_path: Path
) -> None:
    hurried = [sys.executable, str(Path(__file__).parent / "hurried_kanaf.py")]
    with an_own_server(tmp_path / "server", database_url, launcher=hurried) as server:
        status, told = all_documents(server, "first").answer()

    assert (status, told["error"]) == (400, "bad_request")
