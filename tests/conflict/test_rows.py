"""Rows of a repeat group: members of a family, services, plans."""

from __future__ import annotations

from typing import Any

import pytest

from conflict.revision import Rev
from conflict.value import MISSING
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


def test_in_a_row_that_was_taken_away_knowingly_nothing_waits_any_more():
    story = family([{**AUNT, "age": 42}, UNCLE], [{**AUNT, "age": 43}, UNCLE])
    story.edit(story.leaf, "bilal", family=[UNCLE])

    assert story.open == set()
    assert story.decision("data.family[r1]").value is MISSING


@pytest.mark.parametrize("turns_first", [True, False])
def test_rows_stand_as_they_were_put_whosever_revision_is_the_greater(turns_first: bool):
    story = Story()
    base = story.begin(family=[AUNT, UNCLE], age=9)
    turned, edited = {"family": [UNCLE, AUNT]}, {"age": 10}
    shorter, longer = (turned, edited) if turns_first else (edited, turned)
    story.edit(base, "amina", **shorter)
    story.edit(story.edit(base, "bilal", sex="male"), "bilal", **longer)

    assert story.answers["family"] == [UNCLE, AUNT]


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


def test_one_new_order_to_which_one_of_the_two_adds_a_row_is_no_conflict():
    third = {"id": "r3", "name": "cousin"}
    story = family([UNCLE, AUNT], [UNCLE, third, AUNT])

    assert story.answers["family"] == [UNCLE, third, AUNT]
    assert story.open == set()


def test_twins_whose_rows_one_swapped_keep_what_was_said_of_each():
    one, other = {"id": "t1", "name": "Huda"}, {"id": "t2", "name": "Hala"}
    story = family([other, one], [{**one, "age": 7}, {**other, "age": 8}], [one, other])

    assert story.answers["family"] == [{**other, "age": 8}, {**one, "age": 7}]


def test_a_row_copied_with_its_id_is_kept_beside_the_first():
    copy = {**AUNT, "name": "aunt's sister"}
    story = family([AUNT, UNCLE, copy], [AUNT, {**UNCLE, "age": 50}])

    *family_of_both, copied = story.answers["family"]
    assert family_of_both == [AUNT, {**UNCLE, "age": 50}]
    assert copied == {**copy, "id": copied["id"]}
    assert copied["id"] not in ("r1", "r2")


def test_a_copy_above_its_row_asks_before_it_takes_what_was_meant_for_the_row():
    copy = {**AUNT, "name": "aunt's sister"}
    story = family([copy, AUNT, UNCLE], [{**AUNT, "age": 50}, UNCLE])

    assert story.open == {"data.family[r1].age"}
    assert [row["name"] for row in story.answers["family"]] == ["aunt's sister", "aunt", "uncle"]


def copied_upwards(act: str) -> tuple[Story, dict[str, Rev]]:
    """A copy put above its row is merged; then chen edits one of the two in what that shows."""
    story = Story()
    older = story.begin(family=[AUNT])
    old = story.edit(older, "amina", family=[{**AUNT, "age": 31}])
    raw = story.edit(old, "amina", family=[{**AUNT, "name": "uncle"}, {**AUNT, "age": 31}])
    story.edit(older, "bilal", needs=["food"])
    copy, original = story.answers["family"]
    edited = {
        "edit the copy": [{**copy, "age": 51}, original],
        "edit the original": [copy, {**original, "age": 32}],
        "remove the copy": [original],
        "remove the original": [copy],
    }
    story.edit(story.leaf, "chen", family=edited[act])
    return story, {"old": old, "raw": raw}


@pytest.mark.parametrize("on", ["old", "raw"])
@pytest.mark.parametrize(
    "act", ["edit the copy", "edit the original", "remove the copy", "remove the original"]
)
def test_a_copy_is_the_same_row_whoever_edits_another_answer_below(act: str, on: str):
    story, revs = copied_upwards(act)
    before = story.answers["family"], story.open
    story.edit(revs[on], "dina", sex="female")

    assert (story.answers["family"], story.open) == before


def test_who_copies_a_row_decides_nothing_of_what_is_open_in_it():
    story = family([{**AUNT, "name": "Halima"}], [{**AUNT, "name": "Zainab"}], [AUNT])
    (row,) = story.answers["family"]
    story.edit(story.leaf, "chen", family=[{**row, "age": 31}, {**row, "name": "Omar"}])

    assert story.open == {"data.family[r1].name"}


def test_two_copies_made_apart_stay_two_people():
    one, other = {**AUNT, "name": "Omar", "ill": True}, {**AUNT, "name": "Sara", "age": 8}
    story = family([AUNT, UNCLE, one], [AUNT, UNCLE, other])

    assert story.answers["family"][:2] == [AUNT, UNCLE]
    copies = sorted(story.answers["family"][2:], key=lambda row: str(row["name"]))
    assert [{**row, "id": "r1"} for row in copies] == [one, other]
    assert len({"r1", *(row["id"] for row in copies)}) == 3


