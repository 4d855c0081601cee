"""Rows of a repeat group: members of a family, services, plans."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from conflict.row_ids import moved, rows_by_id
from tests.conflict.story import GONE, Story

AUNT: dict[str, Any] = {"id": "r1", "name": "aunt", "age": 40}
UNCLE: dict[str, Any] = {"id": "r2", "name": "uncle", "age": 41}


def family(one: list[Any], other: list[Any], start: list[Any] | None = None) -> Story:
    """What amina and bilal make of a family, neither seeing the other's edit."""
    story = Story()
    base = story.begin(family=[AUNT, UNCLE] if start is None else start)
    story.edit(base, "amina", family=one)
    story.edit(base, "bilal", family=other)
    return story


def test_cells_of_one_row_are_merged_each_on_its_own():
    story = family([{**AUNT, "age": 42}, UNCLE], [{**AUNT, "name": "Aunt Zahra"}, UNCLE])

    assert story.answers["family"] == [{**AUNT, "age": 42, "name": "Aunt Zahra"}, UNCLE]
    assert story.open == set()


def test_one_cell_with_two_values_waits_and_names_its_row():
    story = family([{**AUNT, "age": 42}, UNCLE], [{**AUNT, "age": 43}, UNCLE])

    assert story.open == {"data.family[r1].age"}


def test_new_rows_of_both_are_kept_where_they_were_put():
    first, last = {"id": "a", "name": "mother"}, {"id": "b", "name": "cousin"}
    story = family([first, AUNT, UNCLE], [AUNT, UNCLE, last])

    assert story.answers["family"] == [first, AUNT, UNCLE, last]


def test_new_rows_at_one_place_stand_in_one_order_for_everybody():
    one, other = {"id": "a", "name": "mother"}, {"id": "b", "name": "cousin"}
    story = family([AUNT, UNCLE, one], [AUNT, UNCLE, other])

    assert [row["id"] for row in story.answers["family"]][:2] == ["r1", "r2"]
    assert {row["id"] for row in story.answers["family"]} == {"r1", "r2", "a", "b"}


def test_a_row_that_one_deleted_and_another_edited_waits_and_stays_in_sight():
    story = family([UNCLE], [{**AUNT, "age": 42}, UNCLE])

    assert story.open == {"data.family[r1]"}
    assert {**AUNT, "age": 42} in story.answers["family"]


def test_a_row_that_one_deleted_and_nobody_edited_is_gone():
    story = family([UNCLE], [AUNT, {**UNCLE, "age": 44}])

    assert story.answers["family"] == [{**UNCLE, "age": 44}]
    assert story.open == set()


def test_a_row_that_both_deleted_is_gone():
    story = family([UNCLE], [UNCLE])

    assert story.answers["family"] == [UNCLE]
    assert story.open == set()


def test_deleting_an_edited_row_knowingly_is_no_conflict():
    story = family([{**AUNT, "age": 42}, UNCLE], [AUNT, UNCLE])
    story.edit(story.leaf, "bilal", family=[UNCLE])

    assert story.answers["family"] == [UNCLE]
    assert story.open == set()


def test_a_settlement_may_take_the_row_away():
    story = family([UNCLE], [{**AUNT, "age": 42}, UNCLE])
    between = [writer.rev for writer in story.decision("data.family[r1]").writers]
    story.edit(story.leaf, "bilal", settles={"data.family[r1]": between}, family=[UNCLE])

    assert story.answers["family"] == [UNCLE]
    assert story.open == set()


def test_rows_put_into_another_order_keep_the_others_edits():
    story = family([UNCLE, AUNT], [{**AUNT, "age": 42}, UNCLE])

    assert story.answers["family"] == [UNCLE, {**AUNT, "age": 42}]


def test_two_new_orders_wait_for_a_person():
    third = {"id": "r3", "name": "cousin"}
    story = family([UNCLE, AUNT, third], [AUNT, third, UNCLE], [AUNT, UNCLE, third])

    assert story.open == {"data.family[]"}


def test_one_new_order_found_twice_is_no_conflict():
    story = family([UNCLE, AUNT], [UNCLE, AUNT])

    assert story.answers["family"] == [UNCLE, AUNT]
    assert story.open == set()


