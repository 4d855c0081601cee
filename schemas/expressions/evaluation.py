"""The value of an expression where it stands in a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.expressions.operators import OPERATORS, operands_of
from schemas.expressions.values import Value, is_empty, truth

Answers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees.

    Attributes:
        today: the day, as YYYY-MM-DD.
        answers: of the document; what is hidden by its own condition is left out beforehand.
        rows: the rows of repeat groups in which the expression stands, the outermost first.
    """

    today: str
    answers: Answers
    rows: tuple[Answers, ...] = ()

    def within(self, row: Answers) -> Scope:
        """What an expression in a row sees."""
        return Scope(self.today, self.answers, (*self.rows, row))


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
    if made is not None:
        return made(*(value_of(operand, scope) for operand in operands))
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
        case _:
            return scope.today


def _variable(path: str, scope: Scope) -> Value:
    """The answer of a name, from the innermost row that has it; behind a dot, those of a cell in
    all rows, the empty ones left out, or a part of an answer that has named parts.
    """
    name, *cells = path.split(".")
    around = (*reversed(scope.rows), scope.answers)
    value = next((one[name] for one in around if name in one), None)
    for cell in cells:
        if isinstance(value, dict):
            value = value.get(cell)
            continue
        rows = value if isinstance(value, list) else []
        found = [row.get(cell) for row in rows if isinstance(row, dict)]
        value = [entry for one in found for entry in (one if isinstance(one, list) else [one])]
        value = [one for one in value if not is_empty(one)]
    return value
