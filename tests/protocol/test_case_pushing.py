"""What a case database takes from a tablet, and what it keeps in quarantine instead.

Ours: docs/reference/protocol.md, Where a case database differs from CouchDB, and errors.md.
"""

from __future__ import annotations

import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.protocol.api import Json, is_error, revision
from tests.protocol.cases import (
    REGISTRATION,
    Case,
    Tablet,
    Team,
    accepted_case,
    new_case,
    new_rev,
    photo,
    ulid,
)


@pytest.fixture
def case(team: Team) -> Case:
    return new_case(team)


def quarantined(tablet: Tablet, team: Team, document: str) -> list[Json]:
    answer = tablet.persona.session.get(f"{team.api_url}/quarantine", timeout=10)
    return [row for row in answer.json()["quarantine"] if row["document"] == document]


def is_refused(row: Json | None, code: str) -> bool:
    assert row is not None
    assert row["error"] == "forbidden"
    assert row["reason"].partition(":")[0] == code
    return True


def test_a_replayed_push_is_answered_ok_and_changes_nothing(team: Team, case: Case) -> None:
    document = team.amina.document(case.record, "k22", {}, state="draft")
    rev = new_rev(1)
    assert team.amina.push(document, rev) is None
    before = team.amina.api.last_seq()

    for _ in range(3):
        assert team.amina.push(document, rev) is None

    assert team.amina.api.last_seq() == before
    assert quarantined(team.amina, team, document["_id"]) == []


def test_a_replayed_push_of_an_older_revision_is_ok_too(team: Team, case: Case) -> None:
    document = team.amina.document(case.record, "k22", {}, state="draft")
    first, second = new_rev(1), new_rev(2)
    team.amina.push(document, first)
    edited = team.amina.document(case.record, "k22", {"summary": "x"}, state="draft")
    team.amina.push(edited, second, first)

    assert team.amina.push(document, first) is None
    assert team.amina.api.get(document["_id"]).json()["_rev"] == second


def test_the_same_revision_with_another_body_is_refused_and_kept(team: Team, case: Case) -> None:
    rev = case.revs[case.registration]
    other = team.amina.document(case.record, "k21", {**REGISTRATION, "age": 3})

    row = team.amina.push(other, rev)

    assert is_refused(row, "same_revision_other_content")
    (kept,) = quarantined(team.amina, team, case.registration)
    assert (kept["rev"], kept["reason"]) == (rev, "same_revision_other_content")
    assert (kept["owner"], kept["device"]) == ("amina", "amina-tablet-1")
    assert "age" not in team.amina.api.get(case.registration).json()["data"]


def test_a_refused_document_is_in_quarantine_once_however_often_it_is_pushed(
    team: Team, case: Case
) -> None:
    wrong = team.amina.document(case.record, "k22", {"risk_level": "enormous"})
    rev = new_rev(1)

    for _ in range(3):
        assert is_refused(team.amina.push(wrong, rev), "invalid_answers")

    (kept,) = quarantined(team.amina, team, wrong["_id"])
    told = {(one["path"], one["code"], one["question"]["en"]) for one in kept["problems"]}
    assert ("risk_level", "not_an_option", "Risk level") in told


def test_the_quarantine_tells_what_is_wrong_and_never_the_answer(team: Team, case: Case) -> None:
    answer = f"an answer that nobody may read {secrets.token_hex(4)}"
    wrong = team.amina.document(case.record, "k22", {"risk_level": answer, answer: 1})

    row = team.amina.push(wrong, new_rev(1))
    told = team.bilal.persona.session.get(f"{team.api_url}/quarantine", timeout=10)

    assert answer not in str(row)
    assert answer not in told.text
    assert answer not in team.server.log


def test_a_refused_document_does_not_stop_its_neighbours(team: Team, case: Case) -> None:
    good = team.amina.document(case.record, "k22", {}, state="draft")
    wrong = team.amina.document(case.record, "k20", {})
    name = f"{case.record}:k7:{ulid()}"
    note = {**team.amina.document(case.record, "k7", {}, state="draft"), "_id": name}

    rows = team.amina.api.push(*(revision(one, new_rev(1)) for one in (good, wrong, note)))

    assert [row["id"] for row in rows] == [wrong["_id"]]
    assert team.amina.sees(good["_id"])
    assert team.amina.sees(name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"author": "bilal"}, "false_author"),
        ({"device": "bilal-tablet-1"}, "false_author"),
        ({"author": None}, "false_author"),
        ({"device": 7}, "false_author"),
        ({"form": "k22"}, "unknown_form"),
        ({"form": "k999"}, "unknown_form"),
        ({"form": 7}, "bad_envelope"),
        ({"form_rev": 99}, "unknown_form"),
        ({"form_rev": True}, "bad_envelope"),
        ({"form_rev": "1"}, "bad_envelope"),
        ({"edited_at": 7}, "bad_envelope"),
        ({"salt": "short"}, "bad_envelope"),
        ({"salt": None}, "bad_envelope"),
        ({"state": "finished"}, "bad_envelope"),
        ({"state": []}, "bad_envelope"),
        ({"data": []}, "bad_envelope"),
        ({"data": None}, "bad_envelope"),
        ({"more": 1}, "bad_envelope"),
        ({"data": {"sex": 7}}, "invalid_answers"),
        ({"data": {"unknown": 7}}, "invalid_answers"),
        ({"_deleted": True}, "deletion_not_allowed"),
        ({"_unknown": 1}, "doc_validation"),
    ],
)
def test_a_document_with_a_wrong_envelope_is_refused_and_kept(
    team: Team, case: Case, change: Json, code: str
) -> None:
    document = {**team.amina.document(case.record, "k21", REGISTRATION), **change}

    row = team.amina.push(document, new_rev(2), case.revs[case.registration])

    assert is_refused(row, code)
    assert code in {one["reason"] for one in quarantined(team.amina, team, case.registration)}
    assert team.amina.api.get(case.registration).json()["_rev"] == case.revs[case.registration]


