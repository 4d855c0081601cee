"""The operators: how many operands each takes, and what it makes of their values.

`var`, `today`, `and`, `or`, `if` and `coalesce` are in `evaluation.py`: they ask where they stand,
or do not look at all of their operands. What cannot be computed is None.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.expressions.pattern import matches
from schemas.expressions.values import Value, day, equal, is_empty, normal, number, text, truth

_BLANKS = re.compile(r"[ \t\r\n]+")
_MOST = 100
"""Operands of one operator."""


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator takes.

    Attributes:
        least, most: how many operands.
        made: its value, of the values of its operands; None for those of `evaluation.py`.
    """

    least: int
    most: int
    made: Callable[..., Value] | None


def _compared(holds: Callable[[float, float], bool]) -> Operator:
    def made(one: Value, other: Value) -> bool:
        """Whether it holds of two numbers; of what is none nothing holds."""
        first, second = number(one), number(other)
        return first is not None and second is not None and holds(first, second)

    return Operator(2, 2, made)


def _computed(least: int, most: int, compute: Callable[..., float | None]) -> Operator:
    def made(*operands: Value) -> Value:
        """A number; None where an operand is none or the result is too large."""
        numbers = [number(operand) for operand in operands]
        return None if None in numbers else normal(compute(*numbers))

    return Operator(least, most, made)


def _summed(*numbers: float) -> float:
    total = 0.0
    for one in numbers:  # in their order: Python's own sum is more exact than JavaScript's
        total += one
    return total


def _product(*numbers: float) -> float:
    product = 1.0
    for one in numbers:
        product *= one
    return product


def _difference(one: float, other: float | None = None) -> float:
    return -one if other is None else one - other


def _quotient(one: float, other: float) -> float | None:
    return one / other if other else None


def _remainder(one: float, other: float) -> float | None:
    """With the sign of the first, as in XPath and JavaScript."""
    return math.fmod(one, other) if other else None


def _rounded(value: float, places: float = 0) -> float | None:
    """The nearest with so many decimal places, -9 to 9; of two the greater."""
    if places not in range(-9, 10):
        return None
    scale = 10.0 ** abs(int(places))
    scaled = value * scale if places >= 0 else value / scale
    below = math.floor(scaled)
    nearest = float(below + (scaled - below >= 0.5))
    return nearest / scale if places >= 0 else nearest * scale


def _numbers(operands: Sequence[Value]) -> list[float] | None:
    """The numbers among operands and in the lists among them, empty ones left out; None where
    anything else is.
    """
    numbers: list[float] = []
    for entry in _entries(operands):
        told = number(entry)
        if told is None:
            return None
        numbers.append(told)
    return numbers


def _entries(operands: Sequence[Value]) -> Iterator[Value]:
    for operand in operands:
        yield from (one for one in _listed(operand) if not is_empty(one))


def _listed(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    return [] if is_empty(value) else [value]


def _of_all(compute: Callable[[list[float]], float | None]) -> Callable[..., Value]:
    def made(*operands: Value) -> Value:
        numbers = _numbers(operands)
        return None if numbers is None else normal(compute(numbers))

    return made


def _words(value: str) -> list[str]:
    """The parts of a text between blanks, which are those of XML."""
    return [part for part in _BLANKS.split(value) if part]


def _selected(value: Value, code: Value) -> bool:
    """Whether a code is chosen: the one, or one of several; a text is codes parted by blanks.

    Source: ODK XForms, XPath functions, `selected`.
    """
    chosen = _words(value) if isinstance(value, str) else _listed(value)
    code = " ".join(_words(code)) if isinstance(code, str) else code
    return any(equal(one, code) for one in chosen) and not is_empty(code)


def _matches(value: Value, pattern: Value) -> bool:
    return isinstance(pattern, str) and matches(pattern, text(value))


def _whole(value: float) -> float:
    return float(math.trunc(value))


OPERATORS: Mapping[str, Operator] = {
    "var": Operator(1, 1, None),
    "and": Operator(1, _MOST, None),
    "or": Operator(1, _MOST, None),
    "if": Operator(3, 3, None),
    "coalesce": Operator(1, _MOST, None),
    "today": Operator(0, 0, None),
    "!": Operator(1, 1, lambda one: not truth(one)),
    "==": Operator(2, 2, equal),
    "!=": Operator(2, 2, lambda one, other: not equal(one, other)),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "+": _computed(1, _MOST, _summed),
    "-": _computed(1, 2, _difference),
    "*": _computed(2, _MOST, _product),
    "/": _computed(2, 2, _quotient),
    "%": _computed(2, 2, _remainder),
    "int": _computed(1, 1, _whole),
    "round": _computed(1, 2, _rounded),
    "sum": Operator(1, _MOST, _of_all(lambda numbers: _summed(*numbers))),
    "min": Operator(1, _MOST, _of_all(lambda numbers: min(numbers, default=None))),
    "max": Operator(1, _MOST, _of_all(lambda numbers: max(numbers, default=None))),
    "count": Operator(1, 1, lambda one: len(_listed(one))),
    "selected": Operator(2, 2, _selected),
    "regex": Operator(2, 2, _matches),
    "concat": Operator(1, _MOST, lambda *all_of: "".join(map(text, all_of))),
    "length": Operator(1, 1, lambda one: len(text(one))),
    "date": Operator(1, 1, day),
}


def operands_of(given: Any) -> list[Any]:
    """The operands of an operator: a list, or one that stands alone."""
    return given if isinstance(given, list) else [given]
