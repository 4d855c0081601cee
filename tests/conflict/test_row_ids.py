"""The names of rows, whatever a client made of their ids, and one order of several lists."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.row_ids import arranged, rows_by_id

COPY_OF_A = "x8489a5deb454a360345c7868bca8672d"
"""`x` and the first 32 hexadecimal digits of the SHA-256 of `{"id":"a"}`."""
IDS = st.sampled_from(["a", "b", COPY_OF_A, f"{COPY_OF_A}-2", "", 7, None])
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={"id": IDS, "name": st.sampled_from(["aunt", "uncle"])}),
    max_size=8,
)


def names(*ids: Any) -> list[str]:
    """The names of rows that have nothing but an id."""
    return list(rows_by_id([{"id": row_id} for row_id in ids]))


@given(ROWS)
def test_no_row_is_lost_and_each_has_a_name_of_its_own(rows: list[dict[str, Any]]):
    named = rows_by_id(rows)

    assert [{**row, "id": None} for row in named.values()] == [{**row, "id": None} for row in rows]
    assert [row["id"] for row in named.values()] == list(named)
    assert all(isinstance(name, str) and name for name in named)


@given(ROWS)
def test_what_a_merge_writes_is_read_by_the_next_as_the_same_rows(rows: list[dict[str, Any]]):
    named = rows_by_id(rows)

    assert rows_by_id(list(named.values())) == named


def test_the_first_row_of_an_id_keeps_it_and_the_others_are_named_by_their_content():
    """Exactly so: a server that named them otherwise would merge other rows."""
    assert names("a", "a", "a", "b", "a") == [
        "a",
        COPY_OF_A,
        f"{COPY_OF_A}-2",
        "b",
        f"{COPY_OF_A}-3",
    ]


@pytest.mark.parametrize("nothing", [{}, {"id": ""}, {"id": None}, {"id": 7}])
def test_a_row_whose_id_is_no_text_or_empty_is_named_by_its_content(nothing: dict[str, Any]):
    (name,) = rows_by_id([{**nothing, "name": "aunt"}])

    assert name[0] == "x"
    assert len(name) == 33


def test_a_copy_is_not_given_the_name_of_another_row():
    taken = COPY_OF_A, f"{COPY_OF_A}-2"

    assert names(*taken, "a", "a", "a") == [*taken, "a", f"{COPY_OF_A}-3", f"{COPY_OF_A}-4"]
    assert names("a", "a", "a", *taken) == ["a", f"{COPY_OF_A}-3", f"{COPY_OF_A}-4", *taken]


@pytest.mark.parametrize(
    ("spine", "lists", "expected"),
    [
        ("ab", ["anb"], "anb"),
        ("ab", ["nab"], "nab"),
        ("ab", ["agnb"], "anb"),
        ("ba", ["anb"], "ban"),
        ("ab", ["nmab", "abmn"], "nmab"),
        ("ab", ["ab", "abn", "abmn"], "abmn"),
        ("agb", ["ab"], "ab"),
        ("ab", [], "ab"),
        ("", ["nm", "mn"], "nm"),
    ],
)
def test_a_row_that_the_order_does_not_know_stands_behind_the_row_before_it_in_the_first_list(
    spine: str, lists: list[str], expected: str
):
    """The row `g` is gone."""
    assert arranged(spine, lists, {*"abnm"}) == list(expected)
