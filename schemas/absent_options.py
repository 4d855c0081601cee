"""Conditions that ask for an option that there is not: they never hold, and nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.definition import EXPRESSIONS, SELECTS, Field, Form
from schemas.expressions.faults import parts
from schemas.expressions.operators import operands_of
from schemas.paths import FieldPath, fields_by_path, meant

_ASK_FOR_ONE = ("==", "!=", "selected")


class AbsentOption(NamedTuple):
    """An option that an expression asks for, and its question does not have.

    Attributes:
        path: of the expression, as `family.relation.relevant`.
        question: whose options were looked at.
    """

    path: str
    question: str
    option: str


def absent_options(form: Form) -> tuple[AbsentOption, ...]:
    """The options that a form's expressions ask for in vain, in its order.

    An option that was replaced is one of them: answers of before are read as the new one.
    """
    asked = dict(fields_by_path(form))
    found = [
        AbsentOption(".".join((one.name, "relevant")), *lacking)
        for one in form.sections
        for lacking in _lacking(one.relevant, (), asked)
    ]
    for path, one in asked.items():
        for key in EXPRESSIONS:
            told = ".".join((*path, key))
            lacking_here = _lacking(getattr(one, key), path[:-1], asked)
            found += [AbsentOption(told, *lacking) for lacking in lacking_here]
    return tuple(dict.fromkeys(found))


def _lacking(
    expression: Any, rows: FieldPath, asked: Mapping[FieldPath, Field]
) -> Iterator[tuple[str, str]]:
    for _, part in parts(expression):
        if not isinstance(part, dict):
            continue
        for operator in _ASK_FOR_ONE:
            operands = operands_of(part[operator]) if operator in part else []
            texts = [one for one in operands if isinstance(one, str) and one]
            named = [operands_of(one["var"])[0] for one in operands if _is_variable(one)]
            questions = (asked.get(meant(name, rows, asked)) for name in named)
            for one in questions:
                if one is not None and one.type in SELECTS:
                    codes = {option.code for option in one.options}
                    yield from ((one.name, text) for text in texts if text not in codes)


def _is_variable(operand: Any) -> bool:
    return isinstance(operand, dict) and "var" in operand
