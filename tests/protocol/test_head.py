"""HEAD wherever there is GET.

Source: CouchDB's documentation, api/document/common, `HEAD /{db}/{docid}`, and api/database/common,
`HEAD /{db}`; RFC 9110, 9.3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from flask import Flask

from sync_server.app import BLUEPRINTS
from sync_server.http.routes import register_routes
from tests.protocol.api import SECONDS, Api
from tests.protocol.cases import Team, new_case

_PARTS = {"document": "a", "name": "f", "design": "d", "local_id": "l", "rest": "all"}


def readable() -> Iterator[str]:
    """Every path of the protocol that takes GET, as `/sync/<segment:db>/_changes`."""
    app = Flask("head", static_folder=None)
    register_routes(app, BLUEPRINTS)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/console"):
            yield rule.rule


def filled(path: str, **parts: str) -> str:
    """A path with its parts named."""
    return re.sub(r"<\w+:(\w+)>", lambda found: parts[found[1]], path)


@pytest.fixture
def everything(open_db: Api) -> Api:
    """A database with something at most of the paths."""
    open_db.write({"_id": "a"})
    open_db.request("PUT", "a/f", {"rev": open_db.get("a").json()["_rev"]}, data=b"content")
    open_db.put("_design/f", {})
    open_db.request("PUT", "_design/d/f", data=b"content")
    open_db.put("_local/l", {})
    return open_db


def are_alike(session: requests.Session, address: str) -> bool:
    """Asserts that HEAD tells all that GET does, and sends nothing."""
    plain = {"Accept-Encoding": "identity"}  # the length of what is compressed is another
    got = session.get(address, headers=plain, timeout=SECONDS)
    head = session.head(address, headers=plain, timeout=SECONDS)
    assert head.status_code == got.status_code, address
    assert head.content == b""
    assert without_date(head) == without_date(got), address
    assert int(head.headers["Content-Length"]) == len(got.content)
    return True


def without_date(answer: requests.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


@pytest.mark.parametrize("path", sorted(readable()))
def test_a_path_that_takes_get_takes_head(everything: Api, path: str) -> None:
    root, _, database = everything.url.rpartition("/sync/")

    assert are_alike(everything.session, root + filled(path, db=database, **_PARTS))


@pytest.mark.parametrize("path", sorted(path for path in readable() if ":db" in path))
def test_a_case_is_told_by_head_to_those_only_who_see_it(team: Team, path: str) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    document = new_case(team).registration
    address = team.server.url + filled(path, **{**_PARTS, "document": document, "db": team.name})

    assert are_alike(team.amina.persona.session, address)
    assert are_alike(team.dina.persona.session, address)


def test_nobody_is_told_by_head_what_needs_an_account(everything: Api) -> None:
    assert are_alike(requests.Session(), f"{everything.url}/a")
    assert requests.head(f"{everything.url}/a", timeout=SECONDS).status_code == 401


def test_the_revision_of_a_document_is_told_without_the_document(everything: Api) -> None:
    rev = everything.get("a").json()["_rev"]

    head = everything.request("HEAD", "a")

    assert head.headers["ETag"] == f'"{rev}"'
    assert head.headers["Content-Length"] == str(len(everything.get("a").content))


def test_the_length_of_an_attachment_is_told_without_the_attachment(everything: Api) -> None:
    """Source: CouchDB's documentation, api/document/attachments, HEAD."""
    head = everything.request("HEAD", "a/f")

    assert head.headers["Content-Length"] == str(len(b"content"))
    assert head.headers["ETag"] == everything.get("a/f").headers["ETag"]


def test_what_is_not_there_is_told_without_a_reason(everything: Api) -> None:
    for path in ("never", "a/never", "_local/never"):
        head = everything.request("HEAD", path)
        assert (head.status_code, head.content) == (404, b"")


def test_nobody_waits_for_a_change_that_would_not_be_sent(everything: Api) -> None:
    """Source: CouchDB, chttpd.erl, start_chunked_response/3: http_head_abort."""
    head = everything.request("HEAD", "_changes", {"feed": "longpoll", "since": "now"})

    assert (head.status_code, head.content) == (200, b"")
