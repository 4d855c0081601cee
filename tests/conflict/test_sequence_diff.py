"""What was changed between two lists: always enough to make one out of the other, and soon."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conflict.sequence_diff import Change, changes

LISTS = st.lists(st.sampled_from("abcdef"), max_size=30)
SHORT_LISTS = st.lists(st.sampled_from("abc"), max_size=8)


def applied(old: list[str], new: list[str], found: list[Change]) -> list[str]:
    """The old list with the changes made."""
    made: list[str] = []
    place = 0
    for start, end, first, last in found:
        made += [*old[place:start], *new[first:last]]
        place = end
    return [*made, *old[place:]]


def kept(old: str, found: list[Change]) -> int:
    """How many texts of the old list no change is about."""
    return len(old) - sum(end - start for start, end, _, _ in found)


@cache
def most_kept(old: str, new: str) -> int:
    """The length of their longest common subsequence."""
    if not old or not new:
        return 0
    if old[0] == new[0]:
        return 1 + most_kept(old[1:], new[1:])
    return max(most_kept(old[1:], new), most_kept(old, new[1:]))


@given(LISTS, LISTS)
def test_the_changes_make_one_list_out_of_the_other(old: list[str], new: list[str]):
    assert applied(old, new, changes(old, new)) == new


@given(LISTS, LISTS)
def test_changes_ascend_and_never_touch_and_none_is_empty(old: list[str], new: list[str]):
    found = changes(old, new)

    assert all(start < end or first < last for start, end, first, last in found)
    assert all(one[1] < other[0] and one[3] < other[2] for one, other in pairwise(found))


@example(list("abc"), list("xc"))
@given(LISTS, LISTS)
def test_a_change_neither_begins_nor_ends_with_what_both_lists_have(old: list[str], new: list[str]):
    replaced = [(old[one[0] : one[1]], new[one[2] : one[3]]) for one in changes(old, new)]

    assert all(gone[0] != put[0] and gone[-1] != put[-1] for gone, put in replaced if gone and put)


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
        ("abb", "bbb", [(0, 1, 0, 1)]),
        ("ab", "xaxb", [(0, 0, 0, 1), (1, 1, 2, 3)]),
    ],
)
def test_small_changes_are_told_exactly(old: str, new: str, expected: list[Change]):
    assert changes(list(old), list(new)) == expected


@example(list("dabec"))
@given(st.permutations("abcdefgh"))
def test_of_texts_that_stand_once_as_many_as_possible_are_kept(new: list[str]):
    old = "".join(sorted(new))

    assert kept(old, changes(old, new)) == most_kept(old, "".join(new))


@given(SHORT_LISTS, SHORT_LISTS)
def test_of_texts_that_stand_more_than_once_as_many_as_possible_are_kept(
    one: list[str], other: list[str]
):
    old, new = "".join(["<", *one, *one, ">"]), "".join(["(", *other, *other])

    assert kept(old, changes(old, new)) == most_kept(old, new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("aaa!", "!aaaa", [(0, 3, 0, 0), (4, 4, 1, 5)]),
        ("?!a", "a?a!", [(0, 0, 0, 1), (1, 1, 2, 3), (2, 3, 4, 4)]),
    ],
)
def test_texts_that_stand_once_are_kept_rather_than_as_many_that_stand_often(
    old: str, new: str, expected: list[Change]
):
    assert changes(old, new) == expected


def test_of_two_alignments_of_one_length_that_which_keeps_what_the_new_list_has_first_is_chosen():
    """Were it the other, two servers that merge one text would not come to the same."""
    assert changes("aabb", "bbaa") == [(0, 2, 0, 0), (4, 4, 2, 4)]


def test_small_changes_far_from_each_other_are_told_one_by_one_however_many_they_are():
    old = [text for n in range(100) for text in (f"kept {n}", "old")]
    new = [text for n in range(100) for text in (f"kept {n}", "new")]

    assert changes(old, new) == [(n, n + 1, n, n + 1) for n in range(1, 200, 2)]


def test_texts_that_stand_once_only_between_two_others_are_looked_for_eight_times():
    """The text `n` stands once behind the text `n - 1`, and twice in the whole list."""
    old = [text for n in range(12) for text in (str(n + 1), str(n))]
    new = [text for n in range(12) for text in ("new", str(n))]

    *small, rest = changes(old, new)
    assert small == [(n, n + 1, n, n + 1) for n in range(0, 16, 2)]
    assert rest == (16, 23, 16, 23)


def test_more_than_four_hundred_pairs_of_texts_that_stand_often_are_replaced_as_a_whole():
    assert changes("ab" * 10, "ba" * 10) == [(0, 1, 0, 0), (20, 20, 19, 20)]
    assert changes("ab" * 10 + "b", "ba" * 10) == [(0, 21, 0, 20)]


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
