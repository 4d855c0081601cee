"""The value of an expression where it stands in a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


Evaluator = Callable[[Scope], Value]


def value_of(expression: Any, scope: Scope) -> Value:
    """What an expression comes to: None, a boolean, a number, a text, or a list of answers.

    Args:
        expression: one in which `faults_of_expression` finds nothing.
    """
    return compiled(expression)(scope)


def condition(expression: Any) -> Callable[[Scope], bool]:
    """A condition taken apart once, to be decided many times."""
    evaluate = compiled(expression)
    return lambda scope: truth(evaluate(scope))


def compiled(expression: Any) -> Evaluator:
    """An expression taken apart once, to be evaluated many times; see `value_of`."""
    if not isinstance(expression, dict):
        return lambda _: expression
    ((name, given),) = expression.items()
    operands = operands_of(given)
    if name == "var":
        return _variable(operands[0])
    parts = [compiled(operand) for operand in operands]
    made = OPERATORS[name].made
    if made is None:
        return _chosen(name, parts)
    if paths := _columns(operands):
        return _gathered((name, *paths), made, parts)
    return _operation(made, parts)


def _operation(made: Callable[..., Value], parts: list[Evaluator]) -> Evaluator:
    if len(parts) == 1:
        (only,) = parts
        return lambda scope: made(only(scope))
    if len(parts) == 2:
        one, other = parts
        return lambda scope: made(one(scope), other(scope))
    return lambda scope: made(*[part(scope) for part in parts])


def _gathered(
    key: tuple[str, ...], made: Callable[..., Value], parts: list[Evaluator]
) -> Evaluator:
    """An operation on columns of rows. In a row that is in none of them it is made once for all:
    a condition in each row of many would make it again and again.
    """
    groups = [path.partition(".")[0] for path in key[1:]]
    operation = _operation(made, parts)

    def evaluated(scope: Scope) -> Value:
        if not scope.rows or any(group in row for row in scope.rows for group in groups):
            return operation(scope)
        if key not in scope.gathered:
            scope.gathered[key] = operation(scope)
        return scope.gathered[key]

    return evaluated


def _columns(operands: list[Any]) -> list[str]:
    """The paths that operands are which are all columns of rows; empty where one is not."""
    if not all(isinstance(one, dict) and "var" in one for one in operands):
        return []
    paths = [str(operands_of(one["var"])[0]) for one in operands]
    return paths if all("." in path for path in paths) else []


def _chosen(name: str, parts: list[Evaluator]) -> Evaluator:
    """The operators that ask where they stand, or leave some operands aside."""
    match name:
        case "and" if len(parts) == 2:  # as most are
            one, other = parts
            return lambda scope: truth(one(scope)) and truth(other(scope))
        case "and":
            return lambda scope: all(truth(part(scope)) for part in parts)
        case "or":
            return lambda scope: any(truth(part(scope)) for part in parts)
        case "if":
            holds, then, otherwise = parts
            return lambda scope: (then if truth(holds(scope)) else otherwise)(scope)
        case "coalesce":
            return lambda scope: next(
                (one for part in parts if not is_empty(one := part(scope))), None
            )
        case "today":
            return lambda scope: scope.today
    raise AssertionError(f"{name} has no value")


def _variable(path: str) -> Evaluator:
    """The answer of a name, from the innermost row that has it; behind a dot, those of a cell in
    all rows, the empty ones left out, or a part of an answer that has named parts.
    """
    name, *cells = path.split(".")

    def whole(scope: Scope) -> Value:
        if scope.rows:
            for row in reversed(scope.rows):
                if name in row:
                    return row[name]
        return scope.answers.get(name)

    return (lambda scope: _part(whole(scope), cells)) if cells else whole


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
