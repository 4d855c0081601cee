"""Conditions and calculations of forms: a closed set of operators in JsonLogic's notation.

An expression is JSON: a number, a text, true, false or null stands for itself; an object of one
member, `{"operator": [operands]}`, for what the operator makes of its operands. It has no side
effects, no loops and no clock, and it always has a value: what cannot be computed is empty (null),
as an unanswered question is.

The tablet evaluates with `web/src/expressions`, in TypeScript. Both are tried with one table,
`tests/schemas/expression_cases.json`.
"""

from schemas.expressions.evaluation import Scope, is_true, value_of
from schemas.expressions.faults import faults_of_expression, variables

__all__ = ["Scope", "faults_of_expression", "is_true", "value_of", "variables"]
