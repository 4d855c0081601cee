"""Emergency access over the network: asked for, granted by a second person, told, and ended.

Ours: docs/reference/protocol.md, Emergency access.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from sync_server.service.caller import Caller
from sync_server.service.directory_changes import add_device, add_user
from sync_server.service.emergencies import ACCESS_SECONDS, grant
from sync_server.service.kanaf import open_kanaf
from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import REGISTRATION, new_rev, opening
from tests.protocol.own_server import OwnServer, own_server
from tests.support.personas import case_document
from tests.support.server import ADMIN

REASON = "The hospital asks for her guardian tonight"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Place:
    """A server where amina has a case, and root keeps the server, with a tablet."""

    server: OwnServer
    record: str

    @property
    def root(self) -> Api:
        return self.server.api("root-tablet")

    @property
    def registration(self) -> str:
        return f"{self.record}:k21"

    def ask(self, device: str, method: str, path: str, body: Any = None) -> requests.Response:
        address = self.server.url.removesuffix("/sync/sd") + path
        session = self.server.api(device).session
        return session.request(method, address, json=body, timeout=30)

    def asked(self, device: str = "root-tablet", **given: Any) -> requests.Response:
        body = {"record": self.record, "reason": REASON, **given}
        return self.ask(device, "POST", "/api/v1/sd/emergencies", body)

    def granted(self, request: str, device: str = "third") -> requests.Response:
        return self.ask(device, "POST", f"/api/v1/emergencies/{request}/grant")

    def ended(self, request: str, device: str = "root-tablet") -> requests.Response:
        return self.ask(device, "POST", f"/api/v1/emergencies/{request}/end")

    def listed(self, device: str) -> list[Json]:
        answer = self.ask(device, "GET", "/api/v1/sd/emergencies")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["emergencies"]
        return found


@pytest.fixture
def untouched_place(untouched_server: OwnServer) -> Place:
    """bilal's, who supervises; there is no record of that id."""
    return Place(untouched_server, str(uuid4()))


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    with own_server(tmp_path, database_url) as server:
        add_user(server.kanaf, "root", role="administrator", agency="A", password=PASSWORD)
        server.tokens["root-tablet"] = add_device(server.kanaf, "root", "root-tablet")
        record = str(uuid4())
        documents = [
            case_document(record, form, "amina", "first", data)
            for form, data in (("k1", opening(record, True)), ("k21", REGISTRATION))
        ]
        sent = [revision(document, new_rev(1)) for document in documents]
        assert server.api("first").push(*sent) == []
        yield Place(server, record)


def test_a_second_person_lets_somebody_in_and_the_owners_tablet_is_told(place: Place) -> None:
    asked = place.asked()
    assert asked.status_code == 201
    request = asked.json()["emergency"]
    since = place.server.api("first").last_seq()
    assert place.registration not in place.root.ids()
    assert is_error(place.granted(request, "root-tablet"), 403, "forbidden")

    granted = place.granted(request)

    assert granted.status_code == 200
    assert granted.json()["until"] == pytest.approx(time.time() + ACCESS_SECONDS, abs=60)
    assert place.registration in place.root.ids()
    assert place.root.get(place.registration).json()["data"] == REGISTRATION
    (note,) = place.server.api("first").ids(since)
    assert note.startswith(f"{place.record}:k7:")
    told = place.server.api("first").get(note).json()
    assert (told["author"], told["device"]) == ("bilal", "third")
    text = told["data"]["note"]
    assert "\nroot (administrator) → 20" in text
    assert text.endswith(f"\nbilal (supervisor) ✓\n{REASON}")


def test_a_request_is_listed_to_whom_it_concerns(place: Place) -> None:
    request = place.asked().json()["emergency"]

    (waiting,) = place.listed("third")
    assert place.listed("first") == []
    assert {name: waiting[name] for name in waiting if name not in ("asked_at", "until")} == {
        "emergency": request,
        "record": place.record,
        "user": "root",
        "reason": REASON,
        "state": "waits",
        "granted_by": None,
        "granted_at": None,
        "ended_at": None,
        "may_grant": True,
        "may_end": True,
    }
    place.granted(request)

    for device, may_end in (("first", False), ("third", True), ("root-tablet", True)):
        (one,) = place.listed(device)
        assert (one["state"], one["granted_by"]) == ("granted", "bilal")
        assert (one["may_grant"], one["may_end"]) == (False, may_end)


