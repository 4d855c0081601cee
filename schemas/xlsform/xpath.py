"""XLSForm's conditions and calculations, which are XPath, as expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from elementpath import ElementPathError

from schemas.expressions import faults_of_expression
from schemas.xlsform.xpath_parser import parsed

LONGEST_SOURCE = 4_000
_REFERENCE = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_CURRENT = re.compile(r"current\(\s*\)\s*/")
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.:-]*)\s*\(")
_IN_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"")


class UntranslatableXPath(ValueError):
    """An XPath expression that has no expression.

    Attributes:
        code: `bad_xpath` (it is none), `unknown_question`, `unknown_function` (XPath's, ODK's or
            nobody's, but none of ours), `unknown_path` (a way through the form's XML),
            `unknown_operator`, `too_long`, or a code of `faults_of_expression`.
        about: the name that it is about; empty for the whole.
    """

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code}: {about}" if about else code)
        self.code = code
        self.about = about


@dataclass(frozen=True)
class Question:
    """What an expression may refer to.

    Attributes:
        type: of the field; a yes/no is asked for as 'yes' or 'no' in XLSForm.
        repeats: the repeat groups that it is in, the outermost first.
    """

    type: str
    repeats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where an expression stands.

    Attributes:
        questions: of the form, by name.
        itself: the question that `.` means; None where there is none.
        repeats: the repeat groups around it, the outermost first.
        columns: of the choices that a filter chooses among, which it names without more ado.
    """

    questions: Mapping[str, Question]
    itself: str | None = None
    repeats: tuple[str, ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)


def expression_of(source: str, place: Place) -> Any:
    """An XPath expression as one of ours.

    Raises:
        UntranslatableXPath: there is none.
    """
    if len(source) > LONGEST_SOURCE:
        raise UntranslatableXPath("too_long")
    try:
        token = parsed(_with_variables(source))
        expression = _Translation(place).of(token)
    except ElementPathError:
        raise UntranslatableXPath("bad_xpath") from None
    except RecursionError:
        raise UntranslatableXPath("too_deep") from None
    for fault in faults_of_expression(expression):
        raise UntranslatableXPath(fault)
    return expression


def _with_variables(source: str) -> str:
    """`${age}` as XPath's variable `$age`; in quotes nothing is one.

    Raises:
        UntranslatableXPath: a name is none that XPath could have, or a function none of ours; it is
            told by the name that stands there, prefix and all.
    """
    parts, at = [], 0
    for quoted in _IN_QUOTES.finditer(source):
        parts += [_outside_quotes(source[at : quoted.start()]), quoted[0]]
        at = quoted.end()
    return "".join([*parts, _outside_quotes(source[at:])])


def _outside_quotes(part: str) -> str:
    part = _CURRENT.sub("./", part)
    for name in _CALL.findall(part):
        if name not in _KNOWN_CALLS:
            raise UntranslatableXPath("unknown_function", name)
    return _REFERENCE.sub(_variable, part)


def _variable(reference: re.Match[str]) -> str:
    if not _NAME.fullmatch(reference[1]):
        raise UntranslatableXPath("unknown_question", reference[1])
    return f" ${reference[1]} "