@pytest.mark.parametrize(
    "value", [[], {}, 7, True, "x", None, [[]], {"a": {}}, 1e308, "\u0000", [None]]
)
@pytest.mark.parametrize(
    "member", ["merge", "settles", "edited_at", "data", "state", "form", "_attachments", "salt"]
)
def test_a_member_of_the_wrong_type_never_breaks_the_server(
    team: Team, case: Case, member: str, value: object
) -> None:
    document = {**team.amina.document(case.record, "k21", REGISTRATION), member: value}

    for rev in (new_rev(2), "2-m" + secrets.token_hex(16)[1:], "2-s" + secrets.token_hex(16)[1:]):
        row = team.amina.push(document, rev, case.revs[case.registration])
        assert row is None or row["error"] in ("forbidden", "doc_validation", "missing_stub"), row


@pytest.mark.parametrize(
    "name",
    [
        *("{}", "{}:", "{}:k21:", "{}:k21:x", "{}:k21:" + "0" * 26, "x:k21", "k21"),
        *("{}:k21:extra:more", " {}:k21", "{}:K21", "{}:k021", "lot:001", "{}:k21\n"),
    ],
)
def test_a_document_with_an_id_that_is_none_of_ours_is_refused(team: Team, name: str) -> None:
    record = str(uuid.uuid4())
    document = {**team.amina.document(record, "k21", REGISTRATION), "_id": name.format(record)}

    assert is_refused(team.amina.push(document, new_rev(1)), "bad_document_id")


@pytest.mark.parametrize("persona", ["chen", "dina"])
def test_who_does_not_see_a_document_cannot_write_it(team: Team, case: Case, persona: str) -> None:
    tablet = getattr(team, persona)
    rev = case.revs[case.registration]

    row = case.edit(tablet, case.registration, {**REGISTRATION, "age": 3})

    assert is_refused(row, "not_allowed")
    assert case.registration in {
        one["document"] for one in quarantined(tablet, team, case.registration)
    }
    assert team.amina.api.get(case.registration).json()["_rev"] == rev


def test_a_refusal_does_not_tell_whether_a_record_exists(team: Team, case: Case) -> None:
    """A document of a form the author may begin: only the record differs."""
    rows = [
        team.chen.push(team.chen.document(record, "k21", REGISTRATION), new_rev(1))
        for record in (case.record, str(uuid.uuid4()))
    ]

    reasons = {row["reason"] for row in rows if row}
    assert len(reasons) == 1


def test_an_edit_without_a_revision_must_be_made_on_what_stands(team: Team, case: Case) -> None:
    """Source: CouchDB's documentation, api/document/common, `PUT /{db}/{docid}`."""
    fresh = team.amina.document(case.record, "k21", {**REGISTRATION, "age": 4})

    blind = team.amina.api.put(case.registration, fresh)
    made = team.amina.api.put(case.registration, {**fresh, "_rev": case.revs[case.registration]})

    assert is_error(blind, 409, "conflict")
    assert made.status_code == 201


def test_a_case_document_is_never_deleted_by_a_tablet(team: Team, case: Case) -> None:
    answer = team.amina.api.delete(case.registration, rev=case.revs[case.registration])

    assert is_error(answer, 403, "forbidden")
    assert team.amina.sees(case.registration)


def test_two_edits_of_different_fields_are_merged(team: Team, case: Case) -> None:
    first = case.revs[case.registration]
    for tablet, more in ((team.amina, {"age": 9}), (team.bilal, {"in_school": True})):
        edited = tablet.document(case.record, "k21", {**REGISTRATION, **more})
        assert tablet.push(edited, new_rev(2), first) is None

    told = team.amina.api.get(case.registration, conflicts=True).json()

    assert told["data"] == {**REGISTRATION, "age": 9, "in_school": True}
    assert told["_rev"].startswith("3-m")
    assert "_conflicts" not in told


def test_only_the_addressee_answers_a_referral(team: Team, case: Case) -> None:
    for tablet in (team.amina, team.bilal, team.dina):
        assert is_refused(case.answer("accepted", by=tablet), "not_allowed")
    assert not team.chen.sees(case.registration)

    assert case.answer("accepted") is None
    assert team.chen.sees(case.registration)