def test_twins_whose_rows_one_swapped_keep_what_was_said_of_each():
    one, other = {"id": "t1", "name": "Huda"}, {"id": "t2", "name": "Hala"}
    story = family([other, one], [{**one, "age": 7}, {**other, "age": 8}], [one, other])

    assert story.answers["family"] == [{**other, "age": 8}, {**one, "age": 7}]


def test_a_row_copied_with_its_id_is_kept_beside_the_first():
    copy = {**AUNT, "name": "aunt's sister"}
    story = family([AUNT, UNCLE, copy], [AUNT, {**UNCLE, "age": 50}])

    assert story.answers["family"] == [AUNT, {**UNCLE, "age": 50}, copy]


def test_rows_without_an_id_are_never_lost():
    story = family([AUNT, {"name": "grandmother"}], [AUNT, {"name": "grandfather"}], [AUNT])

    names = [row["name"] for row in story.answers["family"]]
    assert names[0] == "aunt"
    assert sorted(names[1:]) == ["grandfather", "grandmother"]


def test_sets_and_texts_inside_rows_are_merged_by_their_own_rules():
    row = {"id": "r1", "skills": ["sewing"], "remarks": "Kind. Far away. Knows her."}
    story = family(
        [{**row, "skills": [], "remarks": "Kind. Far away. Knows her well."}],
        [{**row, "skills": ["maths", "sewing"], "remarks": "Very kind. Far away. Knows her."}],
        [row],
    )

    assert story.answers["family"] == [
        {"id": "r1", "skills": ["maths"], "remarks": "Very kind. Far away. Knows her well."}
    ]


def test_a_list_that_one_took_away_while_another_added_to_it_is_kept():
    story = Story()
    base = story.begin(family=[AUNT])
    story.edit(base, "amina", family=None)
    story.edit(base, "bilal", family=[{**AUNT, "age": 42}])

    assert story.answers["family"] == [{**AUNT, "age": 42}]
    assert story.open == {"data.family[r1]"}


def test_every_row_has_a_name_of_its_own():
    rows: list[dict[str, Any]] = [
        {"id": "a"},
        {"id": "a"},
        {"id": "a#2"},
        {"id": ""},
        {"id": 7},
        {"id": 7},
    ]
    named = rows_by_id(rows)

    assert list(named.values()) == rows
    assert [name for name in named if name.startswith("a")] == ["a", "a#2", "a#2#2"]


def test_rows_of_one_id_are_numbered_and_rows_without_one_named_by_their_content():
    """Servers of all releases name them alike, else they would merge one row as two."""
    rows: list[dict[str, Any]] = [{"id": "a"}, {"id": "a"}, {"id": "a"}, {"id": 7}, {"id": ""}]
    seven, empty = (
        f"?{hashlib.sha256(text).hexdigest()[:32]}" for text in (b'{"id":7}', b'{"id":""}')
    )

    assert list(rows_by_id(rows)) == ["a", "a#2", "a#3", seven, empty]


def test_rows_that_only_one_list_has_have_not_moved():
    assert not moved(["a", "b"], ["b", "c"])
    assert not moved(["a", "b"], ["a", "c", "b"])
    assert moved(["a", "b"], ["b", "a"])


@pytest.mark.parametrize("value", [None, GONE, []])
def test_a_list_of_rows_may_be_null_missing_or_empty(value: Any):
    story = Story()
    base = story.begin(family=[AUNT])
    story.edit(base, "amina", family=value)
    story.edit(base, "bilal", age=9)

    assert story.answers.get("family", GONE) == value


@pytest.mark.parametrize("age", range(40, 48))
def test_a_new_order_holds_whatever_the_revision_of_another_edit(age: int):
    """Some of these edits have a lower revision than the new order has, others a higher one."""
    story = family([UNCLE, AUNT], [{**AUNT, "age": age}, UNCLE])

    assert [row["id"] for row in story.answers["family"]] == ["r2", "r1"]


def test_one_new_order_found_twice_is_none_against_a_row_that_one_of_them_added():
    added = {"id": "r3", "name": "cousin"}
    story = family([UNCLE, AUNT], [UNCLE, AUNT, added])

    assert story.answers["family"] == [UNCLE, AUNT, added]
    assert story.open == set()


def test_families_registered_apart_keep_the_rows_of_both():
    story = Story()
    story.begin("amina", family=[AUNT])
    story.begin("bilal", family=[UNCLE])

    assert sorted(row["id"] for row in story.answers["family"]) == ["r1", "r2"]
    assert story.open == set()
