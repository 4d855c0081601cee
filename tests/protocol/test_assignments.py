"""Supervisors make others the owners of records, and the tablets of both follow.

Ours: docs/reference/protocol.md, Our own and Where a case database differs from CouchDB.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import update

from sync_server.service.directory_changes import add_agency, add_device, add_group, add_user
from sync_server.storage import schema
from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import REGISTRATION, Tablet, new_rev, opening, photo
from tests.protocol.own_server import OwnServer
from tests.support.personas import with_token

PHOTO = b"\xff\xd8 a photo of a child"


@dataclass
class Team:
    """amina, dina and gita are caseworkers of agency A, gita of another group; bilal supervises
    amina and dina, fadi gita; hana is a caseworker of bilal's group in another agency.
    """

    server: OwnServer
    tablets: dict[str, Tablet]

    def __getattr__(self, name: str) -> Tablet:
        return self.tablets[name]

    def ask(self, name: str, body: Any) -> requests.Response:
        address = f"{self.server.url.removesuffix('/sync/sd')}/api/v1/sd/assignments"
        session = self.tablets[name].api.session
        return session.request("POST", address, json=body, timeout=30)

    def assign(self, to: str, *records: str, **more: Any) -> dict[str, str]:
        answer = self.ask("bilal", {"records": [*records], "to": to, **more})
        assert answer.status_code == 200, answer.text
        return {one["record"]: one["result"] for one in answer.json()["records"]}

    def begin(self, name: str) -> dict[str, str]:
        """A case of somebody's, with a photo: revisions by document, the case first."""
        record, tablet = str(uuid.uuid4()), self.tablets[name]
        documents = [
            tablet.document(record, "k1", opening(record, consent=True)),
            tablet.document(record, "k21", REGISTRATION),
            photo(tablet, record, PHOTO),
        ]
        revs = {one["_id"]: new_rev(1) for one in documents}
        assert tablet.api.push(*(revision(one, revs[one["_id"]]) for one in documents)) == []
        return revs


def record_of(revs: dict[str, str]) -> str:
    return next(iter(revs)).partition(":")[0]


@pytest.fixture
def team(own_server: OwnServer) -> Team:
    kanaf = own_server.kanaf
    add_agency(kanaf, "B", "Agency B")
    add_group(kanaf, "gedaref")
    for name, role, agency, group in (
        ("dina", "caseworker", "A", "khartoum"),
        ("gita", "caseworker", "A", "gedaref"),
        ("fadi", "supervisor", "A", "gedaref"),
        ("hana", "caseworker", "B", "khartoum"),
    ):
        add_user(kanaf, name, role=role, agency=agency, groups=(group,))
    tokens = {"amina": own_server.tokens["first"], "bilal": own_server.tokens["third"]}
    devices = {"amina": "first", "bilal": "third"}
    for name in ("dina", "gita", "fadi", "hana"):
        devices[name] = f"{name}-tablet"
        tokens[name] = add_device(kanaf, name, devices[name])
    people = {name: with_token(name, devices[name], token) for name, token in tokens.items()}
    return Team(
        own_server,
        {name: Tablet(one, Api(own_server.url, one.session)) for name, one in people.items()},
    )


def test_a_supervisor_assigns_records_within_their_group(team: Team) -> None:
    revs = team.begin("amina")
    record = record_of(revs)

    assert team.assign("dina", record, dry_run=True) == {record: "assigned"}
    assert team.amina.sees(f"{record}:k21")
    assert team.assign("dina", record, record) == {record: "assigned"}
    assert team.assign("dina", record) == {record: "unchanged"}

    assert team.dina.sees(f"{record}:k21")
    assert not team.amina.sees(f"{record}:k21")


def test_a_record_that_is_damaged_stays_and_the_others_change_hands(team: Team) -> None:
    damaged, sound = record_of(team.begin("amina")), record_of(team.begin("amina"))
    row = schema.record
    change = update(row).where(row.c.record_id == damaged).values(wrapped_key=bytes(62))
    team.server.kanaf.store.administratively(lambda connection: connection.execute(change))

    told = team.assign("dina", damaged, sound)

    assert told == {damaged: "unreadable", sound: "assigned"}
    assert team.dina.sees(f"{sound}:k21")


