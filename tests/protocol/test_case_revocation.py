"""What a tablet gets when somebody no longer may see a document, and when they may again.

Ours: docs/reference/protocol.md, Where a case database differs from CouchDB.
"""

from __future__ import annotations

import pytest

from tests.protocol.api import Json, is_error, revision
from tests.protocol.cases import REGISTRATION, Case, Team, accepted_case, new_rev, ulid


@pytest.fixture
def case(team: Team) -> Case:
    return accepted_case(team)


def stub_of(case: Case, since: str) -> Json:
    """The row of chen's feed that deletes the registration."""
    row = case.team.chen.api.ids(since)[case.registration]
    assert row["deleted"] is True
    return row


def test_the_end_of_a_referral_deletes_the_agreed_forms_on_the_addressees_tablet(
    team: Team, case: Case
) -> None:
    since, shown = team.chen.api.last_seq(), case.revs[case.registration]

    assert case.end() is None

    row = stub_of(case, since)
    (stub,) = (change["rev"] for change in row["changes"])
    assert stub.startswith("2-s")
    got = team.chen.api.post(
        "_bulk_get", {"docs": [{"id": case.registration, "rev": stub}]}, revs=True
    ).json()["results"][0]["docs"][0]["ok"]
    assert got == {
        "_id": case.registration,
        "_rev": stub,
        "_deleted": True,
        "_revisions": {"start": 2, "ids": [stub[2:], shown[2:]]},
    }
    assert team.chen.api.get(case.registration, open_revs=[stub]).json()[0]["ok"]["_deleted"]


@pytest.mark.parametrize("how", ["ended", "rejected", "done", "consent withdrawn"])
def test_whatever_ends_the_sharing_ends_the_addressees_sight(
    team: Team, case: Case, how: str
) -> None:
    since, rev = team.chen.api.last_seq(), case.revs[case.registration]

    if how == "ended":
        assert case.end() is None
    elif how == "consent withdrawn":
        assert case.consent(False) is None
    else:
        assert case.answer(how) is None

    stub_of(case, since)
    assert not team.chen.sees(case.registration)
    assert is_error(team.chen.api.get(case.registration, rev=rev), 404, "not_found")
    assert case.registration not in team.chen.api.get("_all_docs").text
    assert team.amina.sees(case.registration)
    assert team.bilal.sees(case.registration)


@pytest.mark.parametrize("response", ["rejected", "done"])
def test_who_ends_their_own_access_by_an_edit_is_shown_a_stub_above_it(
    team: Team, case: Case, response: str
) -> None:
    since, accepted = team.chen.api.last_seq(), case.revs[case.referral]

    assert case.answer(response) is None

    row = team.chen.api.ids(since)[case.referral]
    (stub,) = (change["rev"] for change in row["changes"])
    wanted = {"docs": [{"id": case.referral, "rev": stub}]}
    (told,) = team.chen.api.post("_bulk_get", wanted, revs=True).json()["results"][0]["docs"]
    assert told["ok"]["_deleted"]
    path = [stub, case.revs[case.referral], accepted]
    ids = [rev.partition("-")[2] for rev in path]
    assert told["ok"]["_revisions"]["ids"][: len(ids)] == ids
    assert team.amina.sees(case.referral)


def test_who_ends_their_own_access_is_told_to_forget_what_they_pushed_with_it(
    team: Team, case: Case
) -> None:
    """Their tablet holds these revisions, which nobody else who loses access does."""
    referred = {**Case.referred(), "forms": ["k23"]}
    first, second, third, name = new_rev(1), new_rev(2), new_rev(3), ulid()
    team.amina.push(team.amina.document(case.record, "k2", referred, name=name), first)
    accepted = {**referred, "response": "accepted"}
    team.chen.push(team.chen.document(case.record, "k2", accepted, name=name), second, first)
    since = team.chen.api.last_seq()
    answers = {"visited_on": "2026-11-24", "contact_type": "home_visit", "situation": "well"}
    follow_up = team.chen.document(case.record, "k23", answers, name=ulid())
    done = team.chen.document(case.record, "k2", {**referred, "response": "done"}, name=name)
    paths = {follow_up["_id"]: (new_rev(1),), done["_id"]: (third, second)}
    sent = [revision(one, *paths[one["_id"]]) for one in (follow_up, done)]

    assert team.chen.api.push(*sent) == []

    told = team.chen.api.ids(since)
    for document, path in paths.items():
        asked = [{"id": document, "rev": one["rev"]} for one in told[document]["changes"]]
        stubs = team.chen.api.post("_bulk_get", {"docs": asked}, revs=True).json()["results"]
        found = [stub["docs"][0]["ok"] for stub in stubs]
        assert all(one["_deleted"] for one in found)
        assert path[0].partition("-")[2] in {one["_revisions"]["ids"][1] for one in found}
    assert team.amina.sees(follow_up["_id"])


def test_withdrawn_consent_leaves_the_referral_itself_visible(team: Team, case: Case) -> None:
    case.consent(False)

    assert team.chen.sees(case.referral)


