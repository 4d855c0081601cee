"""Who sees a case, at every door. dina is at another agency; chen has been referred one.

Ours: docs/reference/protocol.md, Who asks, and Where a case database differs from CouchDB.
"""

from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest
import requests

from tests.protocol.api import Api, is_error, revision, row_ids
from tests.protocol.cases import REGISTRATION, Case, Tablet, Team, accepted_case, new_case, new_rev
from tests.support.personas import administrator
from tests.support.server import ADMIN, KanafServer


@pytest.fixture
def case(team: Team) -> Case:
    return new_case(team)


def refused_to(tablet: Tablet, case: Case) -> None:
    """Asserts that a tablet can't tell a case from one that never was, at any door.

    The other's id is the next in the order of ids: what a tablet sees lies before both, or neither.
    """
    record, _, form = case.registration.partition(":")
    seen, never = case.registration, f"{uuid.UUID(int=uuid.UUID(record).int - 1)}:{form}"
    rev = case.revs[case.registration]
    for path, parameters in (
        ("{}", {}),
        ("{}", {"rev": rev}),
        ("{}", {"rev": rev, "revs": True, "revs_info": True, "conflicts": True}),
        ("{}", {"open_revs": "all"}),
        ("{}", {"open_revs": [rev]}),
        ("{}", {"open_revs": [rev], "latest": True}),
        ("{}/file.jpg", {}),
        ("{}/file.jpg", {"rev": rev}),
        ("_all_docs", {"keys": ["{}"], "include_docs": True}),
        ("_all_docs", {"key": '"{}"', "include_docs": True}),
    ):
        answers = [_asked(tablet, path, parameters, one) for one in (seen, never)]
        assert answers[0] == answers[1]
        assert rev not in str(answers[0]).replace(str(parameters), "") or "open_revs" in parameters
    for path, body in (
        ("_bulk_get", {"docs": [{"id": "{}", "rev": rev}, {"id": "{}"}]}),
        ("_revs_diff", {"{}": [rev]}),
        ("_all_docs", {"keys": ["{}"]}),
    ):
        posted = [_posted(tablet, path, body, one) for one in (seen, never)]
        assert posted[0] == posted[1]


def _asked(tablet: Tablet, path: str, parameters: dict, document: str) -> tuple[int, str]:
    given = {
        name: _filled(value, document) if isinstance(value, str | list) else value
        for name, value in parameters.items()
    }
    return _told(tablet.api.get(path.format(document), **given), document)


def _posted(tablet: Tablet, path: str, body: dict, document: str) -> tuple[int, str]:
    return _told(tablet.api.post(path, _filled(body, document)), document)


def _told(answer: requests.Response, document: str) -> tuple[int, str]:
    return answer.status_code, answer.text.replace(document, "{}")


def _filled(value, document: str):
    if isinstance(value, dict):
        return {_filled(name, document): _filled(one, document) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, document) for one in value]
    return value.replace("{}", document)


def test_who_has_nothing_to_do_with_a_case_cannot_tell_it_from_none(team: Team, case: Case) -> None:
    refused_to(team.dina, case)


def test_before_accepting_the_addressee_sees_the_referral_and_nothing_else(
    team: Team, case: Case
) -> None:
    assert team.chen.sees(case.referral)
    refused_to(team.chen, case)


def test_the_owner_and_the_groups_supervisor_see_all_of_a_case(team: Team, case: Case) -> None:
    for tablet in (team.amina, team.bilal):
        for document in (case.opening, case.registration, case.referral):
            assert tablet.sees(document)


def test_the_addressee_who_accepted_sees_the_agreed_forms_and_no_others(team: Team) -> None:
    case = accepted_case(team)

    assert team.chen.sees(case.registration)
    assert not team.chen.sees(case.opening)


def test_a_hidden_document_is_missing_in_couchdbs_words(team: Team, case: Case) -> None:
    """Source: CouchDB, chttpd_db.erl, db_doc_req/3 and db_req/2, for the words.

    Ours: that `_bulk_get` leaves it out.
    """
    rev = case.revs[case.registration]

    answer = team.dina.api.get(case.registration)
    rows = team.dina.api.get(case.registration, open_revs=[rev]).json()
    got = team.dina.api.post("_bulk_get", {"docs": [{"id": case.registration, "rev": rev}]}).json()
    lacking = team.dina.api.post("_revs_diff", {case.registration: [rev]}).json()

    assert is_error(answer, 404, "not_found")
    assert answer.json()["reason"] == "missing"
    assert rows == [{"missing": rev}]
    assert got == {"results": []}
    assert lacking == {case.registration: {"missing": [rev]}}