def test_the_old_tablet_deletes_and_the_new_one_gets_everything(team: Team) -> None:
    revs = team.begin("amina")
    old, new = team.amina.api.last_seq(), team.dina.api.last_seq()

    team.assign("dina", record_of(revs))

    gone = team.amina.api.ids(old)
    assert gone.keys() == revs.keys()
    for document, row in gone.items():
        (stub,) = (change["rev"] for change in row["changes"])
        assert row["deleted"] is True
        assert stub.startswith("2-s")
        docs = {"docs": [{"id": document, "rev": stub}]}
        got = team.amina.api.post("_bulk_get", docs, revs=True).json()["results"][0]["docs"][0]
        assert got["ok"]["_revisions"]["ids"] == [stub[2:], revs[document][2:]]
        assert is_error(team.amina.api.get(document, rev=revs[document]), 404, "not_found")
    come = team.dina.api.ids(new)
    assert {one: row["changes"] for one, row in come.items()} == {
        one: [{"rev": rev}] for one, rev in revs.items()
    }
    picture = next(one for one in revs if ":k8:" in one)
    shown = team.dina.api.get(picture, attachments=True).json()
    (attached,) = shown["_attachments"].values()
    assert base64.b64decode(attached["data"]) == PHOTO
    assert team.bilal.api.get(picture).status_code == 200


def test_an_old_tablet_that_was_away_is_told_nothing_and_its_edit_waits_for_the_supervisor(
    team: Team,
) -> None:
    revs = team.begin("amina")
    record = record_of(revs)
    registration = f"{record}:k21"
    kanaf = team.server.kanaf
    add_user(kanaf, "leila", role="supervisor", agency="A", groups=("khartoum", "gedaref"))
    leila = with_token("leila", "leila-tablet", add_device(kanaf, "leila", "leila-tablet"))
    team.tablets["leila"] = Tablet(leila, Api(team.server.url, leila.session))
    answer = team.ask("leila", {"records": [record], "to": "gita"})
    assert answer.json() == {"records": [{"record": record, "result": "assigned"}]}

    late, note = new_rev(2), team.amina.document(record, "k7", {"note": "late"}, name="0" * 26)
    edited = team.amina.document(record, "k21", {**REGISTRATION, "age": 9})
    unknown = {registration: [late], f"{record}:k23:{'0' * 26}": [new_rev(1)]}
    diff = team.amina.api.post("_revs_diff", unknown).json()
    assert {one: told["missing"] for one, told in diff.items()} == unknown
    assert not any("possible_ancestors" in told for told in diff.values())
    for document, *path in ((edited, late, revs[registration]), (note, new_rev(1))):
        refused = team.amina.push(document, *path)
        assert refused is not None
        assert (refused["error"], "age" in str(refused)) == ("forbidden", False)

    def waiting(name: str) -> list[Json]:
        address = f"{team.server.url.replace('/sync/', '/api/v1/')}/quarantine"
        found = team.tablets[name].api.session.get(address, timeout=30).json()["quarantine"]
        return sorted(found, key=lambda one: one["document"])

    assert [one["document"] for one in waiting("fadi")] == sorted([registration, note["_id"]])
    assert {(one["owner"], one["reason"]) for one in waiting("fadi")} == {("amina", "not_allowed")}
    assert waiting("dina") == []
    assert "age" not in team.gita.api.get(registration).json()["data"]


def test_what_is_not_a_supervisors_to_give_stays(team: Team) -> None:
    mine, theirs = record_of(team.begin("amina")), record_of(team.begin("gita"))
    foreign, nothing = record_of(team.begin("hana")), str(uuid.uuid4())

    results = team.assign("dina", mine, theirs, foreign, nothing)

    assert results == {
        mine: "assigned",
        theirs: "missing",
        foreign: "not_allowed",
        nothing: "missing",
    }
    assert team.assign("hana", mine) == {mine: "not_allowed"}
    for name in ("gita", "nobody", "bilal "):
        answer = team.ask("bilal", {"records": [mine], "to": name})
        assert is_error(answer, 400, "bad_request")
        assert "You cannot give cases to a person of this name" in answer.json()["reason"]


def test_only_who_assigns_may_ask(team: Team) -> None:
    record = record_of(team.begin("amina"))

    assert is_error(team.ask("amina", {"records": [record], "to": "dina"}), 403, "forbidden")


def test_what_cannot_be_read_is_refused(team: Team) -> None:
    for body, about in (
        ({"to": "dina"}, "records"),
        ({"to": "dina", "records": []}, "records"),
        ({"to": "dina", "records": ["a"] * 201}, "records"),
        ({"to": "dina", "records": [7]}, "records"),
        ({"to": "dina", "records": "a"}, "records"),
        ({"to": 7, "records": ["a"]}, "to"),
        ({"to": "dina", "records": ["a"], "dry_run": "yes"}, "dry_run"),
    ):
        answer = team.ask("bilal", body)
        assert is_error(answer, 400, "bad_request")
        assert f"({about})" in answer.json()["reason"]