def test_nobody_else_is_told_of_a_revocation(team: Team, case: Case) -> None:
    since = {name: getattr(team, name).api.last_seq() for name in ("amina", "bilal", "dina")}

    case.end()

    assert team.dina.api.ids(since["dina"]) == {}
    for name in ("amina", "bilal"):
        told = getattr(team, name).api.ids(since[name])
        assert not any(row.get("deleted") for row in told.values())


def test_a_stub_that_is_pushed_back_is_ok_and_stores_nothing(team: Team, case: Case) -> None:
    since, shown = team.chen.api.last_seq(), case.revs[case.registration]
    case.end()
    (stub,) = (change["rev"] for change in stub_of(case, since)["changes"])
    before = {"amina": team.amina.api.last_seq(), "chen": team.chen.api.last_seq()}
    document = {"_id": case.registration, "_deleted": True}

    assert team.chen.api.post("_revs_diff", {case.registration: [stub]}).json() == {}
    assert team.chen.push(document, stub, shown) is None

    assert team.amina.api.ids(before["amina"]) == {}
    assert team.chen.api.ids(before["chen"]) == {}
    assert team.amina.api.get(case.registration).json()["_rev"] == shown


def test_nobody_else_can_push_a_persons_stub(team: Team, case: Case) -> None:
    since, shown = team.chen.api.last_seq(), case.revs[case.registration]
    case.end()
    (stub,) = (change["rev"] for change in stub_of(case, since)["changes"])
    document = {"_id": case.registration, "_deleted": True}

    for tablet in (team.amina, team.dina):
        row = tablet.push(document, stub, shown)
        assert row is not None
        assert row["error"] == "forbidden"
    assert team.amina.sees(case.registration)


def test_an_edit_made_before_the_tablet_knew_of_its_revocation_is_kept_in_quarantine(
    team: Team, case: Case
) -> None:
    case.end()

    row = case.edit(team.chen, case.registration, {**REGISTRATION, "age": 9})

    assert row is not None
    assert row["error"] == "forbidden"
    assert "age" not in team.amina.api.get(case.registration).json()["data"]


def test_a_document_that_is_granted_again_is_shown_again_above_the_stub(
    team: Team, case: Case
) -> None:
    shown = case.revs[case.registration]
    assert case.consent(False) is None
    since = team.chen.api.last_seq()

    assert case.consent(True) is None

    row = team.chen.api.ids(since)[case.registration]
    (rev,) = (change["rev"] for change in row["changes"])
    told = team.chen.api.get(case.registration, rev=rev, revs=True).json()
    assert "deleted" not in row
    assert rev.startswith("2-t")
    assert told["_revisions"]["ids"] == [rev[2:], shown[2:]]
    assert told["data"] == REGISTRATION


def test_a_touch_beats_the_stub_when_a_tablet_holds_both(team: Team, case: Case) -> None:
    since = team.chen.api.last_seq()
    case.consent(False)
    (stub,) = (change["rev"] for change in stub_of(case, since)["changes"])
    case.consent(True)

    rev = team.chen.api.get(case.registration).json()["_rev"]

    assert int(rev.partition("-")[0]) >= int(stub.partition("-")[0])
    assert rev != stub
    assert team.chen.sees(case.registration)


def test_a_document_edited_while_it_was_hidden_is_shown_as_it_is_now(
    team: Team, case: Case
) -> None:
    case.consent(False)
    assert case.edit(team.amina, case.registration, {**REGISTRATION, "age": 9}) is None

    case.consent(True)

    told = team.chen.api.get(case.registration).json()
    assert told["data"]["age"] == 9


def test_sharing_may_end_and_begin_again_many_times(team: Team, case: Case) -> None:
    for _ in range(3):
        since = team.chen.api.last_seq()
        assert case.consent(False) is None
        stub_of(case, since)
        assert not team.chen.sees(case.registration)
        since = team.chen.api.last_seq()
        assert case.consent(True) is None
        assert "deleted" not in team.chen.api.ids(since)[case.registration]
        assert team.chen.sees(case.registration)


def test_a_tablet_that_begins_is_not_told_to_delete_what_it_never_had(
    team: Team, case: Case
) -> None:
    case.end()

    assert case.registration not in team.new_tablet_of_chen().api.ids()


def test_a_tablet_that_begins_anew_is_told_to_delete_what_it_may_have(
    team: Team, case: Case
) -> None:
    """It has lost its checkpoint, or had stored its first page and not written one."""
    assert case.registration in team.chen.api.ids()
    case.end()

    assert team.chen.api.ids()[case.registration]["deleted"] is True


def test_a_tablet_that_first_asked_for_what_is_new_is_told_what_was_revoked_since(
    team: Team, case: Case
) -> None:
    tablet = team.new_tablet_of_chen().api
    assert tablet.ids("now") == {}
    case.end()

    assert tablet.ids()[case.registration]["deleted"] is True


def test_a_tablet_that_sent_something_before_it_asked_is_told_what_was_revoked_since(
    team: Team, case: Case
) -> None:
    """It holds what it has sent, and may have lost the right to see it before its first page."""
    tablet = team.new_tablet_of_chen()
    assert case.answer("done", tablet) is None

    assert tablet.api.ids()[case.referral]["deleted"] is True


def test_an_ended_referral_that_is_resumed_shares_again(team: Team, case: Case) -> None:
    case.end()

    row = case.resume()

    assert row is not None or team.chen.sees(case.registration)
