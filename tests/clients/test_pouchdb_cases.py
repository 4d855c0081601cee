"""An unchanged PouchDB, new and old, against a case database."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tablet.stock import Credentials, StockTablet, TabletError
from tests.protocol.api import revision
from tests.protocol.cases import (
    REGISTRATION,
    Tablet,
    Team,
    accepted_case,
    new_case,
    new_rev,
    photo,
)
from tests.support.digest_walk import Holding
from tests.support.server import KanafServer

pytestmark = [pytest.mark.pouchdb, pytest.mark.clients]
NewTablet = Callable[..., StockTablet]


def of(tablet: Tablet) -> Credentials:
    return Credentials(tablet.persona.device, tablet.persona.token)


def test_a_tablet_gets_its_cases_and_no_others(
    team: Team, new_tablet: NewTablet, tmp_path: Path
) -> None:
    case = accepted_case(team)
    for person, expected in ((team.amina, 3), (team.chen, 2), (team.dina, 0)):
        tablet = new_tablet(tmp_path / person.persona.name)
        tablet.pull(person.api.url, of(person))
        held = [row["id"] for row in tablet.all_docs() if row["id"].startswith(case.record)]
        assert len(held) == expected


def test_grants_and_revocations_come_with_two_way_syncs(team: Team, tablet: StockTablet) -> None:
    case = accepted_case(team)
    url, chen = team.chen.api.url, of(team.chen)
    shown = case.revs[case.registration]

    def shows() -> bool:
        for _ in range(2):  # what a pull brings may be pushed back by the next sync only
            synced = tablet.sync(url, chen)
            assert synced.push.denied == ()
            assert synced.pull.ok
        return any(row["id"] == case.registration for row in tablet.all_docs())

    assert shows()
    for _ in range(2):
        assert case.consent(False) is None
        assert not shows()
        assert case.consent(True) is None
        assert shows()
    assert case.end() is None
    assert not shows()
    assert team.amina.api.get(case.registration).json()["data"] == REGISTRATION
    assert team.amina.api.get(case.registration, rev=shown).status_code == 200


def test_a_tablet_at_rest_proves_that_it_is_complete_whatever_it_was_shown_before(
    team: Team, tablet: StockTablet
) -> None:
    case = accepted_case(team)
    url, chen = team.chen.api.url, of(team.chen)

    def shown() -> dict[str, list[str]]:
        rows = tablet.all_docs(include_docs=True, conflicts=True)
        docs = (row["doc"] for row in rows)
        return {one["_id"]: [one["_rev"], *one.get("_conflicts", [])] for one in docs}

    def is_complete() -> bool:
        own, root = Holding(shown()).told(""), team.chen.api.get("_digest").json()["digests"][""]
        return own == {name: root[name] for name in own}

    assert not is_complete()
    for change in (
        lambda: None,
        lambda: case.consent(False),
        lambda: case.consent(True),
        lambda: case.edit(team.amina, case.registration, {**REGISTRATION, "age": 9}),
        lambda: case.answer("done"),
    ):
        assert change() is None
        for _ in range(2):
            tablet.sync(url, chen)
        assert is_complete()
    tablet.put({"_id": "of my own"})
    assert not is_complete()


def test_a_live_pull_brings_a_new_referral_and_its_end(team: Team, tablet: StockTablet) -> None:
    tablet.start_live_pull(team.chen.api.url, of(team.chen))
    case = accepted_case(team)
    tablet.wait_for(case.registration, {"data.sex": "female"}, time_limit=10)

    case.end()

    tablet.wait_for(case.registration, {"_deleted": True}, time_limit=10)
    tablet.stop_live_pull()


def test_offline_edits_of_two_tablets_are_merged_and_arrive_on_both(
    team: Team, new_tablet: NewTablet, tmp_path: Path
) -> None:
    case = new_case(team, referred=False)
    tablets = []
    for person, more in ((team.amina, {"age": 9}), (team.bilal, {"in_school": True})):
        tablet = new_tablet(tmp_path / person.persona.name)
        tablet.pull(person.api.url, of(person))
        edited = person.document(case.record, "k21", {**REGISTRATION, **more})
        tablet.put({**edited, "_rev": tablet.get(case.registration)["_rev"]})
        tablets.append((tablet, person))

    for tablet, person in [*tablets, *tablets]:
        tablet.push(person.api.url, of(person))
        tablet.pull(person.api.url, of(person))

    for tablet, _ in tablets:
        told = tablet.get(case.registration, conflicts=True)
        assert told["data"] == {**REGISTRATION, "age": 9, "in_school": True}
        assert "_conflicts" not in told


def test_a_refused_document_is_denied_and_the_rest_is_taken(
    team: Team, tablet: StockTablet
) -> None:
    case = new_case(team, referred=False)
    wrong = team.amina.document(case.record, "k22", {"risk_level": "enormous"})
    good = team.amina.document(case.record, "k20", {"full_name": "an invented name"})
    tablet.bulk_docs([revision(one, new_rev(1)) for one in (wrong, good)], new_edits=False)

    pushed = tablet.push(team.amina.api.url, of(team.amina))

    assert [one.id for one in pushed.denied] == [wrong["_id"]]
    assert pushed.denied[0].name == "forbidden"
    assert team.amina.sees(good["_id"])


def test_a_photo_travels_from_a_tablet_to_the_supervisor(
    team: Team, new_tablet: NewTablet, tmp_path: Path
) -> None:
    case, content = new_case(team, referred=False), secrets.token_bytes(30_000)
    sender, receiver = new_tablet(tmp_path / "amina"), new_tablet(tmp_path / "bilal")
    document = photo(team.amina, case.record, content)
    (name,) = document["_attachments"]
    sender.put(document)

    assert sender.push(team.amina.api.url, of(team.amina)).denied == ()
    receiver.pull(team.bilal.api.url, of(team.bilal))

    assert receiver.get_attachment(document["_id"], name) == content
    hidden = requests.get(
        f"{team.dina.api.url}/{document['_id']}/{name}",
        auth=team.dina.persona.session.auth,
        timeout=10,
    )
    assert hidden.status_code == 404


def test_a_tablet_without_an_account_gets_nothing(
    server: KanafServer, team: Team, tablet: StockTablet
) -> None:
    with pytest.raises(TabletError) as refused:
        tablet.pull(team.amina.api.url, Credentials("amina-tablet-1", "guessed"))

    assert refused.value.status == 401
