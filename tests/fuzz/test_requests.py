"""A running server is sent requests that make no sense.

Whatever is sent: it answers, never with a fault of its own, in CouchDB's JSON for errors, and a
request that it refuses has stored nothing. `make fuzz` tries many more of them.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.inputs import Request, requests
from tests.support.both import BOTH, database_of
from tests.support.personas import create_personas
from tests.support.server import ADMIN, KanafServer

EXAMPLES = int(os.environ.get("KANAF_FUZZ_EXAMPLES", "400"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[*HealthCheck],
)
BULK = ("_bulk_docs", "_purge")
"""Requests of which a part may be stored and another refused."""


@dataclass
class Target:
    """A database of a server, and as whom it is spoken to."""

    server: KanafServer
    database: str
    auth: tuple[str, str]
    tried: int = 0

    def send(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request; gunicorn's own where it is no HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        credentials = base64.b64encode(":".join(self.auth).encode()).decode()
        try:
            connection.putrequest(request.method, request.path, skip_accept_encoding=True)
            for name, value in {"Authorization": f"Basic {credentials}", **request.headers}.items():
                connection.putheader(name, value.encode("latin-1", "replace"))
            if request.body is not None:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, response.read()
        finally:
            connection.close()

    def update_seq(self) -> str:
        status, _, body = self.send(Request("GET", f"/sync/{self.database}"))
        assert status == 200, body
        seq: str = json.loads(body)["update_seq"]
        return seq


@pytest.fixture(scope="module", params=BOTH)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KanafServer]:
    folder = tmp_path_factory.mktemp(f"fuzz-{request.param}")
    with database_of(request) as url, KanafServer(folder, database_url=url) as server:
        yield server


@pytest.fixture(scope="module", params=["open", "case"])
def target(request: pytest.FixtureRequest, server: KanafServer) -> Target:
    if request.param == "open":
        target = Target(server, "ref", ADMIN)
        assert target.send(Request("PUT", "/sync/ref"))[0] == 201
        attachment = Request("PUT", "/sync/ref/a/f", {"Content-Type": "text/plain"}, b"content")
        assert target.send(attachment)[0] == 201
        return target
    amina = create_personas(server).amina
    return Target(server, "sd", (amina.device, amina.token))


def test_nothing_that_is_sent_makes_the_server_fail(
    target: Target, figure: Callable[[str], None]
) -> None:
    @SETTINGS
    @given(requests(target.database))
    def no_request_fails(request: Request) -> None:
        before = target.update_seq()
        status, headers, body = target.send(request)
        target.tried += 1

        assert status < 500 or status == 501, (request, status, body[:300])
        if status >= 400:
            _check_error(request, status, headers, body)
            if not any(name in request.path for name in BULK):
                assert target.update_seq() == before, f"refused and stored: {request}"

    no_request_fails()

    assert target.server.is_healthy()
    assert "fault" not in target.server.log, target.server.log[-2000:]
    figure(f"fuzz, {target.database}: {target.tried} requests, 0 failed")


def _check_error(request: Request, status: int, headers: dict[str, str], body: bytes) -> None:
    """An error is CouchDB's JSON and tells nothing of our inside; gunicorn's is of no HTTP."""
    if request.method == "HEAD":
        assert body == b""
        return
    assert b"Traceback" not in body
    if headers.get("content-type", "").startswith("application/json"):
        told = json.loads(body)
        assert isinstance(told["error"], str), request
        assert isinstance(told["reason"], str), request
        return
    assert status == 400, (request, status, body[:300])
    assert headers.get("content-type", "").startswith("text/html")


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_an_address_without_end_is_refused(target: Target, length: int) -> None:
    status, _, _ = target.send(Request("GET", f"/sync/{target.database}/{'a' * length}"))

    assert 400 <= status < 500
    assert target.server.is_healthy()


WHOLE = b'{"docs": [{"_id": "cut"}]}'


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Content-Length: 1000", b""),
        (b"Content-Length: 1000", WHOLE[:-2]),
        (b"Content-Length: 1000", WHOLE),
        (b"Transfer-Encoding: chunked", b""),
        (b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (len(WHOLE), WHOLE)),
        (b"Transfer-Encoding: chunked", b"%x\r\n%s" % (len(WHOLE) + 9, WHOLE)),
        (b"Transfer-Encoding: chunked", b"no number\r\n%s\r\n0\r\n\r\n" % WHOLE),
    ],
)
def test_a_body_that_was_cut_stores_nothing(target: Target, header: bytes, body: bytes) -> None:
    """The client promises more than it sends, and is gone; what has come is JSON all the same."""
    before = target.update_seq()
    credentials = base64.b64encode(":".join(target.auth).encode())
    head = [
        b"POST /sync/%s/_bulk_docs HTTP/1.1" % target.database.encode(),
        b"Host: x",
        b"Authorization: Basic " + credentials,
        header,
    ]
    with socket.create_connection(("127.0.0.1", target.server.port), timeout=10) as line:
        line.sendall(b"\r\n".join([*head, b"", body]))
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").read()

    assert b" 201 " not in answer.partition(b"\r\n")[0]
    assert b"Traceback" not in answer
    assert target.update_seq() == before
    assert "fault" not in target.server.log, target.server.log[-2000:]