def test_a_bulk_get_leaves_out_what_is_hidden_and_answers_the_rest(team: Team, case: Case) -> None:
    asked = [{"id": name, "rev": rev} for name, rev in case.revs.items()]

    rows = team.chen.api.post("_bulk_get", {"docs": asked}).json()["results"]

    assert [row["id"] for row in rows] == [case.referral]


def test_a_feed_contains_exactly_the_visible_documents(team: Team) -> None:
    tablets = (team.amina, team.bilal, team.chen, team.dina)
    since = [tablet.api.last_seq() for tablet in tablets]
    cases = [new_case(team), accepted_case(team)]
    every = {document for case in cases for document in case.revs}
    shared = {cases[0].referral, cases[1].referral, cases[1].registration}

    told = [tablet.api.ids(seq).keys() for tablet, seq in zip(tablets, since, strict=True)]

    assert told == [every, every, shared, set()]


def test_every_list_and_count_agrees_with_what_each_person_can_read(team: Team, case: Case) -> None:
    for tablet in (team.amina, team.bilal, team.chen, team.dina):
        listed = row_ids(tablet.api.get("_all_docs"))
        fed = {one for one, row in tablet.api.ids().items() if not row.get("deleted")}
        told = tablet.api.get().json()

        assert set(listed) == fed
        assert told["doc_count"] == len(listed) == tablet.api.get("_all_docs").json()["total_rows"]
        assert all(tablet.sees(one) for one in listed[:5])
        assert (case.registration in listed) == (tablet in (team.amina, team.bilal))


def test_old_revisions_and_losing_leaves_are_as_hidden_as_the_winner(
    team: Team, case: Case
) -> None:
    first = case.revs[case.registration]
    case.edit(team.amina, case.registration, {**REGISTRATION, "age": 9})
    second = case.revs[case.registration]
    rival = team.bilal.document(case.record, "k21", {**REGISTRATION, "age": 10})
    losing = new_rev(2)
    assert team.bilal.push(rival, losing, first) is None

    for rev in (first, second, losing):
        assert team.amina.api.get(case.registration, rev=rev).status_code == 200
        assert is_error(team.dina.api.get(case.registration, rev=rev), 404, "not_found")
        assert team.dina.api.get(case.registration, open_revs=[rev]).json() == [{"missing": rev}]


def test_conflicts_and_quarantine_are_told_only_to_whom_they_concern(team: Team) -> None:
    case = new_case(team, referred=False)
    first = case.revs[case.registration]
    for tablet, age in ((team.amina, 9), (team.bilal, 10)):
        edited = tablet.document(case.record, "k21", {**REGISTRATION, "age": age})
        assert tablet.push(edited, new_rev(2), first) is None
    wrong = team.amina.document(case.record, "k21", {**REGISTRATION, "age": "nine"})
    assert team.amina.push(wrong, new_rev(2), first) is not None

    def told(tablet: Tablet, what: str) -> set[str]:
        answer = tablet.persona.session.get(f"{team.api_url}/{what}", timeout=10)
        return {row["document"] for row in answer.json()[what]}

    for what in ("conflicts", "quarantine"):
        assert case.registration in told(team.amina, what)
        assert case.registration in told(team.bilal, what)
        assert case.registration not in told(team.chen, what)
        assert case.registration not in told(team.dina, what)


def clashing(team: Team) -> Case:
    """A case on which amina and bilal have noted two ages, apart."""
    case = new_case(team, referred=False)
    first = case.revs[case.registration]
    for tablet, age in ((team.amina, 9), (team.bilal, 10)):
        edited = tablet.document(case.record, "k21", {**REGISTRATION, "age": age})
        assert tablet.push(edited, new_rev(2), first) is None
    return case


def test_a_notice_of_what_was_settled_is_in_no_list_and_counted_as_deleted(team: Team) -> None:
    case = clashing(team)
    before = team.bilal.api.get().json()
    (notice,) = (one for one in row_ids(team.bilal.api.get("_all_docs")) if is_notice(one, case))
    shown = team.bilal.api.get(case.registration).json()
    revs = [one["rev"] for one in shown["merge"]["open"]["data.age"]]
    decided = team.bilal.document(case.record, "k21", {**REGISTRATION, "age": 9})
    decided |= {"_rev": shown["_rev"], "settles": {"data.age": revs}}
    team.bilal.api.write(decided)

    after, listing = team.bilal.api.get().json(), team.bilal.api.get("_all_docs")

    assert is_error(team.bilal.api.get(notice), 404, "not_found")
    assert notice not in row_ids(listing)
    assert after["doc_count"] == listing.json()["total_rows"] == before["doc_count"] - 1
    assert after["doc_del_count"] == before["doc_del_count"] + 1


