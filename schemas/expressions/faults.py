"""What is wrong with an expression, before it is ever evaluated; and which answers it reads."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from typing import Any

from schemas.expressions.operators import OPERATORS, operands_of
from schemas.expressions.pattern import is_pattern
from schemas.expressions.values import GREATEST

DEEPEST, MOST_PARTS, LONGEST_TEXT = 32, 500, 1_000
Known = tuple[Collection[str], Collection[str]]
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}(?:\.[A-Za-z0-9-][A-Za-z0-9_-]{0,63}){0,3}")
"""Names; the last may be the code of an option of a tally."""


def faults_of_expression(
    expression: Any, known: Collection[str] | None = None, near: Collection[str] = ()
) -> tuple[str, ...]:
    """The codes of what is wrong with an expression, each once; often nothing.

    Takes any JSON. Codes: not_an_expression (no JSON value that is one; an object with not one
    member), unknown_operator, wrong_operands (too few or too many), bad_variable (no path of
    names), unknown_variable, bad_pattern (not one text, or read differently here and there),
    out_of_range, too_deep, too_long.

    Args:
        known: the paths that may be read; None where that is not checked.
        near: others that may be read where the expression stands.
    """
    found: dict[str, None] = {}
    for count, (depth, part) in enumerate(parts(expression), start=1):
        if depth > DEEPEST or count > MOST_PARTS:
            return (*found, "too_deep" if depth > DEEPEST else "too_long")
        if fault := _fault(part, None if known is None else (known, near)):
            found[fault] = None
    return tuple(found)


def variables(expression: Any) -> frozenset[str]:
    """The paths that an expression reads, such as `age` and `family.age`."""
    return frozenset(
        operands_of(part["var"])[0]
        for _, part in parts(expression)
        if isinstance(part, dict) and "var" in part
    )


def parts(expression: Any) -> Iterator[tuple[int, Any]]:
    """An expression and all that it is made of, each with its depth."""
    waiting = [(1, expression)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        if depth <= DEEPEST and isinstance(part, dict):
            operands = [one for given in part.values() for one in operands_of(given)]
            waiting.extend((depth + 1, operand) for operand in reversed(operands))


def asks_the_day(expression: Any) -> bool:
    """Whether the value of an expression may hang on the day."""
    return any(isinstance(part, dict) and "today" in part for _, part in parts(expression))


def _fault(part: Any, known: Known | None) -> str | None:
    if isinstance(part, dict):
        return _fault_of_operation(part, known)
    if isinstance(part, str):
        return "too_long" if len(part) > LONGEST_TEXT else None
    if isinstance(part, (int, float)) and not isinstance(part, bool):
        is_exact = not isinstance(part, float) or math.isfinite(part)
        return None if is_exact and abs(part) <= GREATEST else "out_of_range"
    return None if part is None or isinstance(part, bool) else "not_an_expression"


def _fault_of_operation(part: dict[str, Any], known: Known | None) -> str | None:
    if len(part) != 1:
        return "not_an_expression"
    ((name, given),) = part.items()
    operands = operands_of(given)
    operator = OPERATORS.get(name)
    if operator is None:
        return "unknown_operator"
    if not operator.least <= len(operands) <= operator.most:
        return "wrong_operands"
    if name == "var":
        return _fault_of_variable(operands[0], known)
    if name == "regex" and not (isinstance(operands[1], str) and is_pattern(operands[1])):
        return "bad_pattern"
    return None


def _fault_of_variable(path: Any, known: Known | None) -> str | None:
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        return "bad_variable"
    is_known = known is None or any(path in paths for paths in known)
    return None if is_known else "unknown_variable"
