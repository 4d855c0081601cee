"""What comes of edits made apart, for those who work with the case."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from sync_server.errors import DocumentMissing
from sync_server.service.case_forms import MergePolicy
from sync_server.service.explaining import merge_seen_by, merges_of_record
from sync_server.service.merge_policy import UnknownField, change_policy
from tests.service.clashes import AGE, CONSENT, age_clash, consent_clash, notices_of, settled
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on

LOW = {"assessed_on": "2026-11-01", "risk_level": "low", "needs": [], "summary": "."}


def risks_apart(programme: Programme, **amina_adds: str) -> dict[str, Any]:
    """Amina raises a risk high, bilal to the middle; amina's answers."""
    programme.write("amina", "k22", LOW)
    high = {**LOW, "risk_level": "high", **amina_adds}
    programme.fork("k22", ("amina", high), ("bilal", {**LOW, "risk_level": "medium"}))
    return high


def test_a_caseworker_settles_a_plain_field(programme: Programme) -> None:
    clash = age_clash(programme)
    answer = programme.write("amina", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    assert answer.code is None
    assert programme.shown("bilal", "k21")["merge"]["open"] == {}


def test_a_protected_field_is_settled_by_supervisors_only(programme: Programme) -> None:
    clash = consent_clash(programme)

    assert programme.write("amina", "k1", CASE, **settled(clash, CONSENT)).code == "not_allowed"
    assert programme.write("bilal", "k1", CASE, **settled(clash, CONSENT)).code is None


def test_a_programme_may_leave_all_settling_to_supervisors(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", caseworkers_settle=False)
    programme.refresh()
    clash = age_clash(programme)
    answer = programme.write("amina", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    assert answer.code == "not_allowed"


def test_where_supervisors_settle_an_ordinary_edit_decides_nothing(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", caseworkers_settle=False)
    programme.refresh()
    clash = age_clash(programme)
    programme.write("amina", "k21", {**REGISTRATION, "age": 8}, _rev=clash["_rev"])

    assert set(programme.shown("bilal", "k21")["merge"]["open"]) == {AGE}


def test_where_supervisors_settle_they_settle_states_and_attachments_too(
    programme: Programme,
) -> None:
    change_policy(programme.kanaf, "sudan", caseworkers_settle=False)
    clash = state_clash(programme)

    refused = programme.write("amina", "k21", clash["data"], **settled(clash, "state"))
    assert refused.code == "not_allowed"
    assert programme.write("bilal", "k21", clash["data"], **settled(clash, "state")).code is None


def state_clash(programme: Programme) -> dict[str, Any]:
    """A draft that amina completes while bilal, apart, takes an answer out that it then needs."""
    programme.write("amina", "k21", REGISTRATION, state="draft")
    without = {name: value for name, value in REGISTRATION.items() if name != "sex"}
    programme.fork("k21", ("amina", REGISTRATION), ("bilal", without, {"state": "draft"}))
    return programme.shown("bilal", "k21")


def test_another_policy_takes_no_decision_back(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k21.languages"])
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "languages": ["arabic"]}),
        ("bilal", {**REGISTRATION, "languages": ["other"]}),
    )
    clash = programme.shown("bilal", "k21")
    chosen = {**clash["data"], "languages": ["other"]}
    programme.write("bilal", "k21", chosen, **settled(clash, "data.languages"))
    change_policy(programme.kanaf, "sudan", decide=["k21.languages"])
    shown = programme.shown("amina", "k21")

    programme.write("amina", "k21", {**shown["data"], "age": 8}, _rev=shown["_rev"])

    assert programme.shown("amina", "k21")["data"]["languages"] == ["other"]


def test_the_most_protective_risk_is_shown_while_it_is_asked_about(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k22.risk_level"])
    programme.write("amina", "k22", LOW)
    programme.fork(
        "k22",
        ("amina", {**LOW, "risk_level": "high"}),
        ("bilal", {**LOW, "risk_level": "medium"}),
    )

    shown = programme.shown("bilal", "k22")
    assert (shown["data"]["risk_level"], set(shown["merge"]["open"])) == ("high", {"group.risk"})


def test_a_programme_may_have_a_field_always_asked(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k21.age"])
    programme.refresh()
    programme.write("amina", "k21", REGISTRATION)
    same = {**REGISTRATION, "age": 9}
    programme.fork("k21", ("amina", same), ("bilal", {**same, "in_school": True}))

    assert set(programme.shown("bilal", "k21")["merge"]["open"]) == {AGE}


def test_a_policy_about_an_unknown_field_is_not_taken(programme: Programme) -> None:
    with pytest.raises(UnknownField, match=r"k22\.risk_level"):
        change_policy(programme.kanaf, "sudan", ask=["k21.agee"])

    assert MergePolicy.from_json(programme.refresh().merge_policy) == MergePolicy()


def test_the_policy_reaches_the_tablets(programme: Programme) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k21.age"], escalate_after_days=3)

    shown = programme.read("amina", "shared:policy:merging")
    assert (shown["ask"], shown["escalate_after_days"]) == ({"k21": ["age"]}, 3)


def test_the_highest_risk_stands_with_the_review_that_goes_with_it(programme: Programme) -> None:
    high = risks_apart(programme, review_on="2026-11-05")
    shown = programme.shown("amina", "k22")

    assert shown["data"] == high
    assert list(shown["merge"]["told"]) == ["group.risk"]
    (notice,) = notices_of(programme, "bilal")
    assert notice["unit"] == "group.risk"
    (waiting,) = programme.conflicts("bilal")
    assert (waiting["open"], list(waiting["told"])) == ({}, ["group.risk"])


def test_what_a_supervisor_was_told_is_settled_by_one_who_has_seen_it(
    programme: Programme,
) -> None:
    high = risks_apart(programme)
    told = programme.shown("bilal", "k22")
    seen = settled(told, "group.risk", among="told")

    assert programme.write("amina", "k22", high, **seen).code == "not_allowed"
    assert programme.write("bilal", "k22", high, **seen).code is None
    assert notices_of(programme, "bilal") == []


def test_rows_of_a_family_are_merged_by_person(programme: Programme) -> None:
    aunt, uncle = {"id": "r1", "relation": "aunt"}, {"id": "r2", "relation": "uncle"}
    start = {**REGISTRATION, "family": [aunt, uncle]}
    programme.write("amina", "k21", start)
    programme.fork(
        "k21",
        ("amina", {**start, "family": [{**aunt, "age": 40}, uncle]}),
        ("bilal", {**start, "family": [aunt, uncle, {"id": "r3", "relation": "sibling"}]}),
    )

    family = programme.shown("amina", "k21")["data"]["family"]
    assert family == [{**aunt, "age": 40}, uncle, {"id": "r3", "relation": "sibling"}]


def test_a_case_number_is_given_once(programme: Programme) -> None:
    first = programme.write("amina", "k1", CASE)
    other = {**CASE, "case_number": "SD-AAAA-AAAA-AAAA"}

    assert programme.write("amina", "k1", other, _rev=str(first.rev)).code == "invalid_answers"


def test_an_open_unit_has_a_notice_for_those_who_see_the_document(programme: Programme) -> None:
    age_clash(programme)
    (notice,) = notices_of(programme, "bilal")

    assert notice["about"] == f"{programme.record}:k21"
    assert notice["unit"] == AGE
    assert {(one["author"], one["value"]) for one in notice["candidates"]} == {
        ("amina", 7),
        ("bilal", 9),
    }
    assert all(one["edited_at"] for one in notice["candidates"])
    assert notices_of(programme, "amina") == [notice]
    assert notices_of(programme, "dina") == []
    with pytest.raises(DocumentMissing):
        programme.read("dina", notice["_id"])


def test_a_notice_is_seen_through_a_referral_only_with_its_document(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    age_clash(programme)
    programme.refer("k22")

    assert notices_of(programme, "chen") == []


def test_a_notice_is_closed_when_its_unit_is_decided(programme: Programme) -> None:
    clash = age_clash(programme)
    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    assert notices_of(programme, "bilal") == []


def test_a_notice_stays_while_somebody_edits_another_field(programme: Programme) -> None:
    clash = age_clash(programme)
    before = notices_of(programme, "bilal")
    data = {**clash["data"], "in_school": True}
    programme.write("amina", "k21", data, _rev=clash["_rev"])

    assert notices_of(programme, "bilal") == before


def test_a_pushed_change_to_a_notice_is_answered_ok_and_changes_nothing(
    programme: Programme,
) -> None:
    age_clash(programme)
    (notice,) = notices_of(programme, "bilal")
    name = notice["_id"].partition(":")[2]
    answer = programme.write("amina", name, {"x": 1}, _rev=notice["_rev"])

    assert answer.code is None
    assert notices_of(programme, "bilal") == [notice]


def test_open_conflicts_tell_since_when_and_who_may_settle(programme: Programme) -> None:
    programme.kanaf.clock = lambda: 1_000_000.0
    age_clash(programme)
    consent_clash(programme)
    programme.kanaf.clock = lambda: 1_000_000.0 + 15 * 86_400
    found = programme.conflicts("bilal")

    assert {one["document"].partition(":")[2]: one["protected"] for one in found} == {
        "k1": [CONSENT],
        "k21": [],
    }
    assert {(one["since"], one["overdue"], one["waits"]) for one in found} == {
        (1_000_000.0, True, False)
    }


def test_a_merge_is_explained_with_values_to_who_sees_the_document(programme: Programme) -> None:
    age_clash(programme)
    document = f"{programme.record}:k21"
    told = merge_seen_by(programme.kanaf, programme.database, programme.caller("amina"), document)

    (unit,) = told["units"]
    assert (unit["unit"], unit["how"], unit["open"]) == (AGE, "open", True)
    assert {one["value"] for one in unit["writers"]} == {7, 9}
    assert len(told["graph"]) == 3
    with pytest.raises(DocumentMissing):
        merge_seen_by(programme.kanaf, programme.database, programme.caller("dina"), document)


def test_a_merge_is_explained_without_answers_to_who_keeps_the_server(
    programme: Programme,
) -> None:
    start = {**REGISTRATION, "protection_concerns": []}
    programme.write("amina", "k21", start)
    programme.fork(
        "k21",
        ("amina", {**start, "notes": "Sensitive things.", "protection_concerns": ["neglect"]}),
        ("bilal", {**start, "notes": "Other things.", "protection_concerns": ["neglect"]}),
    )
    (lines,) = merges_of_record(programme.kanaf, programme.database, programme.record)
    told = "\n".join(lines)

    assert "data.notes: open" in told
    assert "amina" in told
    assert "things" not in told
    assert "neglect" not in told


def test_neither_attachment_names_nor_elements_stand_in_the_audit_log(
    programme: Programme,
) -> None:
    start = {**REGISTRATION, "protection_concerns": []}
    programme.write("amina", "k21", start)
    sha = hashlib.sha256(b"x").hexdigest()
    photo = {"data": base64.b64encode(b"x").decode(), "content_type": "image/jpeg"}
    base = programme.shown("amina", "k21")["_rev"]
    for name, digest in (("amina", "a" * 32), ("bilal", "b" * 32)):
        answer = programme.write(
            name,
            "k21",
            {**start, "protection_concerns": ["neglect"]},
            _attachments={f"passport-of-Halima-{sha}.jpg": photo},
            **made_on(base, digest),
        )
        assert answer.code is None
    log = " ".join(programme.audit("merged"))

    assert "data.protection_concerns=union(2-" in log
    assert "_attachments=agreed(2-" in log
    assert "Halima" not in log
    assert "neglect" not in log


def test_the_audit_log_tells_how_a_merge_came_about_and_no_answer(programme: Programme) -> None:
    age_clash(programme)
    entries = programme.audit("merged")

    assert any("data.age=open(2-" in entry for entry in entries)
    assert not any(json.dumps(REGISTRATION["sex"]) in entry for entry in entries)
