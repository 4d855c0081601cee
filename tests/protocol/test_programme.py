"""A programme as a whole: its forms are published, its cases counted, its code of conduct accepted.

Ours: docs/reference/protocol.md, Our own.
"""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import requests

from sync_server.service.conduct import publish_conduct
from sync_server.service.directory_changes import change_user
from sync_server.service.enrolment import issue_code
from sync_server.service.figures import told
from tests.protocol.own_server import OwnServer

FORM = {
    "name": "household_visit",
    "title": {"en": "Household visit"},
    "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
    "cardinality": "many",
    "fields": [{"name": "visited_on", "type": "date", "label": {"en": "Date"}}],
}


@pytest.fixture
def server(own_server: OwnServer) -> OwnServer:
    return own_server


def asked(
    server: OwnServer, device: str | None, method: str, path: str, body: Any = None
) -> requests.Response:
    session = server.api(device).session if device else requests.Session()
    session.trust_env = False
    url = server.url.removesuffix("/sync/sd") + path
    return session.request(method, url, json=body, timeout=30)


def test_an_information_officer_publishes_a_form_and_sees_no_case(server: OwnServer) -> None:
    change_user(server.kanaf, "bilal", role="information_officer", groups=())

    looked = asked(server, "third", "POST", "/api/v1/sd/forms?dry_run=true", FORM)
    assert (looked.status_code, looked.json()["code"]) == (200, "k100")
    assert server.api("third").get("shared:form:k100.1").status_code == 404

    first = asked(server, "third", "POST", "/api/v1/sd/forms", FORM)
    assert (first.status_code, first.json()["revision"]) == (201, 1)
    again = asked(server, "third", "POST", "/api/v1/sd/forms", FORM)
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    assert server.api("first").get("shared:form:k100.1").json()["title"] == {
        "en": "Household visit"
    }


def test_a_form_that_cannot_be_is_refused_with_its_problems(server: OwnServer) -> None:
    change_user(server.kanaf, "bilal", role="information_officer", groups=())
    wrong = {**FORM, "fields": [{"name": "visited_on", "type": "day", "label": {"en": "Date"}}]}

    refused = asked(server, "third", "POST", "/api/v1/sd/forms", wrong)

    assert refused.status_code == 400
    assert refused.json()["problems"] == [{"path": "fields[0].type", "code": "not_an_option"}]
    asked(server, "third", "POST", "/api/v1/sd/forms", FORM)
    survivors = asked(server, "third", "POST", "/api/v1/sd/forms", {**FORM, "survivors": True})
    assert survivors.status_code == 400
    assert survivors.json()["reason"].startswith("publishing.other_readers:")


def test_supervisors_publish_no_form_and_read_no_figures(untouched_server: OwnServer) -> None:
    assert asked(untouched_server, "third", "POST", "/api/v1/sd/forms", FORM).status_code == 403
    assert asked(untouched_server, "third", "GET", "/api/v1/sd/figures").status_code == 403


def test_a_national_viewer_reads_figures_and_no_case(server: OwnServer) -> None:
    change_user(server.kanaf, "bilal", role="national_viewer", groups=())

    figures = asked(server, "third", "GET", "/api/v1/sd/figures")

    assert (figures.status_code, figures.json()) == (200, {"by_agency": {}, "by_area": {}})
    assert asked(server, "third", "GET", "/api/v1/none/figures").status_code == 404


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 10, "b": 2_009}, {"a": 10, "b": 2_000}),
        ({"a": 9, "b": 20, "c": 39}, {"b": 20, "c": 30}),
        ({}, {}),
    ],
)
def test_counts_are_told_in_tens(counts: dict[str, int], shown: dict[str, int]) -> None:
    assert told(counts) == shown


def test_who_acts_for_others_accepts_the_code_of_conduct_first(server: OwnServer) -> None:
    publish_conduct(server.kanaf, {"en": "Do no harm."})
    read = asked(server, None, "GET", "/api/v1/code-of-conduct").json()
    assert read == {"version": 1, "texts": {"en": "Do no harm."}}

    refused = asked(server, "third", "GET", "/api/v1/devices")
    assert refused.status_code == 403
    assert refused.json()["reason"].startswith("conduct_not_accepted:")
    assert server.api("third").get("_changes").status_code == 200  # nobody's sync waits for it

    for wrong in (0, 2, "1", None):
        body = {"version": wrong}
        answer = asked(server, "third", "POST", "/api/v1/code-of-conduct/acceptances", body)
        assert answer.status_code == 400
    body = {"version": read["version"]}
    assert (
        asked(server, "third", "POST", "/api/v1/code-of-conduct/acceptances", body).status_code
        == 201
    )
    assert asked(server, "third", "GET", "/api/v1/devices").status_code == 200

    publish_conduct(server.kanaf, {"en": "Do no harm, and tell of it."})
    assert asked(server, "third", "GET", "/api/v1/devices").status_code == 403


def test_a_tablet_is_enrolled_with_the_last_code_of_conduct_only(server: OwnServer) -> None:
    publish_conduct(server.kanaf, {"en": "Do no harm."})
    given = {"code": issue_code(server.kanaf, "amina", "new-tablet").text}

    for wrong in ({}, {"code_of_conduct": 2}):
        refused = asked(server, None, "POST", "/api/v1/enrolments", {**given, **wrong})
        assert refused.status_code == 403
        assert refused.json()["reason"].startswith("conduct_not_accepted:")
    enrolled = asked(server, None, "POST", "/api/v1/enrolments", {**given, "code_of_conduct": 1})

    assert enrolled.status_code == 201
    amina = server.kanaf.directory().named("amina")
    assert amina is not None
    assert server.kanaf.registry().has_accepted(amina.id)


@pytest.mark.parametrize(
    "path", ["/api/v1/enrolments", "/sync/_session", "/api/v1/code-of-conduct/acceptances"]
)
def test_a_body_that_no_route_has_use_for_is_not_taken_apart(
    untouched_server: OwnServer, path: str
) -> None:
    packed = gzip.compress(b'{"code": [' + b"[]," * 1_000_000 + b"[]]}")
    session = untouched_server.api("first").session
    url = untouched_server.url.removesuffix("/sync/sd") + path
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    assert session.post(url, packed, headers=headers, timeout=30).status_code == 413
