"""Regular expressions from strangers, found in a text without ever going back in it.

Python's `re` tries one way after another; there are short expressions, such as `(a+)+$`, for which
it tries longer than anybody lives. Here all ways are followed at once, as a set of states. That
costs at most the number of states for each character of the text, and both are bounded: an
expression has at most 256 states (`{m,n}` makes copies) and a text at most 4,096 characters. What
cannot be followed so (backreferences, looking ahead or behind, atomic groups) is refused.

`re` is asked about single characters only, of which it can try but one way.

Source: K. Thompson, Regular Expression Search Algorithm, 1968.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

LONGEST_EXPRESSION = 256
LONGEST_TEXT = 4_096
MOST_STATES = 256
_DEEPEST_GROUPS = 20
_REMEMBERED = 1_024

_Test = Callable[[str], object]
_Context = tuple[bool, bool, bool]
_FLAGS = re.compile(r"\(\?([is]+)\)")
_COUNTS = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_DOUBLED = re.compile(r"\\.|[\[&~|]", re.DOTALL)  # what Python's `re` keeps for set operations
_CLASS_ESCAPES = "dDwWsStnrf"


class InvalidPattern(ValueError):
    """The expression is malformed, too large, or needs to go back."""


@dataclass(frozen=True, slots=True)
class _One:
    """One character that passes a test."""

    test: _Test


@dataclass(frozen=True, slots=True)
class _Place:
    """A place between characters: beginning, end, the border of a word, or none."""

    kind: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Either:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeated:
    """`part` at least `least` times, at most `most`; without end where that is None."""

    part: _Node
    least: int
    most: int | None


_Node = _One | _Place | _Sequence | _Either | _Repeated


class _Parser:
    """Reads an expression into nodes."""

    def __init__(self, text: str) -> None:
        flags = _FLAGS.match(text)
        self._flags = re.ASCII
        for letter in flags[1] if flags else "":
            self._flags |= re.IGNORECASE if letter == "i" else re.DOTALL
        self._text = text
        self._at = flags.end() if flags else 0
        self._depth = 0

    def parsed(self) -> _Node:
        node = self._either()
        if self._at < len(self._text):
            raise InvalidPattern  # a closing parenthesis that closes nothing
        return node

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _takes(self, text: str) -> bool:
        is_next = self._text.startswith(text, self._at)
        self._at += len(text) * is_next
        return is_next

    def _either(self) -> _Node:
        parts = [self._sequence()]
        while self._takes("|"):
            parts.append(self._sequence())
        return _Either(tuple(parts))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return _Sequence(tuple(parts))

    def _repeated(self, part: _Node) -> _Node:
        counts = self._counts()
        if counts is None:
            return part
        if isinstance(part, _Place):
            raise InvalidPattern
        self._takes("?")  # as few as possible: says which match is found, not whether there is one
        if self._next() in ("*", "+", "?") or _COUNTS.match(self._text, self._at):
            raise InvalidPattern
        return _Repeated(part, *counts)

    def _counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return counts
        found = _COUNTS.match(self._text, self._at)
        if found is None:  # a brace that begins no counts stands for itself
            return None
        self._at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if most is not None and most < least:
            raise InvalidPattern
        return least, most

    def _atom(self) -> _Node:
        if self._takes("("):
            return self._group()
        if self._next() == "[":
            return self._class()
        if self._takes("\\"):
            return self._escaped()
        letter = self._next()
        if letter in ("*", "+", "?"):
            raise InvalidPattern
        self._at += 1
        if letter in ("^", "$"):
            return _Place(letter)
        return self._one("." if letter == "." else re.escape(letter))

    def _group(self) -> _Node:
        if self._next() in ("?", "*") and not self._takes("?:"):
            raise InvalidPattern
        self._depth += 1
        if self._depth > _DEEPEST_GROUPS:
            raise InvalidPattern
        node = self._either()
        self._depth -= 1
        if not self._takes(")"):
            raise InvalidPattern
        return node

    def _class(self) -> _Node:
        found = _CLASS.match(self._text, self._at)
        if found is None:
            raise InvalidPattern
        inner = found[0][1:-1]
        escapes = re.findall(r"\\(.)", inner, re.DOTALL)
        if any(one.isalnum() and one not in _CLASS_ESCAPES for one in escapes):
            raise InvalidPattern
        if "[:" in inner or "--" in inner:  # which mean something else to Python's `re`
            raise InvalidPattern
        self._at = found.end()
        return self._one(f"[{_DOUBLED.sub(_escaped_letter, inner)}]")

    def _escaped(self) -> _Node:
        letter = self._next()
        self._at += 1
        if letter in ("b", "B"):
            return _Place(letter)
        if not letter or (letter.isalnum() and letter not in _CLASS_ESCAPES):
            raise InvalidPattern
        return self._one(f"\\{letter}" if letter.isalnum() else re.escape(letter))

    def _one(self, source: str) -> _One:
        try:
            return _One(re.compile(source, self._flags).fullmatch)
        except (re.error, OverflowError):
            raise InvalidPattern from None


def _escaped_letter(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) > 1 else f"\\{found[0]}"


_FOUND = 0
"""The state in which an expression has been found."""


class Pattern:
    """An expression that is looked for in texts."""

    def __init__(self, expression: str) -> None:
        """Reads an expression.

        Raises:
            InvalidPattern: it is malformed, too large, or needs to go back.
        """
        if len(expression) > LONGEST_EXPRESSION:
            raise InvalidPattern
        self._tests: dict[int, tuple[_Test, int]] = {}
        self._places: dict[int, tuple[str, int]] = {}
        self._forks: dict[int, list[int]] = {_FOUND: []}
        self._built = 0
        self._first = self._state_of(_Parser(expression).parsed(), _FOUND)
        # Many characters lead from the same states to the same ones.
        self._reach = lru_cache(_REMEMBERED)(self._reached)
        self._step = lru_cache(_REMEMBERED)(self._stepped)

    def is_in(self, text: str) -> bool:
        """Whether the expression is found anywhere in a text. In a longer one than 4,096
        characters it is not, as in CouchDB what would take too long to find.
        """
        if len(text) > LONGEST_TEXT:
            return False
        states: frozenset[int] = frozenset()
        for place in range(len(text) + 1):
            states = self._reach(states | {self._first}, _context(text, place))
            if _FOUND in states:
                return True
            if place < len(text):
                states = self._step(states, text[place])
        return False

    def _new_state(self) -> int:
        """The number of a new state. Counts copies of nothing, too: they take time to make."""
        self._built += 1
        if self._built > MOST_STATES:
            raise InvalidPattern
        return self._built

    def _state_of(self, node: _Node, after: int) -> int:
        """The state from which a node's way leads to the state `after`."""
        state = self._new_state()
        if isinstance(node, _One):
            self._tests[state] = node.test, after
        elif isinstance(node, _Place):
            self._places[state] = node.kind, after
        elif isinstance(node, _Either):
            self._forks[state] = [self._state_of(part, after) for part in node.parts]
        elif isinstance(node, _Sequence):
            for part in reversed(node.parts):
                after = self._state_of(part, after)
            self._forks[state] = [after]
        else:
            self._forks[state] = [self._repeated(node, after)]
        return state

    def _repeated(self, node: _Repeated, after: int) -> int:
        first = after
        if node.most is None:
            first = self._new_state()
            self._forks[first] = []
            self._forks[first] += [self._state_of(node.part, first), after]
        for _ in range((node.most or node.least) - node.least):
            fork = self._new_state()
            self._forks[fork] = [self._state_of(node.part, first), after]
            first = fork
        for _ in range(node.least):
            first = self._state_of(node.part, first)
        return first

    def _reached(self, states: Iterable[int], context: _Context) -> frozenset[int]:
        """The states that some states lead to without a character."""
        waiting, reached = list(states), set(states)
        while waiting:
            state = waiting.pop()
            following = self._forks.get(state, [])
            if state in self._places:
                kind, after = self._places[state]
                following = [after] if _is_at(kind, context) else []
            for one in following:
                if one not in reached:
                    reached.add(one)
                    waiting.append(one)
        return frozenset(reached)

    def _stepped(self, states: Iterable[int], letter: str) -> frozenset[int]:
        """The states that some states lead to by one character."""
        steps = (self._tests[state] for state in states if state in self._tests)
        return frozenset(after for test, after in steps if test(letter))


def _context(text: str, place: int) -> _Context:
    """Whether a place is the beginning of a text, its end, and a border of a word."""
    is_end = place == len(text) or (place == len(text) - 1 and text[place] == "\n")
    before, after = (_is_of_word(text[one : one + 1]) for one in (max(place - 1, 0), place))
    return place == 0, is_end, (before and place > 0) != after


def _is_of_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter == "_")


def _is_at(kind: str, context: _Context) -> bool:
    is_begin, is_end, is_border = context
    return {"^": is_begin, "$": is_end, "b": is_border, "B": not is_border}[kind]