@pytest.mark.parametrize(
    "change", [{"forms": ["k1", "k20", "k21", "k22"]}, {"to_user": "dina"}, {"ended": True}]
)
def test_the_addressee_changes_nothing_but_the_answer(team: Team, case: Case, change: Json) -> None:
    data = {**case.referred(), "response": "accepted", **change}

    assert is_refused(case.edit(team.chen, case.referral, data), "not_allowed")
    assert not team.chen.sees(case.registration)


@pytest.mark.parametrize("change", [{"forms": ["k1"]}, {"to_user": "dina"}])
def test_whom_a_referral_is_to_and_what_it_shares_never_change(
    team: Team, case: Case, change: Json
) -> None:
    row = case.edit(team.amina, case.referral, {**case.referred(), **change})

    assert is_refused(row, "not_allowed")
    assert not team.dina.sees(case.referral)


def test_a_referral_to_nobody_we_know_is_refused(team: Team, case: Case) -> None:
    data = {**case.referred(), "to_user": "nobody"}
    document = team.amina.document(case.record, "k2", data, name=ulid())

    assert is_refused(team.amina.push(document, new_rev(1)), "invalid_answers")


def test_a_referral_that_answers_itself_is_refused(team: Team, case: Case) -> None:
    data = {**case.referred(), "response": "accepted"}
    document = team.amina.document(case.record, "k2", data, name=ulid())

    assert is_refused(team.amina.push(document, new_rev(1)), "not_allowed")


def test_the_addressee_does_not_write_the_agreed_forms_beyond_the_own_role(team: Team) -> None:
    case = accepted_case(team)

    row = case.edit(team.chen, case.registration, {**REGISTRATION, "age": 3})

    assert is_refused(row, "not_allowed")


def test_without_consent_an_accepted_referral_shows_nothing_but_itself(team: Team) -> None:
    case = new_case(team, consent=False)

    assert case.answer("accepted") is None

    assert team.chen.sees(case.referral)
    assert not team.chen.sees(case.registration)


def test_a_photo_is_stored_under_the_digest_of_its_content(team: Team, case: Case) -> None:
    content = secrets.token_bytes(2000)
    document = photo(team.amina, case.record, content)
    (name,) = document["_attachments"]

    assert team.amina.push(document) is None

    assert team.amina.api.get(f"{document['_id']}/{name}").content == content
    assert team.bilal.api.get(f"{document['_id']}/{name}").content == content
    for tablet in (team.chen, team.dina):
        hidden = tablet.api.get(f"{document['_id']}/{name}")
        assert is_error(hidden, 404, "not_found")


def test_a_photo_under_another_name_is_refused(team: Team, case: Case) -> None:
    document = photo(team.amina, case.record, b"content", name=f"{'0' * 64}.jpg")

    assert is_refused(team.amina.push(document), "attachment_name")


def test_a_photo_that_somebody_else_made_is_not_had_by_naming_its_digest(
    team: Team, case: Case
) -> None:
    document = photo(team.amina, case.record, b"seen by amina alone")
    assert team.amina.push(document) is None
    (name,) = document["_attachments"]
    told = team.amina.api.get(document["_id"]).json()["_attachments"][name]
    record = str(uuid.uuid4())
    stolen = team.dina.document(record, "k8", {"file": name}, name=ulid())
    stolen["_attachments"] = {name: {**told, "stub": True}}

    row = team.dina.push(stolen)

    assert row is not None
    assert team.dina.api.get(f"{stolen['_id']}/{name}").status_code == 404


def test_a_refusal_is_told_in_the_language_of_the_request_behind_a_stable_code(
    team: Team, case: Case
) -> None:
    wrong = revision(team.amina.document(case.record, "k22", {"risk_level": 7}), new_rev(1))
    reasons = {
        language: team.amina.api.request(
            "POST",
            "_bulk_docs",
            json={"docs": [wrong], "new_edits": False},
            headers={"Accept-Language": language},
        ).json()[0]["reason"]
        for language in ("en", "ar", "so", "fr")
    }

    assert len(set(reasons.values())) == 4
    assert {reason.partition(":")[0] for reason in reasons.values()} == {"invalid_answers"}


def test_what_two_tablets_send_at_the_same_time_is_all_kept(team: Team, case: Case) -> None:
    def send(tablet: Tablet, number: int) -> int:
        document = tablet.document(case.record, "k7", {}, state="draft", name=ulid())
        session = requests.Session()
        session.auth = tablet.persona.session.auth
        body: Json = {"docs": [revision(document, new_rev(1))], "new_edits": False}
        answer = session.post(f"{tablet.api.url}/_bulk_docs", json=body, timeout=30)
        return number if answer.json() == [] else -1

    with ThreadPoolExecutor(8) as threads:
        sent = [
            threads.submit(send, tablet, n)
            for n in range(10)
            for tablet in (team.amina, team.bilal)
        ]
    assert sorted(one.result() for one in sent) == sorted([*range(10)] * 2)
    notes = [one for one in team.amina.api.ids() if one.startswith(f"{case.record}:k7:")]
    assert len(notes) == 20
