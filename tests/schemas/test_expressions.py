"""Expressions: one table of cases, which the tablet's evaluator is tried with as well."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from schemas.expressions import faults_of_expression, value_of, variables
from schemas.expressions.operators import OPERATORS
from tests.schemas.expression_table import CASES, Case

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in CASES])
def test_an_expression_has_the_value_of_the_table(case: Case) -> None:
    assert faults_of_expression(case.expression) == ()
    assert json.dumps(value_of(case.expression, case.scope)) == json.dumps(case.gives)


def test_the_table_tries_every_operator() -> None:
    tried = json.dumps([case.expression for case in CASES])

    assert len(CASES) >= 200
    assert [name for name in OPERATORS if f'"{name}": ' not in tried] == []


@pytest.mark.parametrize(
    ("expression", "faults"),
    [
        ([1], ("not_an_expression",)),
        ({}, ("not_an_expression",)),
        ({"+": [1], "-": [1]}, ("not_an_expression",)),
        ({"+": [1, [2]]}, ("not_an_expression",)),
        ({"eval": ["1"]}, ("unknown_operator",)),
        ({"if": [1, 2]}, ("wrong_operands",)),
        ({"today": [1]}, ("wrong_operands",)),
        ({"+": []}, ("wrong_operands",)),
        ({"var": [1]}, ("bad_variable",)),
        ({"var": "__proto__"}, ("bad_variable",)),
        ({"var": "an age"}, ("bad_variable",)),
        ({"var": "a.b.c.d.e"}, ("bad_variable",)),
        ({"var": "height"}, ("unknown_variable",)),
        ({"regex": ["a", {"var": "age"}]}, ("bad_pattern",)),
        ({"regex": ["a", "("]}, ("bad_pattern",)),
        (2**53, ("out_of_range",)),
        (float("inf"), ("out_of_range",)),
        ("a" * 1_001, ("too_long",)),
        (
            {"+": [{"var": "height"}, {"var": "weight"}, {"x": 1}]},
            ("unknown_variable", "unknown_operator"),
        ),
    ],
)
def test_what_is_wrong_with_an_expression_is_said_by_codes(
    expression: object, faults: tuple[str, ...]
) -> None:
    assert faults_of_expression(expression, known={"age"}) == faults


def test_an_expression_that_nobody_could_read_is_refused() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = {"!": [deep]}

    assert faults_of_expression(deep) == ("too_deep",)
    assert faults_of_expression({"+": [1] * 600}) == ("wrong_operands", "too_long")


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bA",
        r"\s+",
        "(?i)a",
        "(?P<n>a)",
        "(?=a)",
        "(?!a)",
        r"(a)\1",
        "[[:alpha:]]",
        "a**",
        "a{1001}",
        "a{",
        "{1}",
        "[a",
        "]",
        "[z-a]",
        r"\p{Arabic}",
        r"\x41",
        r"\-",
        "a++",
        "^*a",
        "a${2}",
        "[a-\\d]",
        "a" * 257,
        "\ud800",
    ],
)
def test_a_pattern_that_is_not_read_alike_everywhere_is_refused(pattern: str) -> None:
    assert faults_of_expression({"regex": ["a", pattern]}) == ("bad_pattern",)


def test_the_answers_that_an_expression_reads_are_known() -> None:
    expression = {"and": [{">": [{"var": "age"}, {"max": {"var": "family.age"}}]}, {"var": ["a"]}]}

    assert variables(expression) == {"age", "family.age", "a"}


def test_every_operator_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs" / "reference" / "expressions.md").read_text("utf-8")
    told = set(re.findall(r"`([^`]+)`", page))

    assert OPERATORS.keys() <= told
