"""What was changed between two lists: always enough to make one out of the other, and soon."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.sequence_diff import Change, changes

LISTS = st.lists(st.sampled_from("abcdef"), max_size=30)


def applied(old: list[str], new: list[str], found: list[Change]) -> list[str]:
    """The old list with the changes made."""
    made: list[str] = []
    place = 0
    for start, end, first, last in found:
        made += [*old[place:start], *new[first:last]]
        place = end
    return [*made, *old[place:]]


@given(LISTS, LISTS)
def test_the_changes_make_one_list_out_of_the_other(old: list[str], new: list[str]):
    assert applied(old, new, changes(old, new)) == new


@given(LISTS, LISTS)
def test_changes_ascend_and_none_is_empty(old: list[str], new: list[str]):
    found = changes(old, new)

    assert all(start < end or first < last for start, end, first, last in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@given(LISTS)
def test_equal_lists_have_no_changes(same: list[str]):
    assert changes(same, list(same)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abcd", "abxd", [(2, 3, 2, 3)]),
        ("abcd", "abcxd", [(3, 3, 3, 4)]),
        ("abcd", "acd", [(1, 2, 1, 1)]),
        ("abcd", "bcda", [(0, 1, 0, 0), (4, 4, 3, 4)]),
        ("aabaa", "aacaa", [(2, 3, 2, 3)]),
        ("aab", "aaab", [(2, 2, 2, 3)]),
    ],
)
def test_small_changes_are_told_exactly(old: str, new: str, expected: list[Change]):
    assert changes(list(old), list(new)) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a"] * 5_000, ["a", "b"] * 2_500),
        ([str(n) for n in range(5_000)], [str(n) for n in reversed(range(5_000))]),
        (["a", "b"] * 2_500, ["b", "c"] * 2_500),
        ([str(n // 2) for n in range(5_000)], [str(n // 3) for n in range(5_000)]),
    ],
)
def test_hostile_lists_are_compared_in_a_moment(old: list[str], new: list[str]):
    before = time.process_time()
    changes(old, new)

    assert time.process_time() - before < 0.5
