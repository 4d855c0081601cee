"""Which documents a selector chooses.

A selector is read once, into functions; `$not` and `$nor` are moved down to the conditions as it is
read. That is why a field that a document lacks meets no condition except `$exists: false`, the
negated ones included: `{"$not": {"a": 1}}` says `{"a": {"$ne": 1}}`, which needs an `a`.

Source: CouchDB, documentation, API Reference, /{db}/_find, Selector Syntax; mango_selector.erl.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sync_server.errors import InvalidSelector
from sync_server.mango.collation import TYPES, Json, compared, is_equal, type_of
from sync_server.mango.pattern import InvalidPattern, Pattern

MOST_VALUES = 1_000
"""Values of all kinds in a selector, those within others included."""
LONGEST_SELECTOR = 65_536
"""Characters, written as JSON."""
DEEPEST_SELECTOR = 32
MOST_PATTERNS = 8

_Predicate = Callable[[Json], bool]
_Path = tuple[str, ...]


class _Nothing:
    """What a document has where it has no value."""


_MISSING, _NO_WAY = _Nothing(), _Nothing()
"""An object without the member; something that is no object, or an array without the element."""


@dataclass(frozen=True)
class Selector:
    """A selector that was read. Equal ones are written alike as JSON, members in any order."""

    text: str
    _predicate: _Predicate = field(compare=False, repr=False)

    def matches(self, document: Json) -> bool:
        """Whether a document, given as JSON with `_id` and `_rev`, is chosen."""
        return self._predicate(document)


def selector(given: Json) -> Selector:
    """A selector of a request.

    Raises:
        InvalidSelector: it is no object, too large, or says something that is not understood.
    """
    if not isinstance(given, dict) or not _is_bounded(given):
        raise InvalidSelector
    text = json.dumps(given, sort_keys=True)
    if len(text) > LONGEST_SELECTOR:
        raise InvalidSelector
    if not given:
        return Selector(text, lambda _: True)
    return Selector(text, _Reader().condition(given, (), negated=False))


def _is_bounded(given: Json) -> bool:
    waiting, count = [(given, 1)], 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST_SELECTOR:
            return False
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            waiting.extend((one, depth + 1) for one in inner)
    return True


class _Reader:
    """Reads a selector, or what `$elemMatch` and its like ask of an element.

    In the former every condition needs a field; in the latter it may be about the element itself.
    """

    def __init__(self, outer: _Reader | None = None) -> None:
        self._outer = outer
        self._patterns = 0

    def condition(self, given: Json, path: _Path, *, negated: bool) -> _Predicate:
        """What is asked of the field at `path`: conditions, more fields, or a value to equal."""
        if not isinstance(given, dict) or not given:
            return self._comparison("$eq", given, path, negated=negated)
        parts = [self._part(name, value, path, negated=negated) for name, value in given.items()]
        return _joined(parts, all_of=not negated)

    def _part(self, name: str, argument: Json, path: _Path, *, negated: bool) -> _Predicate:
        if name in ("$and", "$or", "$nor"):
            inner = negated != (name == "$nor")
            listed = _needed(argument, list)
            parts = [self.condition(one, path, negated=inner) for one in listed]
            return _joined(parts, all_of=negated == (name == "$or"))
        if name == "$not":
            return self.condition(_needed(argument, dict), path, negated=not negated)
        if name.startswith("$"):
            return self._comparison(name, argument, path, negated=negated)
        return self.condition(argument, path + _path(name), negated=negated)

    def _comparison(self, name: str, argument: Json, path: _Path, *, negated: bool) -> _Predicate:
        if not path and self._outer is None:
            raise InvalidSelector  # a condition, and no field that it is about
        test = self._test(name, argument)
        chooses_missing = name == "$exists" and argument is negated

        def is_met(document: Json) -> bool:
            value = _value_at(document, path)
            if isinstance(value, _Nothing):
                return chooses_missing and value is _MISSING
            return test(value) != negated

        return is_met

    def _test(self, name: str, argument: Json) -> _Predicate:
        """What an operator asks of a value that is there."""
        if name in _OF_INNER:
            inner = _Reader(self).condition(_needed(argument, dict), (), negated=False)
            return _OF_INNER[name](inner)
        if name == "$regex":
            return self._pattern(_needed(argument, str))
        if name not in _OPERATORS:
            raise InvalidSelector
        return _OPERATORS[name](argument)

    def _pattern(self, expression: str) -> _Predicate:
        outermost = self
        while outermost._outer is not None:
            outermost = outermost._outer
        outermost._patterns += 1
        if outermost._patterns > MOST_PATTERNS:
            raise InvalidSelector
        try:
            pattern = Pattern(expression)
        except InvalidPattern:
            raise InvalidSelector from None
        return lambda value: isinstance(value, str) and pattern.is_in(value)


def _joined(parts: Sequence[_Predicate], *, all_of: bool) -> _Predicate:
    """All of some conditions, or any; of none, as in CouchDB, either is met."""
    if len(parts) == 1:
        return parts[0]
    if all_of:
        return lambda value: all(part(value) for part in parts)
    return lambda value: not parts or any(part(value) for part in parts)


def _path(name: str) -> _Path:
    """A field's name at its dots, those after a backslash excepted."""
    parts = re.split(r"(?<!\\)\.", name)
    if "" in parts:
        raise InvalidSelector
    return tuple(part.replace("\\", "") for part in parts)