def test_rows_that_exchanged_their_names_ask_before_they_take_an_edit_of_one_of_them():
    swapped = [{**AUNT, "name": "uncle"}, {**UNCLE, "name": "aunt"}]
    story = family(swapped, [{**AUNT, "phone": "0123"}, UNCLE])

    assert story.open == {"data.family[r1].phone"}


def test_rows_that_exchanged_their_names_and_nobody_else_edited_are_taken_as_they_are():
    swapped = [{**AUNT, "name": "uncle"}, {**UNCLE, "name": "aunt"}]
    story = family(swapped, [AUNT, UNCLE, {"id": "r3", "name": "cousin"}])

    assert story.open == set()
    assert story.answers["family"][:2] == swapped


def test_a_row_settled_and_edited_is_kept_against_another_removal():
    story = family([UNCLE], [{**AUNT, "age": 42}, UNCLE])
    between = [writer.rev for writer in story.decision("data.family[r1]").writers]
    seen = story.leaf
    settled = {"data.family[r1]": between}
    story.edit(seen, "bilal", settles=settled, family=[{**AUNT, "age": 35}, UNCLE])
    story.edit(seen, "amina", family=[UNCLE])

    assert story.open == {"data.family[r1]"}
    assert {**AUNT, "age": 35} in story.answers["family"]


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


@pytest.mark.parametrize("rows", [None, GONE, []], ids=["null", "missing", "empty"])
def test_a_list_of_rows_may_be_null_missing_or_empty(rows: object):
    story = Story()
    base = story.begin(family=[AUNT])
    story.edit(base, "amina", family=rows)
    story.edit(base, "bilal", age=9)

    assert story.answers.get("family", GONE) == rows
    assert story.open == set()


def test_a_copy_whose_original_was_removed_stays_when_something_else_is_edited():
    story = Story()
    base = story.begin(family=[UNCLE, AUNT])
    story.edit(base, "amina", family=[UNCLE, AUNT, UNCLE])
    story.edit(base, "dina", family=[AUNT])
    family = story.answers["family"]
    story.edit(story.leaf, "amina", age=9)

    assert [row["name"] for row in family] == ["aunt", "uncle"]
    assert story.answers["family"] == family


@pytest.mark.parametrize("removed", [False, True])
def test_a_copy_is_a_row_of_its_own_from_its_first_merge_on(removed: bool):
    story = Story()
    base = story.begin(family=[AUNT])
    story.edit(base, "amina", family=[AUNT, AUNT])
    story.edit(base, "dina", family=[{**AUNT, "name": "Aunt Zahra"}])
    story.edit(base, "chen", family=[{**AUNT, "phone": "0123"}])
    aunt, copy = story.answers["family"]
    assert aunt == {**AUNT, "name": "Aunt Zahra", "phone": "0123"}
    family = [aunt] if removed else [{**aunt, "age": 50}, {**copy, "name": "sister"}]
    story.edit(story.leaf, "amina", family=family)

    assert story.answers["family"] == family
    assert story.open == set()


def test_who_changes_the_first_of_two_rows_of_one_id_may_have_made_it_the_other():
    one, other = {**AUNT, "name": "Omar"}, {**AUNT, "name": "Sara"}
    story = family([one, other, UNCLE], [{**AUNT, "phone": "0123"}, UNCLE])

    assert story.open == {"data.family[r1].phone"}


def test_exchanged_rows_ask_before_they_take_a_remark_or_a_skill():
    aunt, uncle = ({**row, "remarks": "", "skills": ["maths"]} for row in (AUNT, UNCLE))
    swapped = [{**aunt, "name": "uncle"}, {**uncle, "name": "aunt"}]
    edited = {**aunt, "remarks": "Has hit the child.", "skills": ["maths", "sewing"]}
    story = family(swapped, [edited, uncle], [aunt, uncle])

    assert story.open == {"data.family[r1].remarks", "data.family[r1].skills[sewing]"}


@pytest.mark.parametrize("adds", [True, False], ids=["into a new row", "out of a removed one"])
def test_who_moves_a_name_from_row_to_row_may_have_exchanged_them(adds: bool):
    renamed = {**AUNT, "name": "uncle"}
    moved = [renamed, {"id": "r3", "name": "aunt"}, UNCLE] if adds else [renamed]
    story = family(moved, [{**AUNT, "remarks": "Has hit the child."}, UNCLE])

    assert "data.family[r1].remarks" in story.open


def test_a_row_that_no_head_lists_but_somebody_wants_to_keep_stays():
    story = Story()
    base = story.begin(family=[AUNT, UNCLE])
    edited = story.edit(base, "amina", family=[{**AUNT, "age": 50}, UNCLE])
    removed = story.edit(base, "bilal", family=[UNCLE])
    seen = story.leaf
    story.edit(seen, "amina", settles={"data.family[r1]": [edited, removed]})
    story.edit(removed, "bilal", age=9)
    story.edit(edited, "chen", family=[UNCLE])

    assert "data.family[r1]" in story.open
    assert any(row["id"] == "r1" for row in story.answers["family"])
