"""Which units an edit wrote: of each its value, the one before, and whether the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conflict.revision import Rev
from conflict.units import EXISTENCE, Unit
from conflict.value import MISSING, Value
from conflict.writes import Write, Writes, writes

AGE, SEX = Unit("data", "age"), Unit("data", "sex")
FOOD, NEEDS = Unit("data", "needs", element="food"), Unit("data", "needs", element="")
FAMILY = Unit("data", "family", element="")
AUNT, HER_AGE = Unit("data", "family", "r1"), Unit("data", "family", "r1", "age")
BETWEEN = frozenset({Rev(2, "b"), Rev(2, "c")})


def written(
    mine: Mapping[Unit, Any] | None,
    start: Mapping[Unit, Any] | None,
    *,
    others: Mapping[Unit, Any] | None = None,
    settles: Mapping[Unit, frozenset[Rev]] | None = None,
    may_be_deleted: bool = False,
) -> dict[Unit, tuple[Value, Value, bool]]:
    every_unit = {*(mine or ()), *(start or ()), *(others or ())}
    edit = Writes(mine, start, every_unit, settles or {}, frozenset(), may_be_deleted)
    return {unit: one[:3] for unit, one in writes(edit).items()}


def test_an_edit_wrote_what_differs_from_what_its_author_started_from():
    assert written({AGE: 10, SEX: "female"}, {AGE: 9, SEX: "female"}) == {AGE: (10, 9, True)}


def test_what_one_took_out_is_written_as_missing():
    assert written({}, {AGE: 9}) == {AGE: (MISSING, 9, True)}


def test_null_where_nothing_stood_is_written():
    assert written({AGE: None}, {}) == {AGE: (None, MISSING, True)}
    assert written({}, {AGE: None}) == {AGE: (MISSING, None, True)}


def test_what_others_have_and_the_author_never_saw_is_not_written():
    assert written({AGE: 10}, {AGE: 9}, others={SEX: "female"}) == {AGE: (10, 9, True)}


def test_a_unit_that_is_settled_is_written_without_a_change():
    assert written({AGE: 9}, {AGE: 9}, settles={AGE: BETWEEN}) == {AGE: (9, 9, False)}
    assert written({}, {}, settles={AGE: BETWEEN}) == {AGE: (MISSING, MISSING, False)}


def test_who_settles_the_documents_existence_wrote_it_only_where_it_is_in_question():
    settles = {EXISTENCE: BETWEEN}

    assert written({AGE: 9}, {AGE: 9}, settles=settles) == {}
    assert written({AGE: 9}, {AGE: 9}, settles=settles, may_be_deleted=True) == {
        EXISTENCE: (True, True, True)
    }


def test_a_tombstone_wrote_that_the_document_is_gone_and_nothing_else():
    assert written(None, {AGE: 9}, may_be_deleted=True) == {EXISTENCE: (MISSING, True, True)}


def test_who_started_from_nothing_wrote_every_field_those_that_others_have_too():
    assert written({AGE: 9}, None, others={SEX: "female"}) == {
        AGE: (9, MISSING, True),
        SEX: (MISSING, MISSING, True),
    }


def test_who_started_from_nothing_took_no_element_and_no_row_away():
    others = {FOOD: "food", AUNT: True, HER_AGE: 40}

    assert written({NEEDS: [], FAMILY: []}, None, others=others) == {
        NEEDS: ([], MISSING, True),
        FAMILY: ([], MISSING, True),
    }


def test_who_started_from_nothing_did_not_take_a_list_away_that_others_have():
    assert written({AGE: 9}, None, others={NEEDS: [], FAMILY: []}) == {AGE: (9, MISSING, True)}


def test_a_row_is_taken_away_as_a_whole():
    assert written({FAMILY: []}, {FAMILY: ["r1"], AUNT: True, HER_AGE: 40}) == {
        AUNT: (MISSING, True, True)
    }


def test_the_order_of_rows_is_written_by_who_moves_one_and_not_by_who_adds_or_removes_one():
    assert written({FAMILY: ["r2", "r1"]}, {FAMILY: ["r1", "r2"]}) == {
        FAMILY: (["r2", "r1"], ["r1", "r2"], True)
    }
    assert written({FAMILY: ["r2", "r3"]}, {FAMILY: ["r1", "r2"]}) == {}


def test_a_list_that_comes_or_goes_as_a_whole_is_written():
    assert written({FAMILY: None}, {FAMILY: []}) == {FAMILY: (None, [], True)}
    assert written({FAMILY: []}, {}) == {FAMILY: ([], MISSING, True)}


def test_who_mixed_rows_up_wrote_every_cell_of_them_and_none_of_any_other_row():
    uncle, his_age = Unit("data", "family", "r2"), Unit("data", "family", "r2", "age")
    family = {FAMILY: ["r1", "r2"], AUNT: True, HER_AGE: 40, uncle: True, his_age: 41}
    mixed = frozenset({("family", "r1")})
    edit = Writes(family, family, family.keys(), {}, frozenset(), may_be_deleted=False, mixed=mixed)

    assert writes(edit) == {
        AUNT: Write(True, True, changes=True),
        HER_AGE: Write(40, 40, changes=True, mixes=True),
    }
