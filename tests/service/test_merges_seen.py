"""The merges that a supervisor is shown, on both databases."""

from __future__ import annotations

import pytest

from sync_server.errors import DocumentMissing
from sync_server.service.merges_seen import (
    SeenMerge,
    case_numbers,
    merged_lately,
    merges_of_record_seen_by,
    record_of_case_number,
)
from tests.service.clashes import AGE, age_clash, settled
from tests.service.conftest import CASE, REGISTRATION, Programme


def merges(programme: Programme, name: str) -> list[SeenMerge]:
    caller = programme.caller(name)
    return merges_of_record_seen_by(programme.kanaf, programme.database, caller, programme.record)


def lately(programme: Programme, name: str) -> list[str]:
    found = merged_lately(programme.kanaf, programme.database, programme.caller(name))
    return [one.document_id for one in found]


def test_of_a_record_the_documents_with_merges_are_told(programme: Programme) -> None:
    programme.register()
    age_clash(programme)

    (seen,) = merges(programme, "bilal")

    assert seen.explanation.document_id == f"{programme.record}:k21"
    bodies = seen.explanation.bodies.values()
    assert {body["author"] for body in bodies if "author" in body} == {"amina", "bilal"}
    assert {str(unit) for unit, decision in seen.explanation.units if decision.is_open} == {AGE}
    assert seen.body == {**seen.body, "form": "k21", "form_rev": 1}


@pytest.mark.parametrize("name", ["chen", "dina"])
def test_who_sees_no_document_of_a_record_learns_nothing_of_it(
    programme: Programme, name: str
) -> None:
    programme.register()
    age_clash(programme)

    with pytest.raises(DocumentMissing):
        merges(programme, name)
    assert lately(programme, name) == []
    found = case_numbers(
        programme.kanaf, programme.database, programme.caller(name), [programme.record]
    )
    assert found == {}


def test_who_was_referred_another_form_learns_nothing_of_this_one(programme: Programme) -> None:
    programme.register()
    age_clash(programme)
    programme.refer("k23")

    assert merges(programme, "chen") == []


def test_a_merge_is_told_lately_when_nothing_of_it_is_left_to_decide(programme: Programme) -> None:
    programme.register()
    clash = age_clash(programme)
    assert lately(programme, "bilal") == []

    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    assert lately(programme, "bilal") == [f"{programme.record}:k21"]


def test_a_merge_of_long_ago_is_not_told_lately(programme: Programme) -> None:
    clash = age_clash(programme)
    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))
    now = programme.kanaf.clock()

    programme.kanaf.clock = lambda: now + 31 * 86_400

    assert lately(programme, "bilal") == []


def test_a_case_is_found_by_its_number_by_who_sees_it(programme: Programme) -> None:
    programme.register()

    def found(name: str, number: str) -> str | None:
        caller = programme.caller(name)
        return record_of_case_number(programme.kanaf, programme.database, caller, number)

    assert found("bilal", f" {str(CASE['case_number']).lower()} ") == programme.record
    assert found("dina", str(CASE["case_number"])) is None
    assert found("bilal", "SD-0000") is None


def test_a_case_is_known_by_its_number(programme: Programme) -> None:
    programme.register()
    caller = programme.caller("bilal")

    found = case_numbers(programme.kanaf, programme.database, caller, [programme.record, "none"])

    assert found == {programme.record: CASE["case_number"]}
