"""The value of an expression where it stands in a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.expressions.operators import OPERATORS, operands_of
from schemas.expressions.values import Value, is_empty, truth

Answers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees.

    Attributes:
        today: the day, as YYYY-MM-DD.
        answers: of the document; what is hidden by its own condition is empty beforehand.
        rows: the rows of repeat groups in which the expression stands, the outermost first. Each
            has all of its cells, the empty ones too: they hide what has their name around them.
        gathered: what was made of all rows of the document, by operator and paths: a condition in
            each row of many would make it again and again.
    """

    today: str
    answers: Answers
    rows: tuple[Answers, ...] = ()
    gathered: dict[tuple[str, ...], Value] = field(default_factory=dict, compare=False, repr=False)

    def within(self, row: Answers) -> Scope:
        """What an expression in a row sees."""
        return Scope(self.today, self.answers, (*self.rows, row), self.gathered)

    def forget(self) -> None:
        """To be called after an answer was changed."""
        self.gathered.clear()


def is_true(expression: Any, scope: Scope) -> bool:
    """Whether a condition holds."""
    return truth(value_of(expression, scope))


def value_of(expression: Any, scope: Scope) -> Value:
    """What an expression comes to: None, a boolean, a number, a text, or a list of answers.

    Args:
        expression: one in which `faults_of_expression` finds nothing.
    """
    if not isinstance(expression, dict):
        return expression
    ((name, given),) = expression.items()
    operands = operands_of(given)
    made = OPERATORS[name].made
    if made is None:
        return _chosen(name, operands, scope)
    read = _read_of_all_rows(name, operands, scope)
    if read in scope.gathered:
        return scope.gathered[read]
    value = made(*(value_of(operand, scope) for operand in operands))
    if read:
        scope.gathered[read] = value
    return value


def _chosen(name: str, operands: list[Any], scope: Scope) -> Value:
    """What the operators come to that ask where they stand, or leave some operands aside."""
    match name:
        case "var":
            return _variable(operands[0], scope)
        case "and":
            return all(is_true(operand, scope) for operand in operands)
        case "or":
            return any(is_true(operand, scope) for operand in operands)
        case "if":
            condition, then, otherwise = operands
            return value_of(then if is_true(condition, scope) else otherwise, scope)
        case "coalesce":
            values = (value_of(operand, scope) for operand in operands)
            return next((one for one in values if not is_empty(one)), None)
        case "today":
            return scope.today
    raise AssertionError(f"{name} has no value")


def _variable(path: str, scope: Scope) -> Value:
    """The answer of a name, from the innermost row that has it; behind a dot, those of a cell in
    all rows, the empty ones left out, or a part of an answer that has named parts.
    """
    name, *cells = path.split(".")
    row = next((one for one in reversed(scope.rows) if name in one), None)
    if row is not None:
        return _part(row[name], cells)
    return _part(scope.answers.get(name), cells)


def _read_of_all_rows(name: str, operands: list[Any], scope: Scope) -> tuple[str, ...]:
    """The operator and the paths of an expression in a row that reads nothing of the row, but cells
    of all rows; empty where it is another.
    """
    if not scope.rows or not all(isinstance(one, dict) and "var" in one for one in operands):
        return ()
    paths = [str(operands_of(one["var"])[0]) for one in operands]
    groups = [path.partition(".") for path in paths]
    if all(dot and not any(group in row for row in scope.rows) for group, dot, _ in groups):
        return (name, *paths)
    return ()


def _part(value: Value, cells: list[str]) -> Value:
    for cell in cells:
        if isinstance(value, dict):
            value = value.get(cell)
            continue
        rows = value if isinstance(value, list) else []
        found = [row.get(cell) for row in rows if isinstance(row, dict)]
        entries = [entry for one in found for entry in (one if isinstance(one, list) else [one])]
        value = [one for one in entries if not is_empty(one)]
    return value