def test_access_that_is_ended_is_taken_from_the_tablet(place: Place) -> None:
    request = place.asked().json()["emergency"]
    place.granted(request)
    since = place.root.last_seq()
    assert is_error(place.ended(request, "first"), 404, "not_found")

    assert place.ended(request).json() == {"ok": True}

    assert place.root.ids(since)[place.registration]["deleted"] is True
    assert place.root.get(place.registration).status_code == 404
    assert "no_such_request" in place.ended(request).json()["reason"]


def test_when_the_time_is_over_the_server_takes_it_from_a_tablet_that_waits(place: Place) -> None:
    request = place.asked().json()["emergency"]
    started = time.time()
    with closing((kanaf := open_kanaf(place.server.kanaf.settings)).store):
        bilal = kanaf.directory().named("bilal")
        assert bilal is not None
        kanaf.clock = lambda: started - ACCESS_SECONDS + 3  # three seconds are left of the day
        grant(kanaf, Caller(bilal, "third"), request)
    since = place.root.last_seq()

    rows = place.root.get("_changes", since=since, feed="longpoll", timeout=60_000).json()

    assert time.time() >= started + 3
    taken = {row["id"]: row.get("deleted") for row in rows["results"]}
    assert taken[place.registration] is True
    (one,) = place.listed("root-tablet")
    assert one["state"] == "over"


def test_a_password_is_enough_to_ask_and_to_grant_and_shows_no_case(place: Place) -> None:
    root, keeper = by_password("root", PASSWORD), by_password(*ADMIN)
    address = place.server.url.removesuffix("/sync/sd") + "/api/v1"
    body = {"record": place.record, "reason": REASON}

    asked = root.post(f"{address}/sd/emergencies", json=body, timeout=30)
    request = asked.json()["emergency"]
    granted = keeper.post(f"{address}/emergencies/{request}/grant", timeout=30)

    assert (asked.status_code, granted.status_code) == (201, 200)
    owner = place.server.api("first")
    (note,) = [one for one in owner.ids() if ":k7:" in one]
    assert owner.get(note).json()["author"] == ADMIN[0]
    shown = root.get(f"{place.server.url}/{place.registration}", timeout=30)
    assert "device_needed" in shown.json()["reason"]


def by_password(name: str, password: str) -> requests.Session:
    session = requests.Session()
    session.auth, session.trust_env = (name, password), False
    return session


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[
            ("record", one)
            for one in (None, 7, "", "k21", "x" * 101, "6F1C2A4E-8B7D-4C3A-9E5F-0A1B2C3D4E5F")
        ],
        *[("reason", one) for one in (None, 7, "", "because", "x" * 501, " " * 30, "a\nb" * 9)],
    ],
)
def test_what_is_no_request_is_refused(untouched_place: Place, name: str, wrong: Any) -> None:
    answer = untouched_place.asked("office", **{name: wrong})

    assert is_error(answer, 400, "bad_request")
    assert f"({name})" in answer.json()["reason"]
    assert untouched_place.listed("office") == []


def test_who_reads_nothing_so_does_not_ask_and_who_is_no_second_person_does_not_grant(
    place: Place,
) -> None:
    request = place.asked().json()["emergency"]

    assert is_error(place.asked("first"), 403, "forbidden")
    assert is_error(place.granted(request, "first"), 403, "forbidden")
    assert is_error(place.granted("0" * 32), 404, "not_found")
    body = {"record": place.record, "reason": REASON}
    elsewhere = place.ask("root-tablet", "POST", "/api/v1/nowhere/emergencies", body)
    assert is_error(elsewhere, 404, "not_found")
    assert place.registration not in place.root.ids()


def test_a_record_that_there_is_not_is_asked_for_as_any_other(place: Place) -> None:
    there, nowhere = place.asked(), place.asked(record=str(uuid4()))

    assert there.status_code == nowhere.status_code == 201
    assert there.json().keys() == nowhere.json().keys()
    assert is_error(place.granted(nowhere.json()["emergency"]), 404, "not_found")
