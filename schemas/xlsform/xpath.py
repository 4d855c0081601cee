"""XLSForm's conditions and calculations, which are XPath, as expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from elementpath import ElementPathError

from schemas.conditions import CHOICE
from schemas.definition import LONGEST_SOURCE
from schemas.expressions import faults_of_expression
from schemas.xlsform.xpath_parser import parsed

_REFERENCE = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_CURRENT = re.compile(r"current\(\s*\)\s*/")
_CALL = re.compile(r"(?<![A-Za-z0-9_.:-])([A-Za-z_][A-Za-z0-9_.:-]*+)\s*+\(")
_IN_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"")


class UntranslatableXPath(ValueError):
    """An XPath expression that has no expression.

    Attributes:
        code: `bad_xpath` (it is none), `unknown_question`, `unknown_function` (XPath's, ODK's or
            nobody's, but none of ours), `ambiguous_question` (two have that name), `in_repeat` (a
            question of several rows where one answer is meant), `not_in_repeat` (what is counted is
            not), `unknown_path` (a way through a tree), `unknown_operator`, `too_long`, or a code
            of `faults_of_expression`.
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
        is_ambiguous: whether another question has the same name.
        is_boolean: whether it is calculated, and comes to true or false.
    """

    type: str
    repeats: tuple[str, ...] = ()
    is_ambiguous: bool = False
    is_boolean: bool = False


@dataclass(frozen=True)
class Standing:
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


def expression_of(source: str, place: Standing) -> Any:
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
_PATHS = ("/", "..", "(name)", "[", "::", "//", "@")
_KNOWN_CALLS = {*_FUNCTIONS, "true", "false", "boolean", "and", "or", "div", "mod"}
_YES_NO = {"yes": True, "no": False}
_BOOLEANS = {"true": True, "false": False}
_CHAINED = ("and", "or", "+", "*")
_MOST_IN_A_CHAIN = 100


@dataclass(frozen=True)
class _Translation:
    """The translation of the tokens of one expression."""

    place: Standing

    def of(self, token: Any) -> Any:
        """The expression of a token and all below it."""
        symbol: str = token.symbol
        if symbol in _LITERALS:
            return _LITERALS[symbol](token.value)
        if symbol == "(name)" and token.value in self.place.columns:
            return {"var": f"{CHOICE}.{token.value}"}
        if symbol == "(" and len(token) == 1:
            return self.of(token[0])
        if (name := self._named(token)) is not None:
            return self._as_text(name)
        if token.label == "function":
            return self._function(symbol, list(token))
        if symbol in ("=", "!="):
            return {_OPERATORS[symbol]: self._compared(token[0], token[1])}
        if symbol in _CHAINED and len(token) == 2:
            return self._chain(symbol, token)
        if symbol in _OPERATORS:
            return {_OPERATORS[symbol]: [self.of(operand) for operand in token]}
        raise UntranslatableXPath("unknown_operator", symbol)

    def _named(self, token: Any) -> str | None:
        """The question that a token refers to; None where it is no reference.

        Raises:
            UntranslatableXPath: it is a way through a tree that forms here do not have, or leads to
                no question.
        """
        while token.symbol == "(" and len(token) == 1:
            token = token[0]
        name: str | None = None
        if token.symbol == "$":
            name = str(token[0].value)
        elif token.symbol == ".":
            name = self.place.itself
        elif token.symbol in _PATHS and token.value not in self.place.columns:
            steps = _steps(token)
            steps = steps[1:] if steps[0] == "." else steps
            if len(steps) == 2 and steps[0] == ".." and _NAME.fullmatch(steps[1]):
                name = steps[1]
        else:
            return None
        if name is None:
            raise UntranslatableXPath("unknown_path", str(token.source)[:100])
        if name not in self.place.questions:
            raise UntranslatableXPath("unknown_question", name)
        if self.place.questions[name].is_ambiguous and name != self.place.itself:
            raise UntranslatableXPath("ambiguous_question", name)
        return name

    def _variable(self, name: str, *, in_rows: bool = False) -> Any:
        """The answer of a question.

        Args:
            in_rows: whether it may be that of several rows.
        """
        way = _way(self.place.repeats, self.place.questions[name].repeats)
        if way and not in_rows:
            raise UntranslatableXPath("in_repeat", name)
        return {"var": ".".join([*way, name])}

    def _as_text(self, name: str) -> Any:
        """The answer as XPath has it, to which every answer is a text: codes side by side, and of a
        yes/no its code.
        """
        variable = self._variable(name)
        match self.place.questions[name].type:
            case "yes_no":
                code = {"if": [variable, "yes", "no"]}
                return {"if": [{"==": [variable, None]}, None, code]}
            case "select_many":
                return {"concat": [variable]}
        return variable

    def _compared(self, one: Any, other: Any) -> list[Any]:
        """Two sides of an equation, one of them perhaps a question and the other a code of it."""
        for asked, told in ((one, other), (other, one)):
            if told.symbol == "(string)" and (name := self._named(asked)) is not None:
                if told.value == "":
                    return [self._variable(name), None]
                question = self.place.questions[name]
                codes = _YES_NO if question.type == "yes_no" else _BOOLEANS
                if (question.type == "yes_no" or question.is_boolean) and told.value in codes:
                    return [self._variable(name), codes[told.value]]
        return self._as_booleans([self.of(one), self.of(other)])

    def _as_booleans(self, sides: list[Any]) -> list[Any]:
        """Two sides, of which one comes to true or false: then XPath takes the other so, too.

        Source: XPath 1.0, 3.4.
        """
        kinds = [result_of(side, self.place.questions) for side in sides]
        if kinds.count("boolean") != 1:
            return sides
        return [
            side if kind == "boolean" else _as_boolean(side)
            for side, kind in zip(sides, kinds, strict=True)
        ]

    def _chain(self, symbol: str, token: Any) -> Any:
        """`a or b or c` is one operation, however XPath nests it."""
        operands: list[Any] = []
        while token.symbol == symbol and len(token) == 2:
            operands.append(self.of(token[1]))
            token = token[0]
        operands = [self.of(token), *reversed(operands)]
        while len(operands) > _MOST_IN_A_CHAIN:
            operands[:_MOST_IN_A_CHAIN] = [{symbol: operands[:_MOST_IN_A_CHAIN]}]
        return {symbol: operands}

    def _function(self, name: str, operands: Sequence[Any]) -> Any:
        match name:
            case "true" | "false":
                return name == "true"
            case "boolean":
                return {"!": [{"!": [self.of(operands[0])]}]}
            case "selected":
                return self._selected(operands[0], operands[1])
            case "count":
                return {"count": [self._counted(operands[0])]}
            case "count-selected":
                chosen = self._chosen(operands[0])
                if result_of(chosen, self.place.questions) not in ("list", "empty"):
                    raise UntranslatableXPath("not_choices")
                return {"count": [chosen]}
            case "sum" | "min" | "max":
                return {_FUNCTIONS[name]: [self._gathered(operand) for operand in operands]}
        if name not in _FUNCTIONS or (name in ("number", "string") and not operands):
            raise UntranslatableXPath("unknown_function", name)
        return {_FUNCTIONS[name]: [self.of(operand) for operand in operands]}

    def _selected(self, asked: Any, code: Any) -> Any:
        name = self._named(asked)
        if name is not None and self.place.questions[name].type == "yes_no":
            return {"==": self._compared(asked, code)}
        return {"selected": [self._chosen(asked), self.of(code)]}

    def _chosen(self, token: Any) -> Any:
        """What codes are looked for in: the answers of a question, as they are, also where a
        function passes them on.
        """
        name = token.symbol
        if token.label == "function" and name in ("coalesce", "if"):
            parts = list(token)
            first = [self.of(parts.pop(0))] if name == "if" else []
            return {name: [*first, *(self._chosen(one) for one in parts)]}
        return self._gathered(token)

    def _gathered(self, token: Any) -> Any:
        """The answers of a question, in all rows where it is in some; else what a token is."""
        name = self._named(token)
        return self.of(token) if name is None else self._variable(name, in_rows=True)

    def _counted(self, token: Any) -> Any:
        """The rows of a group, or of that of a question: XPath counts the places for answers."""
        name = self._named(token)
        question = self.place.questions.get(name or "")
        if name is None or question is None:
            raise UntranslatableXPath("not_in_repeat")
        if question.type == "rows":
            return self._variable(name, in_rows=True)
        way = _way(self.place.repeats, question.repeats)
        if not way:
            raise UntranslatableXPath("not_in_repeat", name)
        return {"var": ".".join(way)}


def result_of(expression: Any, questions: Mapping[str, Question]) -> str:
    """What an expression comes to, as far as that is certain: `boolean`, `number`, `text`, `list`,
    `empty`; else `any`.
    """
    if not isinstance(expression, dict):
        kinds = {bool: "boolean", int: "number", float: "number", str: "text"}
        return kinds.get(type(expression), "empty")
    ((name, operands),) = expression.items()
    if name == "var":
        return _result_of_question(str(operands), questions)
    if name in ("if", "coalesce"):
        branches = operands[1:] if name == "if" else operands
        kinds_of = {result_of(one, questions) for one in branches} - {"empty"}
        return kinds_of.pop() if len(kinds_of) == 1 else "any" if kinds_of else "empty"
    return _RESULTS.get(name, "any")


def fitted_to(kind: str, expression: Any, questions: Mapping[str, Question]) -> Any:
    """An expression that comes to an answer of a type; None where it certainly does not."""
    if kind == "yes_no":
        expression = _as_yes_or_no(expression)
    result = result_of(expression, questions)
    if kind == "calculated" or result in ("any", "empty"):
        return expression
    wanted, wrapped = _FITTED.get(kind, ("", {}))
    if result == wanted:
        return expression
    return {wrapped[result]: [expression]} if result in wrapped else None


_TEXT_OF = {"number": "concat", "boolean": "concat"}
_FITTED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "yes_no": ("boolean", {}),
    "select_many": ("list", {}),
    **dict.fromkeys(("integer", "decimal"), ("number", {"text": "+"})),
    "date": ("text", {"number": "date"}),
    "datetime": ("text", {}),
    **dict.fromkeys(
        ("text", "long_text", "select_one", "ordered_choice", "phone", "barcode"),
        ("text", _TEXT_OF),
    ),
    **dict.fromkeys(("user", "agency", "location"), ("text", {})),
}
"""By type what an expression has to come to, and how else it becomes that."""


def _as_yes_or_no(expression: Any) -> Any:
    """The codes by which XLSForm says yes and no as such, where an expression comes to them."""
    if isinstance(expression, str):
        return _YES_NO.get(expression, expression)
    if isinstance(expression, dict):
        ((name, operands),) = expression.items()
        if name in ("if", "coalesce"):
            kept = operands[:1] if name == "if" else []
            return {name: [*kept, *(_as_yes_or_no(one) for one in operands[len(kept) :])]}
    return expression


def _result_of_question(path: str, questions: Mapping[str, Question]) -> str:
    question = questions.get(path)
    if question is None or question.is_ambiguous:
        return "any"
    if question.is_boolean:
        return "boolean"
    kinds = {"integer": "number", "decimal": "number", "yes_no": "boolean", "select_many": "list"}
    if question.type in ("calculated", "rows", "tally", "date_range"):
        return "any"
    return kinds.get(question.type, "text")


_RESULTS = {
    **dict.fromkeys(("and", "or", "!", "==", "!=", "<", "<=", ">", ">="), "boolean"),
    **dict.fromkeys(("selected", "regex"), "boolean"),
    **dict.fromkeys(("+", "-", "*", "/", "%", "int", "round", "sum", "count", "length"), "number"),
    **dict.fromkeys(("concat", "date", "today"), "text"),
}


def _as_boolean(value: Any) -> Any:
    if isinstance(value, dict):
        return {"!": [{"!": [value]}]}
    return bool(value)


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
