"""The conditions of a form: what each may read, in which order they are decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from schemas.definition import EXPRESSIONS, Field, Form
from schemas.expressions import asks_the_day, faults_of_expression, variables
from schemas.problem import Problem

CHOICE = "choice"
"""What a choice filter knows of an option is below this name."""

Path = tuple[str, ...]
"""The name of a field; behind it, that of a cell."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a form that decide about answers; false where there are none.

    Attributes:
        relevant: by path, each behind all that it reads.
        constraints: by path, in the order of the form.
        filters: those of choices, by path, with what is known of each option by its code.
        questions: the paths of all questions.
        by_the_day: the paths of questions whose condition asks for the day, or reads what hangs on
            the day; where there is none, nobody knows whether they are asked.
        rules_by_the_day: the paths of questions with a constraint or a filter of that kind.
    """

    relevant: tuple[tuple[Path, Any], ...]
    constraints: tuple[tuple[Path, Any], ...]
    filters: tuple[tuple[Path, Any, Mapping[str, Mapping[str, str]]], ...]
    questions: frozenset[Path]
    by_the_day: frozenset[Path]
    rules_by_the_day: frozenset[Path]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.relevant or self.constraints or self.filters)

    def cells(self, field: str) -> list[str]:
        """The cells of a row of a field."""
        return [path[1] for path in self.questions if len(path) == 2 and path[0] == field]


@lru_cache(maxsize=1_024)
def conditions_of(form: Form) -> Conditions:
    """The conditions of a form in which no condition waits for itself."""
    asked = dict(_asked(form.fields))
    relevant = {path: one.relevant for path, one in asked.items() if one.relevant is not None}
    constraints = {
        path: one.constraint for path, one in asked.items() if one.constraint is not None
    }
    sorter = TopologicalSorter({path: _read(path, one, asked) for path, one in relevant.items()})
    order = [path for path in sorter.static_order() if path in relevant]
    by_the_day: set[Path] = set()
    for path in order:
        if asks_the_day(relevant[path]) or _read(path, relevant[path], asked) & by_the_day:
            by_the_day.add(path)
    filters = {
        path: one.choice_filter for path, one in asked.items() if one.choice_filter is not None
    }
    return Conditions(
        tuple((path, relevant[path]) for path in order),
        tuple(constraints.items()),
        tuple(
            (path, told, {option.code: dict(option.attributes) for option in asked[path].options})
            for path, told in filters.items()
        ),
        frozenset(asked),
        frozenset(by_the_day),
        frozenset(
            path
            for path, one in (*constraints.items(), *filters.items())
            if asks_the_day(one) or _read(path, one, asked) & by_the_day
        ),
    )


def fields_of_rule(form: Form, problem: Problem) -> frozenset[str]:
    """The fields that a broken rule is about: the one at the problem's path; those that its
    condition reads, by which it is required or constrained; and those that decide whether these are
    asked at all.
    """
    path = problem.names
    conditions = conditions_of(form)
    relevant = dict(conditions.relevant)
    waiting = {path[:length] for length in range(1, len(path) + 1)}
    rules = {
        "constraint": dict(conditions.constraints),
        "filtered_option": {place: told for place, told, _ in conditions.filters},
    }
    if problem.code in rules:
        place = path if path in conditions.questions else path[:-1]
        waiting |= _read(place, rules[problem.code].get(place), conditions.questions)
    elif problem.code != "required":
        return frozenset({path[0]})
    known: set[Path] = set()
    while waiting:
        one = waiting.pop()
        known.add(one)
        waiting |= _read(one, relevant.get(one), conditions.questions) - known
    names = {one.name for one in form.fields}
    return frozenset({path[0], *(one[0] for one in known if one[0] in names)})


def faults_of_conditions(asked: list[Any]) -> Iterator[tuple[tuple[int, ...], str, list[str]]]:
    """What is wrong with the expressions of a form's JSON: indices of a field or cell, the key, and
    the codes; `cycle` of those that wait for themselves.
    """
    places = list(_places(asked))
    questions = {path for _, path, _ in places}
    known = {".".join((*path, *part)) for _, path, one in places for part in _parts(one)}
    cells: dict[str, set[str]] = {}
    for told in known:
        group, _, cell = told.partition(".")
        cells.setdefault(group, set()).add(cell)
    is_sound = True
    for indices, path, one in places:
        near = cells[path[0]] if len(path) > 1 else set()
        for key in EXPRESSIONS:
            expression = one.get(key)
            if expression is None:
                continue
            of_choice = _attributes(one) if key == "choice_filter" else set[str]()
            if codes := faults_of_expression(expression, known, near | of_choice):
                is_sound = False
                yield indices, key, list(codes)
    if is_sound:
        yield from ((indices, key, ["cycle"]) for indices, key in _cycles(places, questions))


def _attributes(asked: Mapping[str, Any]) -> set[str]:
    """The paths by which a choice filter reads what is known of the options."""
    options = asked.get("options")
    told = (one.get("attributes") for one in options or () if isinstance(one, dict))
    return {f"{CHOICE}.{name}" for one in told if isinstance(one, dict) for name in one}


def _cycles(
    places: Sequence[tuple[tuple[int, ...], Path, Mapping[str, Any]]], questions: set[Path]
) -> Iterator[tuple[tuple[int, ...], str]]:
    """Where the expressions stand that wait for themselves."""
    reads = {
        (path, key): _read(path, one[key], questions)
        for _, path, one in places
        for key in ("relevant", "calculation")
        if one.get(key) is not None
    }
    waiting: dict[Path, set[Path]] = {}
    for (path, _), read in reads.items():
        waiting.setdefault(path, set()).update(read)
    around: set[Path] = set()
    while found := _cycle(waiting):
        around |= found
        waiting = {path: read - found for path, read in waiting.items() if path not in found}
    for indices, path, _ in places:
        for key in ("relevant", "calculation"):
            if path in around and reads.get((path, key), set()) & around:
                yield indices, key


def _cycle(waiting: Mapping[Path, set[Path]]) -> set[Path]:
    """The paths of a cycle; none where there is none."""
    try:
        TopologicalSorter(waiting).prepare()
    except CycleError as error:
        return set(error.args[1])
    return set()


def _read(path: Path, expression: Any, questions: Collection[Path]) -> set[Path]:
    """The questions whose answers an expression at a path reads, and the groups that they are in
    beside its own.
    """
    read: set[Path] = set()
    for told in variables(expression):
        steps = tuple(told.split("."))
        inside = (*path[:-1], *steps)
        full = inside if inside[: len(path)] in questions else steps
        read.update(full[:length] for length in range(1, len(full) + 1))
    return {one for one in read if one in questions and one != path[:-1]}


def _asked(fields: Sequence[Field], around: Path = ()) -> Iterator[tuple[Path, Field]]:
    for one in fields:
        yield (*around, one.name), one
        yield from _asked(one.fields, (*around, one.name))


def _parts(asked: Mapping[str, Any]) -> Iterator[Path]:
    """The whole of an answer, and the parts of it that have names."""
    yield ()
    if asked.get("type") == "date_range":
        yield from (("from",), ("to",))
    options = asked.get("options")
    if asked.get("type") == "tally" and isinstance(options, list):
        codes = (one.get("code") for one in options if isinstance(one, dict))
        yield from ((code,) for code in codes if isinstance(code, str))


def _places(
    asked: object, indices: tuple[int, ...] = (), around: Path = ()
) -> Iterator[tuple[tuple[int, ...], Path, Mapping[str, Any]]]:
    for index, one in enumerate(asked if isinstance(asked, list) else ()):
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            path = (*around, one["name"])
            yield (*indices, index), path, one
            if not around:
                yield from _places(one.get("fields"), (*indices, index), path)
