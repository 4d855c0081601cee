"""Conditions that ask for an option that there is not: they never hold, and nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.conditions import CHOICE
from schemas.definition import EXPRESSIONS, SELECTS, Field, Form, Option
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
    return tuple(
        dict.fromkeys(
            AbsentOption(".".join(place), *lacking)
            for place, expression, rows, options in _expressions(form, asked)
            for lacking in _lacking(expression, rows, asked, options)
        )
    )


def _expressions(
    form: Form, asked: Mapping[FieldPath, Field]
) -> Iterator[tuple[FieldPath, Any, FieldPath, Sequence[Option]]]:
    """Each expression: where it is, the expression, the rows that it stands in, and the options
    that it chooses among.
    """
    within: list[tuple[FieldPath, Form | Field]] = [((), form), *asked.items()]
    for rows, holder in within:
        for section in holder.sections:
            yield (*rows, section.name, "relevant"), section.relevant, rows, ()
    for path, one in asked.items():
        for key in EXPRESSIONS:
            options = one.options if key == "choice_filter" else ()
            yield (*path, key), getattr(one, key), path[:-1], options


def _lacking(
    expression: Any, rows: FieldPath, asked: Mapping[FieldPath, Field], options: Sequence[Option]
) -> Iterator[tuple[str, str]]:
    """The questions with the options that they lack.

    Args:
        options: those among which the expression chooses, if it is a filter of choices.
    """
    for _, part in parts(expression):
        if not isinstance(part, dict):
            continue
        for operator in _ASK_FOR_ONE:
            operands = operands_of(part[operator]) if operator in part else []
            named = [operands_of(one["var"])[0] for one in operands if _is_variable(one)]
            texts = [one for one in operands if isinstance(one, str)]
            texts += [text for name in named for text in _known_of_options(name, options)]
            questions = (asked.get(meant(name, rows, asked)) for name in named)
            for one in questions:
                if one is not None and one.type in SELECTS:
                    codes = {"", *(option.code for option in one.options)}
                    yield from ((one.name, text) for text in texts if text not in codes)


def _known_of_options(name: str, options: Sequence[Option]) -> Iterator[str]:
    """What a filter of choices may find under a name, such as the states of some districts."""
    of_choice, _, attribute = name.partition(".")
    if of_choice == CHOICE:
        yield from (one.attributes.get(attribute, "") for one in options)


def _is_variable(operand: Any) -> bool:
    return isinstance(operand, dict) and "var" in operand
