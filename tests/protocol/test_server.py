from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.protocol.api import Api, is_error
from tests.protocol.cases import Team
from tests.support.server import ADMIN, KanafServer


def test_the_root_says_welcome_as_couchdb_does_and_keeps_its_uuid(root: Api) -> None:
    """Source: CouchDB's documentation, api/server/common, `GET /`."""
    first, second = root.get(), root.get()

    assert first.json()["couchdb"] == "Welcome"
    assert {"uuid", "version", "vendor"} <= first.json().keys()
    assert first.json()["uuid"] == second.json()["uuid"]


def test_the_root_answers_with_and_without_a_slash_at_its_end(root: Api) -> None:
    """Ours: the prefix `/sync`; CouchDB is at the root."""
    assert root.get().json() == Api(f"{root.url}/", root.session).get().json()


def test_anybody_may_ask_whether_the_server_is_up(server: KanafServer) -> None:
    """Source: CouchDB's documentation, api/server/common, `GET /_up`. Ours: `/healthz`."""
    assert requests.get(f"{server.url}/sync/_up", timeout=5).json() == {"status": "ok"}
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200


def test_a_uuid_is_given_alone_or_many_at_once(root: Api) -> None:
    """Source: CouchDB's documentation, api/server/common, `GET /_uuids`."""
    (one,) = root.get("_uuids").json()["uuids"]
    ten = root.get("_uuids", count=10).json()["uuids"]

    assert len({one, *ten}) == 11


@pytest.mark.parametrize("count", ["-1", "1.5", "many", "1001", "9" * 400, "٣"])
def test_a_count_of_uuids_that_makes_no_sense_is_refused(root: Api, count: str) -> None:
    """Source: CouchDB, couch_httpd_misc_handlers.erl, handle_uuids_req/1."""
    answer = root.get("_uuids", count=count)

    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 400 or len(answer.json()["uuids"]) == 3


def test_nobody_has_a_session_without_a_name(server: KanafServer) -> None:
    """Source: CouchDB, couch_httpd_auth.erl, handle_session_req/2."""
    answer = requests.get(f"{server.url}/sync/_session", timeout=5)

    assert answer.status_code == 200
    assert answer.json()["userCtx"] == {"name": None, "roles": []}


def test_the_administrator_is_told_to_be_one(root: Api) -> None:
    """Source: CouchDB's documentation, api/server/authn, `GET /_session`."""
    assert root.get("_session").json()["userCtx"] == {"name": ADMIN[0], "roles": ["_admin"]}


def test_a_session_is_begun_with_a_password_and_lasts_until_it_is_ended(
    server: KanafServer,
) -> None:
    """Source: CouchDB's documentation, api/server/authn, `POST /_session`.

    Ours: its end; CouchDB's cookie stays valid (same page, `DELETE /_session`).
    """
    session = requests.Session()
    account = {"name": ADMIN[0], "password": ADMIN[1]}

    begun = session.post(f"{server.url}/sync/_session", json=account, timeout=10)
    during = session.get(f"{server.url}/sync/_all_dbs", timeout=10)
    cookie = session.cookies["AuthSession"]
    session.delete(f"{server.url}/sync/_session", timeout=10)
    session.cookies.set("AuthSession", cookie)
    after = session.get(f"{server.url}/sync/_all_dbs", timeout=10)

    assert begun.json()["ok"] is True
    assert "HttpOnly" in begun.headers["Set-Cookie"]
    assert during.status_code == 200
    assert is_error(after, 401, "unauthorized")


@pytest.mark.parametrize("name", [{"username": ADMIN[0]}, {"username": ADMIN[0], "name": ADMIN[0]}])
def test_the_name_may_be_called_a_username(server: KanafServer, name: dict[str, str]) -> None:
    """Source: CouchDB, couch_httpd_auth.erl, extract_username/1."""
    account = {**name, "password": ADMIN[1]}

    answer = requests.post(f"{server.url}/sync/_session", json=account, timeout=10)

    assert answer.json()["name"] == ADMIN[0]


@pytest.mark.parametrize(
    "account",
    [
        {"name": ADMIN[0], "password": "guessed"},
        {"name": "nobody", "password": "guessed"},
        {"name": ADMIN[0], "password": ""},
        {"name": "a\x00b", "password": "\x00"},
    ],
)
def test_a_wrong_password_begins_no_session(server: KanafServer, account: Any) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    answer = requests.post(f"{server.url}/sync/_session", json=account, timeout=10)

    assert is_error(answer, 401, "unauthorized")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "account",
    [
        *([], 7, "amina", {}, {"name": 1, "password": None}),
        {"name": ADMIN[0], "username": "amina", "password": ADMIN[1]},
    ],
)
def test_a_session_for_something_that_is_no_account_is_a_bad_request(
    server: KanafServer, account: Any
) -> None:
    """Source: CouchDB, couch_httpd_auth.erl, extract_username/1.

    Ours: for what is no object of texts CouchDB answers 500.
    """
    answer = requests.post(f"{server.url}/sync/_session", json=account, timeout=10)

    assert is_error(answer, 400, "bad_request")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic YQ==", "Basic /w==", "Bearer abc", "Basic " + "A" * 4000],
)
def test_an_authorization_header_that_says_nothing_lets_nobody_in(
    server: KanafServer, header: str
) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    answer = requests.get(
        f"{server.url}/sync/_all_dbs", headers={"Authorization": header}, timeout=10
    )

    assert is_error(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "path",
    ["_all_dbs", "{}", "{}/_all_docs", "{}/_changes", "{}/any", "{}/any/file", "{}/_local/any"],
)
def test_without_an_account_every_path_that_holds_anything_is_closed(team: Team, path: str) -> None:
    """Source: CouchDB, couch_db.erl, check_is_member/1 and security_error_type/1."""
    answer = requests.get(f"{team.server.url}/sync/{path.format(team.name)}", timeout=10)

    assert is_error(answer, 401, "unauthorized")


def test_the_databases_are_listed_by_name(root: Api, open_db: Api) -> None:
    """Source: CouchDB's documentation, api/server/common, `GET /_all_dbs`."""
    names = root.get("_all_dbs").json()

    assert open_db.url.rpartition("/")[2] in names
    assert names == sorted(names)


def test_who_is_no_administrator_is_told_of_no_open_database(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Who asks; CouchDB answers 403."""
    everything = Api(f"{team.server.url}/sync", team.amina.persona.session)
    name = open_db.url.rpartition("/")[2]

    told = everything.get("_all_dbs").json()

    assert team.name in told
    assert name not in told
    assert is_error(everything.get(name), 404, "not_found")


def test_a_path_that_does_not_exist_is_not_found_in_json(server: KanafServer) -> None:
    """Ours: the prefix; CouchDB takes what it does not know for a database."""
    assert is_error(requests.get(f"{server.url}/nowhere", timeout=5), 404, "not_found")


def test_a_method_that_a_path_does_not_know_is_refused_in_json(root: Api) -> None:
    """Source: CouchDB's documentation, api/basics, Request Format and Responses."""
    assert is_error(root.request("PATCH", "_uuids"), 405, "method_not_allowed")


def test_a_head_request_answers_what_a_get_would_without_its_body(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/document/common, `HEAD /{db}/{docid}`."""
    rev = open_db.write({"_id": "a"})

    answer = open_db.request("HEAD", "a")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == f'"{rev}"'
    assert open_db.request("HEAD", "b").status_code == 404
