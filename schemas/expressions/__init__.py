"""Conditions and calculations of forms: a closed set of operators in JsonLogic's notation.

An expression is JSON: a number, a text, true, false or null stands for itself; an object of one
member, `{"operator": [operands]}`, for what the operator makes of its operands. It has no side
effects, no loops and no clock, and it always has a value: what cannot be computed is empty (null),
as an unanswered question is.

The tablet evaluates with `web/src/expressions`, in TypeScript. Both are tried with one table,
`tests/schemas/expression_cases.json`.
"""

from schemas.expressions.evaluation import Answers, Scope, condition, value_of
from schemas.expressions.faults import asks_the_day, faults_of_expression, variables
from schemas.expressions.values import is_empty

__all__ = [
    "Answers",
    "Scope",
    "asks_the_day",
    "condition",
    "faults_of_expression",
    "is_empty",
    "value_of",
    "variables",
]
