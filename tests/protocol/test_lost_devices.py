"""What a lost tablet may do with its token, and nothing else; its order, signed.

Ours: docs/reference/protocol.md, A tablet is lost.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask

from sync_server.app import BLUEPRINTS
from sync_server.crypto.keys import MasterKeys
from sync_server.http.routes import register_routes
from sync_server.service.administration import publish
from sync_server.service.directory_changes import add_device, add_group, add_user
from sync_server.service.lost_devices import lose_device
from sync_server.service.orders import orders_key, wipe_order
from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import REGISTRATION, new_rev, opening, photo
from tests.protocol.cases import Tablet as CaseTablet
from tests.protocol.own_server import OwnServer
from tests.protocol.waiting import Waiting
from tests.support.personas import case_document, with_token

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "protocol.md"
TAKEN = {
    ("GET", "/sync/"),
    ("GET", "/sync/_up"),
    ("GET", "/sync/<db>/"),
    ("GET", "/sync/<db>/_changes"),
    ("POST", "/sync/<db>/_changes"),
    ("POST", "/sync/<db>/_revs_diff"),
    ("POST", "/sync/<db>/_missing_revs"),
    ("POST", "/sync/<db>/_bulk_docs"),
    ("PUT", "/sync/<db>/<document>"),
    ("POST", "/sync/<db>/_ensure_full_commit"),
    ("GET", "/sync/<db>/_local/<local_id>"),
    ("PUT", "/sync/<db>/_local/<local_id>"),
    ("DELETE", "/sync/<db>/_local/<local_id>"),
    ("GET", "/api/v1/orders-key"),
    ("GET", "/api/v1/wipe-order"),
    ("POST", "/api/v1/wiped"),
}
"""Where a lost tablet comes in: each is tried below."""


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    return own_server


@pytest.fixture
def record(server: OwnServer) -> str:
    """A case that amina has begun with the tablet `first` before she lost it."""
    record = str(uuid.uuid4())
    area = {"shared:location:SD01": {"name": {"en": "Khartoum"}}}
    publish(server.kanaf, server.kanaf.database("sd"), area)
    first = server.api("first")
    first.write(document(record, "k1", opening(record, consent=True)))
    first.write(document(record, "k21", REGISTRATION))
    lose_device(server.kanaf, "first")
    return record


def document(record: str, form: str, data: Json, **more: Any) -> Json:
    return case_document(record, form, "amina", "first", data, **more)


def ask(
    server: OwnServer, device: str | None, method: str, path: str, body: Any = None
) -> requests.Response:
    session = server.api(device).session if device else requests.Session()
    session.trust_env = False
    address = server.url.removesuffix("/sync/sd") + path
    return session.request(method, address, json=body, timeout=30)


def kept(server: OwnServer, device: str = "third") -> list[Json]:
    """What waits for bilal in quarantine."""
    answer = ask(server, device, "GET", "/api/v1/sd/quarantine")
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["quarantine"]
    return rows


def routes() -> list[tuple[str, str]]:
    """Every method and path of the service."""
    app = Flask("routes", static_folder=None)
    register_routes(app, BLUEPRINTS)
    return sorted(
        (method, re.sub(r"<\w+:(\w+)>", r"<\1>", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    )


def test_nothing_else_lets_a_lost_tablet_in(server: OwnServer, record: str) -> None:
    """Neither does a route that somebody adds without a thought of lost tablets."""
    every = [one for one in routes() if not one[1].startswith("/console")]  # it takes no tokens
    assert set(every) >= TAKEN

    for method, path in every:
        if path == "/api/v1/wiped":  # no token opens anything then
            continue
        named = path.replace("<db>", "sd").replace("<document>", quote(f"{record}:k21"))
        answer = ask(server, "first", method, re.sub(r"<\w+>", "x", named), {})
        is_refused = answer.status_code == 403 and "device_lost:" in answer.text
        assert is_refused == ((method, path) not in TAKEN), (method, path, answer.text)
        assert REGISTRATION["registered_on"] not in answer.text


def test_a_lost_tablets_replication_is_told_of_nothing(server: OwnServer, record: str) -> None:
    first, other = server.api("first"), server.api("second")
    known = other.ids()[f"{record}:k21"]["changes"][0]["rev"]

    for given in ("0", "now", other.last_seq(), "x"):
        told = first.get("_changes", since=given, include_docs=True).json()
        assert (told["results"], told["pending"]) == ([], 0)
        assert told["last_seq"].startswith("0-")
    info = first.get().json()
    assert (info["doc_count"], info["doc_del_count"], info["update_seq"][:2]) == (0, 0, "0-")
    offered = {f"{record}:k21": [known], "x:k1": ["1-a"], "shared:location:SD01": ["1-b"]}
    missing = {f"{record}:k21": [known], "x:k1": ["1-a"]}
    told = first.post("_revs_diff", offered).json()
    assert told == {name: {"missing": revs} for name, revs in missing.items()}
    assert first.post("_missing_revs", offered).json() == {"missing_revs": missing}
    assert first.post("_ensure_full_commit").status_code == 201


def test_its_feed_goes_on_from_where_it_was_once_it_is_found(
    server: OwnServer, record: str
) -> None:
    before = server.api("first").get("_changes", since="0").json()["last_seq"]
    server.api("second").write(
        case_document(str(uuid.uuid4()), "k21", "amina", "second", REGISTRATION)
    )

    assert server.api("first").get("_changes", since=before).json()["last_seq"] == before


def test_a_lost_tablet_that_waits_is_told_of_nothing(server: OwnServer) -> None:
    api = server.api("first")
    before = Waiting(api, api.last_seq())
    lose_device(server.kanaf, "first")
    after = Waiting(api, "0")
    written = case_document(str(uuid.uuid4()), "k21", "amina", "second", REGISTRATION)
    good = Waiting(server.api("second"), server.api("second").last_seq())
    server.api("second").write(written)

    assert [row["id"] for row in good.told()["results"]] == [written["_id"]]
    assert before.told()["results"] == []
    assert after.still_waits()
    for one in (before, after, good):
        one.close()


def test_what_a_lost_tablet_sends_is_in_quarantine_with_its_photo(
    server: OwnServer, record: str
) -> None:
    first = server.api("first")
    tablet = CaseTablet(with_token("amina", "first", server.tokens["first"]), first)
    picture = photo(tablet, record, b"an invented photo")
    edited = document(record, "k21", {**REGISTRATION, "age": 9})
    rows = first.push(revision(picture, new_rev(1)), revision(edited, new_rev(2), new_rev(1)))

    assert [row["error"] for row in rows] == ["forbidden"] * 2
    assert all(row["reason"].startswith("lost_device: ") for row in rows)
    note = document(record, "k20", {"full_name": "an invented name"})
    put = first.put(quote(note["_id"]), revision(note, new_rev(1)), new_edits=False)
    assert is_error(put, 403, "forbidden")
    assert {one["document"] for one in kept(server)} == {
        *(picture["_id"], edited["_id"], note["_id"])
    }
    assert {(one["reason"], one["owner"], one["device"]) for one in kept(server)} == {
        ("lost_device", "amina", "first")
    }
    assert server.api("second").get(quote(f"{record}:k21")).json()["data"] == REGISTRATION
    assert server.api("third").get(quote(picture["_id"])).status_code == 404


def test_a_lost_tablet_keeps_its_checkpoints(server: OwnServer, record: str) -> None:
    first = server.api("first")
    written = first.put("_local/replication", {"last_seq": "5-a"})

    assert written.status_code == 201
    assert first.get("_local/replication").json()["last_seq"] == "5-a"
    assert server.api("second").get("_local/replication").status_code == 404
    assert first.delete("_local/replication").status_code == 200


def test_a_lost_tablet_knows_of_no_open_database(
    server: OwnServer, admin: requests.Session
) -> None:
    """They have no quarantine."""
    root = server.url.removesuffix("/sd")
    assert Api(f"{root}/open", admin).put().status_code == 201
    database = Api(f"{root}/open", server.api("office").session)
    assert database.put("a", {"a": 1}).status_code == 201

    lose_device(server.kanaf, "office")

    assert is_error(database.put("b", {"b": 1}), 404, "not_found")
    assert is_error(database.get("_changes"), 404, "not_found")


@pytest.mark.parametrize("how", ["lost", "shut-out"])
def test_a_supervisor_has_a_tablet_refused(server: OwnServer, how: str) -> None:
    path = f"/api/v1/devices/first/{how}"
    assert is_error(ask(server, "second", "POST", path), 403, "forbidden")
    assert is_error(ask(server, None, "POST", path), 401, "unauthorized")

    assert ask(server, "third", "POST", path).json() == {"ok": True}

    status, error = (403, "forbidden") if how == "lost" else (401, "unauthorized")
    assert is_error(server.api("first").get("_all_docs"), status, error)
    assert server.api("second").get("_all_docs").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v1/devices/dinas/lost"), ("POST", "/api/v1/devices/dinas/shut-out")],
)
def test_of_tablets_of_others_nothing_is_told(server: OwnServer, method: str, path: str) -> None:
    add_group(server.kanaf, "omdurman")
    add_user(server.kanaf, "dina", role="caseworker", agency="A", groups=("omdurman",))
    add_device(server.kanaf, "dina", "dinas")

    for one in (path, path.replace("dinas", "nobodys")):
        answer = ask(server, "third", method, one)
        assert (answer.status_code, answer.json()["reason"][:12]) == (403, "not_allowed:")


def test_a_supervisor_says_that_their_own_tablet_is_lost(server: OwnServer) -> None:
    assert ask(server, "third", "POST", "/api/v1/devices/third/lost").json() == {"ok": True}

    assert is_error(server.api("third").get("_all_docs"), 403, "forbidden")


def test_a_refusal_is_no_fault_in_the_log(server: OwnServer) -> None:
    """On SQLite a native thread writes; what leaves that by itself, gevent prints."""
    assert is_error(ask(server, "third", "POST", "/api/v1/devices/nobodys/lost"), 403, "forbidden")

    log = server.kanaf.settings.data_dir.parent / "serve.log"
    assert "Traceback" not in log.read_text()


def test_a_tablet_checks_its_order_with_the_key_from_its_enrolment(server: OwnServer) -> None:
    code = ask(
        server, "third", "POST", "/api/v1/enrolment-codes", {"user": "amina", "device": "new"}
    ).json()["code"]
    asked = {"code": code, "install_id": "6b1f"}
    enrolled = ask(server, None, "POST", "/api/v1/enrolments", asked).json()
    server.tokens["new"] = enrolled["token"]
    assert ask(server, "new", "GET", "/api/v1/wipe-order").json() == {
        "order": None,
        "signature": None,
    }
    assert ask(server, "third", "POST", "/api/v1/devices/new/lost").status_code == 200

    answer = ask(server, "new", "GET", "/api/v1/wipe-order").json()

    check(enrolled["orders_key"], answer["order"], answer["signature"])
    with pytest.raises(InvalidSignature):
        check(enrolled["orders_key"], answer["order"].replace("new", "old"), answer["signature"])
    order = json.loads(answer["order"])
    assert order.pop("issued_at") == pytest.approx(server.kanaf.clock(), abs=60)
    assert order == {"order": "wipe", "device": "new", "install_id": "6b1f"}
    told = ask(server, None, "GET", "/api/v1/orders-key").json()
    assert told == {"orders_key": enrolled["orders_key"]}


def test_a_tablet_that_has_erased_itself_says_so(server: OwnServer) -> None:
    assert is_error(ask(server, "first", "POST", "/api/v1/wiped"), 403, "forbidden")
    lose_device(server.kanaf, "first")

    assert ask(server, "first", "POST", "/api/v1/wiped").json() == {"ok": True}

    assert is_error(ask(server, "first", "GET", "/api/v1/wipe-order"), 401, "unauthorized")
    assert is_error(server.api("first").post("_bulk_docs", {"docs": []}), 401, "unauthorized")
    listed = ask(server, "third", "GET", "/api/v1/devices").json()["devices"]
    first = next(one for one in listed if one["device"] == "first")
    assert first["wiped_at"] >= first["lost_at"] > 0
    assert not first["may_come_in"]
    assert {one["lost_at"] for one in listed if one is not first} == {None}


def test_the_example_of_the_reference_is_right() -> None:
    example = REFERENCE.read_text("utf-8").partition("#### A tablet is lost")[2]
    found = dict(re.findall(r"^    (orders_key|order|signature) +(\S+)$", example, re.M))

    check(found["orders_key"], found["order"], found["signature"])
    keys = MasterKeys({1: bytes(range(32))})
    made = wipe_order(keys, "amina-tablet-1", "6b1f", 1_795_680_000)
    assert (orders_key(keys), made.text, made.signature) == (*found.values(),)


def check(orders_key: str, order: str, signature: str) -> None:
    """What a tablet does with an order: it takes the text as it is.

    Raises:
        InvalidSignature: it is not from the server of that key.
    """
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(orders_key))
    public.verify(bytes.fromhex(signature), order.encode())
