"""The conditions of a form: what each may read, in which order they are decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any

from schemas.definition import EXPRESSIONS, MOST_LEVELS, Field, Form
from schemas.expressions import (
    Scope,
    asks_the_day,
    condition,
    faults_of_expression,
    variables,
)
from schemas.paths import FieldPath, fields_by_path, meant
from schemas.problem import Problem
from schemas.sections import sections_around

CHOICE = "choice"
"""What a choice filter knows of an option is below this name."""

Steps = tuple[str | int, ...]
"""Where in the JSON of a form something stands."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that holds of answers or does not, taken apart once.

    Attributes:
        holds: whether it does, where it stands.
    """

    expression: Any
    holds: Callable[[Scope], bool]

    @classmethod
    def of(cls, expression: Any) -> Condition:
        """The condition that an expression is."""
        return cls(expression, condition(expression))


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a form that decide about answers; false where there are none.

    Attributes:
        relevant: by path, each behind all that it reads.
        constraints: by path, in the order of the form.
        filters: those of choices, by path, with what is known of each option by its code.
        questions: the paths of all questions.
        cells: the names of the cells of a row, by the path of its group.
        by_the_day: the paths of questions whose condition asks for the day, or reads what hangs on
            the day; where there is none, nobody knows whether they are asked.
        rules_by_the_day: the paths of questions with a constraint or a filter of that kind.
    """

    relevant: tuple[tuple[FieldPath, Condition], ...]
    constraints: tuple[tuple[FieldPath, Condition], ...]
    filters: tuple[tuple[FieldPath, Condition, Mapping[str, Mapping[str, str]]], ...]
    questions: frozenset[FieldPath]
    cells: Mapping[FieldPath, tuple[str, ...]]
    by_the_day: frozenset[FieldPath]
    rules_by_the_day: frozenset[FieldPath]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.paths)

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """The paths of questions that have any."""
        of_options = (path for path, _, _ in self.filters)
        return (*(path for path, _ in (*self.relevant, *self.constraints)), *of_options)


@lru_cache(maxsize=1_024)
def conditions_of(form: Form) -> Conditions:
    """The conditions of a form in which no condition waits for itself."""
    asked = dict(fields_by_path(form))
    needed = {path: _needed(one, asked.get(path[:-1], form)) for path, one in asked.items()}
    relevant = {path: one for path, one in needed.items() if one is not None}
    constraints = {
        path: one.constraint for path, one in asked.items() if one.constraint is not None
    }
    sorter = TopologicalSorter(
        {path: _read(path[:-1], one, asked) for path, one in relevant.items()}
    )
    order = [path for path in sorter.static_order() if path in relevant]
    by_the_day: set[FieldPath] = set()
    for path in order:
        if asks_the_day(relevant[path]) or _read(path[:-1], relevant[path], asked) & by_the_day:
            by_the_day.add(path)
    filters = {
        path: one.choice_filter for path, one in asked.items() if one.choice_filter is not None
    }
    return Conditions(
        tuple((path, Condition.of(relevant[path])) for path in order),
        tuple((path, Condition.of(one)) for path, one in constraints.items()),
        tuple(
            (path, Condition.of(told), _known_of_options(asked[path]))
            for path, told in filters.items()
        ),
        frozenset(asked),
        {path: tuple(cell.name for cell in one.fields) for path, one in asked.items()},
        frozenset(by_the_day),
        frozenset(
            path
            for path, one in (*constraints.items(), *filters.items())
            if asks_the_day(one) or _read(path[:-1], one, asked) & by_the_day
        ),
    )


def _known_of_options(asked: Field) -> dict[str, dict[str, str]]:
    return {option.code: dict(option.attributes) for option in asked.options}


def fields_of_rule(form: Form, problem: Problem) -> frozenset[str]:
    """The fields that a broken rule is about: the one at the problem's path; those that its
    condition reads, by which it is required or constrained; and those that decide whether these are
    asked at all.
    """
    path = problem.names
    conditions = conditions_of(form)
    relevant = {place: one.expression for place, one in conditions.relevant}
    waiting = {path[:length] for length in range(1, len(path) + 1)}
    rules = {
        "constraint": {place: one.expression for place, one in conditions.constraints},
        "filtered_option": {place: one.expression for place, one, _ in conditions.filters},
    }
    if problem.code in rules:
        place = path if path in conditions.questions else path[:-1]
        waiting |= _read(place[:-1], rules[problem.code].get(place), conditions.questions)
    elif problem.code != "required":
        return frozenset({path[0]})
    known: set[FieldPath] = set()
    while waiting:
        one = waiting.pop()
        known.add(one)
        waiting |= _read(one[:-1], relevant.get(one), conditions.questions) - known
    names = {one.name for one in form.fields}
    return frozenset({path[0], *(one[0] for one in known if one[0] in names)})


@dataclass(frozen=True, slots=True)
class _Part:
    """A field, cell or section of a form's JSON.

    Attributes:
        steps: where it stands in the JSON.
        path: of a question. That of a section is no question's: its name behind an empty one.
        around: the paths of the sections that it is in.
    """

    steps: Steps
    path: FieldPath
    given: Mapping[str, Any]
    around: tuple[FieldPath, ...]

    @property
    def is_section(self) -> bool:
        return self.steps[-2] == "sections"


