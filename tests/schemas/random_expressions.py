"""Expressions and answers by chance, wrong kinds of values among them."""

from __future__ import annotations

import random
from typing import Any

from schemas.expressions import Scope
from schemas.expressions.operators import OPERATORS
from schemas.expressions.pattern import is_pattern

_NAMES = ["none", "age", "weight", "code", "born", "at", "name", "needs", "seen", "family", "odd"]
_PATHS = [*_NAMES, "unknown", "family.age", "family.skills", "age.x", "family.people.age"]
_LITERALS: list[Any] = [
    *(None, True, False, 0, 1, -1, 3, 2.5, -0.5, 0.1, 1e-7, 365.25, 2**53 - 1, -(2**53) + 1),
    *("", "3", "-2.50", "food", "2026-11-26", "2024-02-29", "2023-02-29", "0001-01-01", "abc"),
    *("2026-11-26T08:12:03.25+02:00", "2026-11-26T25:00Z", "9999-12-31", "كنف", "😀", " 7 "),
]
_PATTERNS = ["[a-z]+", r"\d{4}-\d{2}-\d{2}", r"\p{L}*", ".*", "(a|b)?c?", "[^0-9]+", ""]
_PIECES = [
    *(
        "a",
        "b",
        "-",
        "/",
        " ",
        "م",
        "😀",
        "\n",
        ".",
        "^",
        "$",
        "|",
        "(",
        "(?:",
        ")",
        "[",
        "]",
        "[^",
    ),
    *("?", "*", "+", "{2}", "{1,}", "{0,3}", "??", r"\d", r"\D", r"\w", r"\W", r"\.", r"\/", r"\]"),
    *(r"\p{L}", r"\P{Lu}", r"\n", "[a-c]", "[^a]", r"[\d-]", r"[\]\-x]", "[-a]", r"[\p{L}_]"),
]


def random_answers(chance: random.Random) -> dict[str, Any]:
    """Answers of a document, each of the kind that its name says, or none, or odd."""
    row = {
        "id": "x",
        "age": chance.choice([None, 3, 40, "5", 0.5]),
        "skills": chance.choice([[], ["sew"], ["sew", "cook"], None]),
        "people": [{"id": "y", "age": chance.choice([1, None])}],
    }
    kinds: dict[str, list[Any]] = {
        "none": [None],
        "age": [7, 0, -3, None],
        "weight": [12.5, 0.1, 1e-9, 123456.789],
        "code": ["10", "b", "3"],
        "born": ["2019-02-28", "2019-02-30", ""],
        "at": ["2026-11-26T08:12:03+02:00", "2026-11-26T23:59Z"],
        "name": ["Amina", "", "محمد"],
        "needs": [["food", "shelter"], [], ["3"]],
        "seen": [True, False, None],
        "family": [[row, {"id": "z"}], []],
        "odd": _LITERALS,
    }
    return {name: chance.choice(kinds[name]) for name in _NAMES if chance.random() < 0.9}


def random_scope(chance: random.Random) -> Scope:
    """What an expression may see, sometimes from within a row."""
    answers = random_answers(chance)
    rows = (random_answers(chance),) if chance.random() < 0.3 else ()
    return Scope(chance.choice(["2026-11-26", "2024-02-29"]), answers, rows)


def random_expression(chance: random.Random, depth: int = 4) -> Any:
    """An expression in which nothing is wrong."""
    if depth == 0 or chance.random() < 0.15:
        return chance.choice(_LITERALS)
    name = chance.choice(list(OPERATORS))
    if name == "var" or chance.random() < 0.3:
        return {"var": chance.choice(_PATHS)}
    operator = OPERATORS[name]
    count = chance.randint(operator.least, min(operator.most, operator.least + 2))
    operands = [random_expression(chance, depth - 1) for _ in range(count)]
    if name == "regex":
        operands[1] = random_pattern(chance)
    return {name: operands}


def random_pattern(chance: random.Random) -> str:
    """A pattern that is read alike everywhere, as the service believes."""
    while True:
        pattern = "".join(chance.choices(_PIECES, k=chance.randint(1, 6)))
        if chance.random() < 0.1:
            return chance.choice(_PATTERNS)
        if is_pattern(pattern):
            return pattern