_OPERATORS = {
    **{symbol: symbol for symbol in ("and", "or", "!=", "<", "<=", ">", ">=", "+", "-", "*")},
    "=": "==",
    "div": "/",
    "mod": "%",
}
_FUNCTIONS = {
    **{name: name for name in ("today", "if", "coalesce", "selected", "regex", "round", "int")},
    **{name: name for name in ("min", "max", "sum", "count", "concat", "date")},
    "not": "!",
    "count-selected": "count",
    "string-length": "length",
    "number": "+",
    "string": "concat",
}
_KNOWN_CALLS = {*_FUNCTIONS, "true", "false", "boolean", "and", "or", "div", "mod"}
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True)
class _Translation:
    """The translation of the tokens of one expression."""

    place: Place

    def of(self, token: Any) -> Any:
        """The expression of a token and all below it."""
        symbol: str = token.symbol
        if symbol in _LITERALS:
            return _LITERALS[symbol](token.value)
        if symbol == "$":
            return self._reference(str(token[0].value))
        if symbol == ".":
            return self._itself()
        if symbol == "(name)" and token.value in self.place.columns:
            return {"var": str(token.value)}
        if symbol == "/" or symbol in ("..", "(name)", "[", "::", "//", "@"):
            return self._path(token)
        if token.label == "function":
            return self._function(symbol, list(token))
        if symbol in ("=", "!=") and (answer := self._yes_or_no(token)) is not None:
            return {_OPERATORS[symbol]: answer}
        if symbol in _OPERATORS:
            return {_OPERATORS[symbol]: [self.of(operand) for operand in token]}
        if symbol == "(" and len(token) == 1:
            return self.of(token[0])
        raise UntranslatableXPath("unknown_operator", symbol)

    def _reference(self, name: str) -> Any:
        question = self.place.questions.get(name)
        if question is None:
            raise UntranslatableXPath("unknown_question", name)
        return {"var": ".".join([*_way(self.place.repeats, question.repeats), name])}

    def _itself(self) -> Any:
        if self.place.itself is None:
            raise UntranslatableXPath("unknown_path", ".")
        return self._reference(self.place.itself)

    def _path(self, token: Any) -> Any:
        """A question beside the one that asks, `../name`; other ways lead through a tree that forms
        here do not have.
        """
        steps = _steps(token)
        if steps[0] == ".":
            steps = steps[1:]
        if len(steps) == 2 and steps[0] == ".." and _NAME.fullmatch(steps[1]):
            return self._reference(steps[1])
        raise UntranslatableXPath("unknown_path", str(token.source)[:100])

    def _function(self, name: str, operands: Sequence[Any]) -> Any:
        if name in ("true", "false"):
            return name == "true"
        if name == "boolean":
            return {"!": [{"!": [self.of(operands[0])]}]}
        if name == "selected" and (answer := self._yes_or_no(operands)) is not None:
            return {"==": answer}
        if name not in _FUNCTIONS or (name in ("number", "string") and not operands):
            raise UntranslatableXPath("unknown_function", name)
        return {_FUNCTIONS[name]: [self.of(operand) for operand in operands]}

    def _yes_or_no(self, operands: Sequence[Any]) -> list[Any] | None:
        """A yes/no question and the answer that it is compared with, if that is what they are."""
        one, other = operands[0], operands[1]
        for asked, told in ((one, other), (other, one)):
            if told.symbol == "(string)" and told.value in _YES_NO and self._is_yes_no(asked):
                return [self.of(asked), _YES_NO[told.value]]
        return None

    def _is_yes_no(self, token: Any) -> bool:
        name = {"$": lambda: str(token[0].value), ".": lambda: self.place.itself or ""}
        named = name.get(token.symbol)
        question = self.place.questions.get(named()) if named else None
        return question is not None and question.type == "yes_no"


def _text(value: str) -> str | None:
    """An empty text is an unanswered question."""
    return value or None


def _number(value: int | float | Decimal) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


_LITERALS: Mapping[str, Callable[[Any], Any]] = {
    "(string)": _text,
    "(integer)": _number,
    "(decimal)": _number,
    "(float)": _number,
}


def _way(here: tuple[str, ...], there: tuple[str, ...]) -> tuple[str, ...]:
    """The repeat groups between a place and a question: those that they do not share."""
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return there[shared:]


def _steps(token: Any) -> list[str]:
    """The steps of a path; one that is no name or dots is told by its symbol."""
    if token.symbol == "/" and len(token) == 2:
        return [*_steps(token[0]), *_steps(token[1])]
    return [str(token.value) if token.symbol == "(name)" else str(token.symbol)]
