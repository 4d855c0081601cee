"""An unchanged PouchDB on a tablet that was lost."""

from __future__ import annotations

import secrets

import pytest

from sync_server.service.kanaf import open_kanaf
from sync_server.service.lost_devices import lose_device
from tablet.stock import Credentials, StockTablet
from tests.protocol.api import Api
from tests.protocol.cases import REGISTRATION, Team, new_case, photo
from tests.protocol.cases import Tablet as CaseTablet
from tests.support.personas import add_device

pytestmark = [pytest.mark.pouchdb, pytest.mark.clients]


def test_a_lost_tablet_hands_in_what_it_has_not_sent_and_receives_nothing_new(
    team: Team, tablet: StockTablet
) -> None:
    persona = add_device(team.server, "amina", f"lost-{secrets.token_hex(8)}")
    lost = CaseTablet(persona, Api(team.amina.api.url, persona.session))
    url, credentials = lost.api.url, Credentials(persona.device, persona.token)
    case = new_case(team, referred=False)
    tablet.sync(url, credentials)
    before = {row["id"] for row in tablet.all_docs()}
    assert case.registration in before
    edited = lost.document(case.record, "k21", {**REGISTRATION, "age": 9})
    tablet.put({**edited, "_rev": tablet.get(case.registration)["_rev"]})
    picture = photo(lost, case.record, b"an invented photo")
    tablet.put(picture)
    kanaf = open_kanaf(team.server.settings)
    lose_device(kanaf, persona.device)
    kanaf.store.close()
    later = new_case(team, referred=False)

    synced = tablet.sync(url, credentials)

    assert synced.pull.ok
    assert {one.id for one in synced.push.denied} == {case.registration, picture["_id"]}
    rows = team.bilal.api.session.get(f"{team.api_url}/quarantine", timeout=30).json()
    kept = [one for one in rows["quarantine"] if one["device"] == persona.device]
    assert {one["document"] for one in kept} == {case.registration, picture["_id"]}
    assert {one["reason"] for one in kept} == {"lost_device"}
    assert {row["id"] for row in tablet.all_docs()} == before | {picture["_id"]}
    assert not any(row["id"].startswith(later.record) for row in tablet.all_docs())
    assert team.bilal.api.get(case.registration).json()["data"] == REGISTRATION
