"""The tablet's evaluator has the table of cases of the server's."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.expressions import value_of
from tablet.stock.node import node_command
from tests.schemas.expression_table import CASES, Case
from tests.schemas.random_expressions import (
    random_expression,
    random_pattern,
    random_scope,
)

HERE = Path(__file__).parent


def values_in_javascript(build: Path, cases: list[Case]) -> list[Any]:
    table = [
        {
            "expression": case.expression,
            "scope": {
                "today": case.scope.today,
                "answers": case.scope.answers,
                "rows": case.scope.rows,
            },
        }
        for case in cases
    ]
    said = subprocess.run(
        [*node_command(), str(HERE / "evaluate.mjs"), str(build)],
        input=json.dumps(table),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    values: list[Any] = json.loads(said.stdout)
    return values


def test_every_expression_of_the_table_has_its_value_in_javascript(
    web_build: Path, figure: Callable[[str], None]
) -> None:
    values = values_in_javascript(web_build, CASES)

    wrong = [
        (case.name, json.dumps(value))
        for case, value in zip(CASES, values, strict=True)
        if json.dumps(value) != json.dumps(case.gives)
    ]
    figure(f"expressions: {len(CASES)} cases in Python and TypeScript, {len(wrong)} unlike")
    assert wrong == []


def test_whatever_is_asked_python_and_javascript_say_the_same(
    web_build: Path, figure: Callable[[str], None]
) -> None:
    seed, count = 20_261_126, 20_000
    chance = random.Random(seed)
    cases = []
    for _ in range(count):
        expression, scope = random_expression(chance), random_scope(chance)
        cases.append(Case(json.dumps(expression), expression, scope, value_of(expression, scope)))
    values = values_in_javascript(web_build, cases)

    unlike = [
        (case.name, case.scope, case.gives, value)
        for case, value in zip(cases, values, strict=True)
        if json.dumps(case.gives) != json.dumps(value)
    ]
    figure(f"expressions by chance: {count} tried, {len(unlike)} unlike, seed {seed}")
    assert unlike[:3] == []
    assert len({json.dumps(value) for value in values}) > count // 50, "all came to the same"


def test_a_pattern_that_is_let_through_matches_the_same_texts_in_javascript(
    web_build: Path, figure: Callable[[str], None]
) -> None:
    seed, count = 20_261_127, 20_000
    chance = random.Random(seed)
    scope = random_scope(chance)
    cases = []
    for _ in range(count):
        text = "".join(chance.choices("abc-/. ]xX9_م😀\n\u2028", k=chance.randint(0, 4)))
        expression = {"regex": [text, random_pattern(chance)]}
        cases.append(Case(json.dumps(expression), expression, scope, value_of(expression, scope)))
    values = values_in_javascript(web_build, cases)

    unlike = [
        (case.name, case.gives, value)
        for case, value in zip(cases, values, strict=True)
        if case.gives is not value
    ]
    matched = sum(value is True for value in values)
    figure(
        f"patterns by chance: {count} tried, {matched} matched, {len(unlike)} unlike, seed {seed}"
    )
    assert unlike[:5] == []
    assert matched > count // 50