def _value_at(value: Json, path: _Path) -> Json:
    for name in path:
        if isinstance(value, dict):
            if name not in value:
                return _MISSING
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and name.isascii():
            # Compared as text before as a number, of which Python reads only some thousand digits.
            if len(name) > len(str(len(value))) or int(name) >= len(value):
                return _NO_WAY
            value = value[int(name)]
        else:
            return _NO_WAY
    return value


def _needed(argument: Json, kind: type) -> Json:
    if not isinstance(argument, kind) or (kind is int and isinstance(argument, bool)):
        raise InvalidSelector
    return argument


def _element(inner: _Predicate) -> _Predicate:
    return lambda value: isinstance(value, list) and any(inner(one) for one in value)


def _every_element(inner: _Predicate) -> _Predicate:
    """None of an empty array, of which there is no element to look at."""
    return lambda value: (
        isinstance(value, list) and bool(value) and all(inner(one) for one in value)
    )


def _key(inner: _Predicate) -> _Predicate:
    return lambda value: isinstance(value, dict) and any(inner(name) for name in value)


def _is_among(value: Json, values: Sequence[Json]) -> bool:
    return any(is_equal(value, one) for one in values)


def _in(argument: Json) -> _Predicate:
    """The value, or where it is an array one of its elements, is among some."""
    listed: list[Json] = _needed(argument, list)

    def is_in(value: Json) -> bool:
        return any(
            _is_among(one, listed) for one in (value if isinstance(value, list) else [value])
        )

    return is_in


def _not_in(argument: Json) -> _Predicate:
    is_in = _in(argument)
    return lambda value: not is_in(value)


def _all(argument: Json) -> _Predicate:
    """An array has all of some values, or is the one array that is named."""
    listed: list[Json] = _needed(argument, list)

    def has_all(value: Json) -> bool:
        if not isinstance(value, list) or not listed:
            return False
        is_named = len(listed) == 1 and is_equal(listed[0], value)
        return is_named or all(_is_among(one, value) for one in listed)

    return has_all


def _exists(argument: Json) -> _Predicate:
    wanted: bool = _needed(argument, bool)
    return lambda _: wanted


def _type(argument: Json) -> _Predicate:
    """CouchDB takes any text here, and finds nothing where it names no type."""
    name = _needed(argument, str)
    return lambda value: name in TYPES and type_of(value) == name


def _size(argument: Json) -> _Predicate:
    size: int = _needed(argument, int)
    if size < 0:
        raise InvalidSelector
    return lambda value: isinstance(value, list) and len(value) == size


def _mod(argument: Json) -> _Predicate:
    """Of whole numbers only; the remainder has the sign of the value, as in Erlang."""
    if len(_needed(argument, list)) != 2:
        raise InvalidSelector
    divisor, remainder = (int(_needed(one, int)) for one in argument)
    if divisor == 0:
        raise InvalidSelector

    def leaves(value: Json) -> bool:
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        rest = abs(value) % abs(divisor)
        return (-rest if value < 0 else rest) == remainder

    return leaves


def _begins_with(argument: Json) -> _Predicate:
    beginning: str = _needed(argument, str)
    return lambda value: isinstance(value, str) and value.startswith(beginning)


_OF_INNER: dict[str, Callable[[_Predicate], _Predicate]] = {
    "$elemMatch": _element,
    "$allMatch": _every_element,
    "$keyMapMatch": _key,
}
_OPERATORS: dict[str, Callable[[Json], _Predicate]] = {
    "$lt": lambda argument: lambda value: compared(value, argument) < 0,
    "$lte": lambda argument: lambda value: compared(value, argument) <= 0,
    "$eq": lambda argument: lambda value: compared(value, argument) == 0,
    "$ne": lambda argument: lambda value: compared(value, argument) != 0,
    "$gte": lambda argument: lambda value: compared(value, argument) >= 0,
    "$gt": lambda argument: lambda value: compared(value, argument) > 0,
    "$in": _in,
    "$nin": _not_in,
    "$all": _all,
    "$exists": _exists,
    "$type": _type,
    "$size": _size,
    "$mod": _mod,
    "$beginsWith": _begins_with,
}
