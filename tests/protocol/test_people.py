"""Supervisors and managers see those whom they look after, and add people of the roles they give.

Ours: docs/reference/protocol.md, Our own.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sync_server.service.directory_changes import change_user
from sync_server.service.programme_roles import set_role
from tests.protocol.own_server import OwnServer


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    return own_server


def names(answer: requests.Response) -> list[str]:
    return [one["name"] for one in answer.json()["users"]]


def asked(server: OwnServer, device: str, method: str, body: Any = None) -> requests.Response:
    """GET or POST of the people."""
    url = server.url.removesuffix("/sync/sd") + "/api/v1/users"
    return server.api(device).session.request(method, url, json=body, timeout=30)


def test_a_supervisor_sees_and_adds_the_people_of_their_group(server: OwnServer) -> None:
    eve = {"name": "eve", "role": "caseworker", "groups": ["khartoum"]}

    added = asked(server, "third", "POST", eve)

    told = {**eve, "agency": "A", "area": None, "may_come_in": True}
    assert (added.status_code, added.json()) == (201, told)
    assert names(asked(server, "third", "GET")) == ["amina", "bilal", "eve"]
    assert server.kanaf.directory().named("eve") is not None


@pytest.mark.parametrize(
    "given",
    [
        {"name": "eve", "role": "supervisor", "groups": ["khartoum"]},
        {"name": "eve", "role": "administrator", "groups": ["khartoum"]},
        {"name": "eve", "role": "caseworker", "groups": ["gedaref"]},
        {"name": "eve", "role": "caseworker", "groups": ["khartoum", "gedaref"]},
        {"name": "eve", "role": "caseworker", "groups": []},
    ],
)
def test_nobody_is_added_who_may_do_or_see_more(
    untouched_server: OwnServer, given: dict[str, Any]
) -> None:
    refused = asked(untouched_server, "third", "POST", given)

    assert refused.status_code == 403, refused.text
    assert refused.json()["reason"].startswith("not_allowed:")
    assert untouched_server.kanaf.directory().named("eve") is None


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"name": "e ve"}, "name"),
        ({"name": "Amina"}, "name"),
        ({"name": None}, "name"),
        ({"role": "queen"}, "role"),
        ({"groups": ["nowhere"]}, "groups"),
        ({"groups": "khartoum"}, "groups"),
        ({"groups": [1]}, "groups"),
        ({"groups": ["khartoum"] * 101}, "groups"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    untouched_server: OwnServer, wrong: dict[str, Any], about: str
) -> None:
    eve = {"name": "eve", "role": "caseworker", "groups": ["khartoum"]}

    refused = asked(untouched_server, "third", "POST", {**eve, **wrong})

    assert refused.status_code == 400, refused.text
    assert refused.json()["reason"].endswith(f"({about})")
    people = {one.name for one in untouched_server.kanaf.directory().people.values()}
    assert people == {"root-admin", "amina", "bilal"}


def test_a_caseworker_sees_and_adds_nobody(untouched_server: OwnServer) -> None:
    eve = {"name": "eve", "role": "caseworker", "groups": ["khartoum"]}

    assert asked(untouched_server, "first", "GET").status_code == 403
    assert asked(untouched_server, "first", "POST", eve).status_code == 403


def test_a_role_of_the_programmes_own_adds_people_of_its_agency(server: OwnServer) -> None:
    tracer = {"scope": "agency", "reads": ["k1", "k20"]}
    set_role(server.kanaf, "tracer", tracer)
    set_role(server.kanaf, "head", {**tracer, "actions": ["employ"], "gives": ["tracer"]})
    change_user(server.kanaf, "bilal", role="head", groups=())

    assert names(asked(server, "third", "GET")) == []
    tracing = {"name": "eve", "role": "tracer", "groups": []}
    assert asked(server, "third", "POST", tracing).status_code == 201
    assert names(asked(server, "third", "GET")) == ["eve"]
    assert asked(server, "third", "POST", {**tracing, "role": "caseworker"}).status_code == 403