def faults_of_conditions(form: Mapping[str, Any]) -> Iterator[tuple[Steps, list[str]]]:
    """What is wrong with the expressions of a form's JSON: where, and the codes; `cycle` of those
    that wait for themselves.
    """
    parts = list(_parts_of(form))
    questions = {one.path for one in parts if not one.is_section}
    known = {
        (*one.path, *part) for one in parts if not one.is_section for part in _named_parts(one)
    }
    below: dict[FieldPath, set[str]] = {}
    for path in known:
        for length in range(1, len(path)):
            below.setdefault(path[:length], set()).add(".".join(path[length:]))
    everywhere = {".".join(path) for path in known}
    is_sound = True
    for one in parts:
        near = set[str]().union(
            *(below.get(one.path[:length], ()) for length in range(1, len(_rows_around(one)) + 1))
        )
        for key in EXPRESSIONS:
            expression = one.given.get(key)
            if expression is None or (one.is_section and key != "relevant"):
                continue
            of_choice = _attributes(one.given) if key == "choice_filter" else set[str]()
            if codes := faults_of_expression(expression, everywhere, near | of_choice):
                is_sound = False
                yield (*one.steps, key), list(codes)
    if is_sound:
        yield from (((*steps, key), ["cycle"]) for steps, key in _cycles(parts, questions))


def _attributes(asked: Mapping[str, Any]) -> set[str]:
    """The paths by which a choice filter reads what is known of the options."""
    options = asked.get("options")
    told = (one.get("attributes") for one in options or () if isinstance(one, dict))
    return {f"{CHOICE}.{name}" for one in told if isinstance(one, dict) for name in one}


def _cycles(parts: Sequence[_Part], questions: set[FieldPath]) -> Iterator[tuple[Steps, str]]:
    """Where the expressions stand that wait for themselves."""
    reads = {
        (one.path, key): _read(_rows_around(one), one.given[key], questions)
        for one in parts
        for key in ("relevant", "calculation")
        if one.given.get(key) is not None
    }
    waiting: dict[FieldPath, set[FieldPath]] = {one.path: {*one.around} for one in parts}
    for (path, _), read in reads.items():
        waiting[path] |= read
    around = _in_circles(waiting)
    for one in parts:
        for key in ("relevant", "calculation"):
            if one.path in around and reads.get((one.path, key), set()) & around:
                yield one.steps, key


def _in_circles(waiting: Mapping[FieldPath, set[FieldPath]]) -> set[FieldPath]:
    """The paths that wait for themselves: those in strongly connected components of several, and
    those that wait for themselves at once.

    Source: R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion.
    """
    around: set[FieldPath] = set()
    number: dict[FieldPath, int] = {}
    lowest: dict[FieldPath, int] = {}
    stack: dict[FieldPath, None] = {}
    for start in waiting:
        if start in number:
            continue
        open_paths = [(start, iter(waiting[start]))]
        number[start] = lowest[start] = len(number)
        stack[start] = None
        while open_paths:
            path, rest = open_paths[-1]
            following = next((one for one in rest if one in waiting), None)
            if following is None:
                open_paths.pop()
                if open_paths:
                    above = open_paths[-1][0]
                    lowest[above] = min(lowest[above], lowest[path])
                if lowest[path] == number[path]:
                    component = _taken_down_to(path, stack)
                    if len(component) > 1 or path in waiting[path]:
                        around.update(component)
            elif following not in number:
                number[following] = lowest[following] = len(number)
                stack[following] = None
                open_paths.append((following, iter(waiting[following])))
            elif following in stack:
                lowest[path] = min(lowest[path], number[following])
    return around


def _taken_down_to(path: FieldPath, stack: dict[FieldPath, None]) -> list[FieldPath]:
    taken: list[FieldPath] = []
    while not taken or taken[-1] != path:
        taken.append(stack.popitem()[0])
    return taken


def _rows_around(part: _Part) -> FieldPath:
    """The path of the rows that a part is in; empty where it is in none."""
    return part.path[: -2 if part.is_section else -1]


def _read(rows: FieldPath, expression: Any, questions: Collection[FieldPath]) -> set[FieldPath]:
    """The questions whose answers an expression reads, and the groups that they are in.

    Args:
        rows: the path of the rows in which it stands; it reads what is in them, not them.
    """
    read: set[FieldPath] = set()
    for told in variables(expression):
        full = meant(told, rows, questions)
        read.update(full[:length] for length in range(1, len(full) + 1))
    return {one for one in read if one in questions and one != rows[: len(one)]}


def _needed(asked: Field, within: Form | Field) -> Any:
    """The condition under which a question is asked, with those of its sections; None is none."""
    around = [one.relevant for one in sections_around(asked, within.sections)]
    given = [one for one in (*around, asked.relevant) if one is not None]
    return {"and": given} if len(given) > 1 else next(iter(given), None)


def _named_parts(part: _Part) -> Iterator[FieldPath]:
    """The whole of an answer, and the parts of it that have names."""
    yield ()
    if part.given.get("type") == "date_range":
        yield from (("from",), ("to",))
    options = part.given.get("options")
    if part.given.get("type") == "tally" and isinstance(options, list):
        codes = (one.get("code") for one in options if isinstance(one, dict))
        yield from ((code,) for code in codes if isinstance(code, str))


def _parts_of(
    within: Mapping[str, Any], steps: Steps = (), rows: FieldPath = ()
) -> Iterator[_Part]:
    """The sections and the questions of a form's JSON, those within rows too."""
    sections: dict[str, tuple[FieldPath, ...]] = {}
    for index, name, one in _named(within.get("sections")):
        path = (*rows, "", name)
        around = sections.get(str(one.get("within")), ())
        sections.setdefault(name, (*around, path))
        yield _Part((*steps, "sections", index), path, one, around)
    for index, name, one in _named(within.get("fields")):
        here, path = (*steps, "fields", index), (*rows, name)
        yield _Part(here, path, one, sections.get(str(one.get("section")), ()))
        if len(rows) < MOST_LEVELS:
            yield from _parts_of(one, here, path)


def _named(parts: object) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for index, one in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            yield index, one["name"], one
