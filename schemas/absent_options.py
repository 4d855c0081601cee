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
_YES_OR_NO = ("yes", "no")
"""The words of XLSForm, with which an answer of that kind is compared."""


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
    """The options that a form's expressions ask for in vain: those of sections, then of questions.

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
    whole = [part for _, part in parts(expression)]
    written = {part for part in whole if isinstance(part, str)}
    for part in whole:
        for operator in _ASK_FOR_ONE:
            if not isinstance(part, dict) or operator not in part:
                continue
            operands = operands_of(part[operator])
            names = [name for one in operands if (name := _read(one)) is not None]
            texts = [one for one in operands if isinstance(one, str)]
            if operator != "!=":  # what is only to be another one is offered
                known = _known_of_options(names, options, operator)
                texts += [one for one in known if one not in written]  # else it is let through
            questions = (asked.get(meant(name, rows, asked)) for name in names)
            for one in questions:
                if one is not None and (codes := _codes(one)):
                    yield from ((one.name, text) for text in texts if text not in codes)


def _codes(asked: Field) -> frozenset[str]:
    """What a question may be compared with; nothing where that is no code."""
    if asked.type == "yes_no":
        return frozenset({"", *_YES_OR_NO})
    return frozenset({"", *(one.code for one in asked.options)} if asked.type in SELECTS else ())


def _read(operand: Any) -> str | None:
    """The question whose code an operand is: a variable; of yes or no the word for its answer."""
    if isinstance(operand, dict) and "if" in operand:
        condition, *words = operands_of(operand["if"])
        operand = condition if words == [*_YES_OR_NO] else None
    if not isinstance(operand, dict) or "var" not in operand:
        return None
    name: str = operands_of(operand["var"])[0]
    return name


def _known_of_options(
    names: Sequence[str], options: Sequence[Option], operator: str
) -> Iterator[str]:
    """What a filter of choices may find under names, such as the states of some districts."""
    for name in names:
        of_choice, _, attribute = name.partition(".")
        if of_choice == CHOICE:
            told = (one.attributes.get(attribute, "") for one in options)
            yield from (
                text for one in told for text in (one.split() if operator == "selected" else [one])
            )
