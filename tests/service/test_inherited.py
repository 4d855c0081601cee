"""What a merge broke is not its next author's fault; what they break is."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Problem
from sync_server.service.inherited import not_inherited

AUNT, UNCLE = {"id": "r1", "age": -1}, {"id": "r2", "age": 40}


@pytest.mark.parametrize(
    ("path", "before", "then", "now"),
    [
        ("age", {"age": -1}, "age", {"age": -1, "sex": "female"}),
        ("age", {"sex": "female"}, "age", {"sex": "male"}),
        ("needs[1]", {"needs": ["food", "gold"]}, "needs[0]", {"needs": ["gold"]}),
        ("family[0].age", {"family": [AUNT]}, "family[1].age", {"family": [UNCLE, AUNT]}),
        ("a.b[", {"a.b[": 1}, "a.b[", {"a.b[": 1}),
    ],
)
def test_a_wrong_answer_that_a_merge_left_is_inherited(
    path: str, before: dict[str, Any], then: str, now: dict[str, Any]
) -> None:
    left, found = Problem(path, "wrong"), Problem(then, "wrong")

    assert not_inherited([found], now, [left], before) == ()


@pytest.mark.parametrize(
    ("path", "before", "now"),
    [
        ("age", {"age": -1}, {"age": -2}),
        ("age", {"age": 1}, {"age": True}),
        ("needs[0]", {"needs": ["gold"]}, {"needs": ["silver"]}),
        ("family[0].age", {"family": [AUNT]}, {"family": [{**AUNT, "age": -2}]}),
        ("family[0].age", {"family": [AUNT]}, {"family": [{**AUNT, "id": "r3"}, AUNT]}),
        ("a.b", {"a.b": 1}, {"a.b": 2}),
        ("a.b", {}, {"c": 1}),
    ],
)
def test_another_wrong_answer_in_the_same_place_is_not_inherited(
    path: str, before: dict[str, Any], now: dict[str, Any]
) -> None:
    found = Problem(path, "wrong")

    assert not_inherited([found], now, [found], before) == (found,)


def test_another_fault_of_an_inherited_answer_is_not_inherited() -> None:
    left, found = Problem("age", "out_of_range"), Problem("age", "wrong_type")

    assert not_inherited([found], {"age": -1}, [left], {"age": -1}) == (found,)