def is_notice(document: str, case: Case) -> bool:
    return document.startswith(f"{case.record}:conflict:")


def test_an_open_unit_is_told_with_each_value_and_who_wrote_it(team: Team) -> None:
    case = clashing(team)

    answer = team.bilal.persona.session.get(f"{team.api_url}/conflicts", timeout=10).json()

    (row,) = (one for one in answer["conflicts"] if one["document"] == case.registration)
    values = {(one["value"], one["author"]) for one in row["open"]["data.age"]}
    assert values == {(9, "amina"), (10, "bilal")}
    assert row["rev"] == team.amina.api.get(case.registration).json()["_rev"]


def test_how_a_merge_came_about_is_told_to_who_sees_the_document(team: Team) -> None:
    case = clashing(team)
    path = f"merges/{quote(case.registration, safe='')}"

    def told(tablet: Tablet) -> requests.Response:
        return tablet.persona.session.get(f"{team.api_url}/{path}", timeout=10)

    explained = told(team.amina).json()
    assert [(one["unit"], one["how"]) for one in explained["units"]] == [("data.age", "open")]
    assert is_error(told(team.dina), 404, "not_found")


def test_in_an_open_database_nothing_is_merged_and_no_merge_is_told(team: Team) -> None:
    with administrator() as session:
        reference = Api(f"{team.server.url}/sync/not-merged", session)
        assert reference.put().status_code == 201
        for rev in ("1-a", "1-b"):
            assert reference.push(revision({"_id": "apart"}, rev)) == []

        told = session.get(f"{team.server.url}/api/v1/not-merged/merges/apart", timeout=10)

    assert is_error(told, 404, "not_found")


def test_the_configuration_is_seen_by_every_tablet_and_written_by_none(team: Team) -> None:
    for tablet in (team.amina, team.dina):
        form = tablet.api.get("shared:form:k21.1")
        assert form.status_code == 200
        row = tablet.push({"_id": "shared:form:k21.1"}, new_rev(2), form.json()["_rev"])
        assert row is not None
        assert row["error"] == "forbidden"


def test_the_since_of_another_user_means_from_the_start(team: Team, case: Case) -> None:
    everything = team.amina.api.ids()

    told = team.amina.api.ids(since=team.bilal.api.last_seq())

    assert told.keys() == everything.keys()


def test_an_administrator_reads_no_case(team: Team, case: Case, admin: requests.Session) -> None:
    api = Api(team.amina.api.url, admin)

    for answer in (api.get(case.registration), api.get("_all_docs"), api.get("_changes")):
        assert answer.status_code in (403, 404) or case.record not in answer.text


def test_a_password_lets_nobody_into_a_case_database(team: Team) -> None:
    for path in ("", "/_all_docs", "/_changes", "/x", "/_local/x"):
        answer = requests.get(team.amina.api.url + path, auth=ADMIN, timeout=10)
        assert is_error(answer, 403, "forbidden")
        assert answer.json()["reason"].startswith("device_needed")


def test_a_session_begun_with_a_password_lets_nobody_into_a_case_database(
    team: Team, server: KanafServer
) -> None:
    password = "a caseworker's own password"
    server.run(
        *("user", "add", "amina-with-password", "--role", "caseworker", "--agency", "A"),
        *("--group", "khartoum", "--password-stdin"),
        standard_input=password + "\n",
    )
    session = requests.Session()
    account = {"name": "amina-with-password", "password": password}
    begun = session.post(f"{server.url}/sync/_session", json=account, timeout=10)
    assert begun.status_code == 200

    answer = session.get(f"{team.amina.api.url}/_changes", timeout=10)

    assert is_error(answer, 403, "forbidden")
    assert answer.json()["reason"].startswith("device_needed")


@pytest.mark.parametrize("name", ["amina-tablet-1", "amina", "nobody", ""])
def test_a_wrong_token_lets_nobody_in(team: Team, name: str) -> None:
    answer = requests.get(team.amina.api.url, auth=(name, "guessed"), timeout=10)

    assert is_error(answer, 401, "unauthorized")


def test_a_device_signs_in_only_under_its_own_name(team: Team) -> None:
    token = team.amina.persona.token

    answer = requests.get(team.amina.api.url, auth=("dina-tablet-1", token), timeout=10)

    assert is_error(answer, 401, "unauthorized")
