"""Web pages of other origins.

Source: CouchDB documentation, config/http, Cross-Origin Resource Sharing; the Fetch standard.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sync_server.config import InvalidSetting, settings
from tests.protocol.api import Api, is_error
from tests.support.personas import administrator
from tests.support.server import ADMIN, KanafServer

OURS, THEIRS = "https://forms.example.org", "https://evil.example.org"


@pytest.fixture(scope="module")
def letting_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A database of a server that lets pages of one origin in."""
    letting = {"KANAF_CORS_ORIGINS": f"{OURS}, http://127.0.0.1:3000"}
    with (
        KanafServer(tmp_path_factory.mktemp("cors"), settings=letting) as server,
        administrator() as session,
    ):
        database = Api(f"{server.url}/sync/ref", session)
        assert database.put().status_code == 201
        yield database


def preflight(database: Api, origin: str, method: str = "PUT") -> requests.Response:
    """What a browser asks first, without credentials."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, if-match",
    }
    return requests.options(f"{database.url}/a", headers=headers, timeout=10)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "COPY"])
def test_a_browser_is_told_what_a_page_may_send(letting_in: Api, method: str) -> None:
    """Ours: 200; CouchDB answers 204 (chttpd_cors.erl, maybe_handle_preflight_request/1)."""
    answer = preflight(letting_in, OURS, method)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert method in answer.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type", "if-match"} <= {
        name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")
    }


@pytest.mark.parametrize("origin", [THEIRS, f"{OURS}.evil.org", "null", "http://forms.example.org"])
def test_other_pages_are_told_nothing(letting_in: Api, origin: str) -> None:
    asked = letting_in.request("GET", "", headers={"Origin": origin})

    for answer in (preflight(letting_in, origin), asked):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_reads_answers_and_errors(letting_in: Api) -> None:
    """Source: CouchDB, chttpd_cors.erl, headers/4.

    Ours: `Vary`, as the Fetch standard advises; CouchDB does not send it.
    """
    letting_in.write({"_id": "a"})

    for answer in (
        letting_in.request("GET", "a", headers={"Origin": OURS}),
        letting_in.request("GET", "never", headers={"Origin": OURS}),
        requests.get(f"{letting_in.url}/a", headers={"Origin": OURS}, timeout=10),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == OURS
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]


def test_asking_what_may_be_sent_tells_nobody_anything_else(letting_in: Api) -> None:
    """Ours: without `Origin` OPTIONS is no preflight to CouchDB (chttpd_cors.erl)."""
    answer = requests.options(f"{letting_in.url}/a", timeout=10)
    wrong = requests.options(f"{letting_in.url}/a", auth=(ADMIN[0], "wrong"), timeout=10)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (wrong.status_code, wrong.content) == (200, b"")


def test_without_the_setting_no_page_is_let_in(open_db: Api) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(open_db, OURS).headers


@pytest.mark.parametrize("given", ["*", "x.example.org", "https://a b", "https://x.org/path"])
def test_what_is_no_origin_stops_the_start(given: str) -> None:
    """Ours: docs/reference/settings.md."""
    with pytest.raises(InvalidSetting, match="KANAF_CORS_ORIGINS") as told:
        settings({"KANAF_CORS_ORIGINS": f"{OURS}, {given}"})

    assert given not in str(told.value)


def test_a_stranger_is_refused_whatever_the_page(letting_in: Api) -> None:
    """Ours: docs/reference/protocol.md, Who asks."""
    answer = requests.get(f"{letting_in.url}/a", headers={"Origin": OURS}, timeout=10)

    assert is_error(answer, 401, "unauthorized")


@pytest.mark.parametrize("path", ["/console/", "/console/sign-in", "/console/style.css"])
def test_no_page_of_another_origin_reads_the_console(letting_in: Api, path: str) -> None:
    """Ours: the console is no part of the protocol."""
    url = letting_in.url.removesuffix("/sync/ref") + path
    answers = [
        requests.request(method, url, headers={"Origin": OURS}, timeout=10)
        for method in ("GET", "OPTIONS")
    ]

    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in answers)
