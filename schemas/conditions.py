"""The conditions of a form: what they may read, in which order they are decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

from schemas.definition import Field, Form
from schemas.expressions import faults_of_expression, variables
from schemas.problem import Problem

EXPRESSIONS = ("relevant", "constraint", "calculation", "default")
"""The members of a field that are expressions."""

_INDEX = re.compile(r"\[[0-9]+\]")

Path = tuple[str, ...]
"""The name of a field; behind it, that of a cell."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a form that decide about answers; false where there are none.

    Attributes:
        relevant: by path, each behind all that it reads.
        constraints: by path, in the order of the form.
    """

    relevant: tuple[tuple[Path, Any], ...]
    constraints: tuple[tuple[Path, Any], ...]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.relevant or self.constraints)


@lru_cache(maxsize=1_024)
def conditions_of(form: Form) -> Conditions:
    """The conditions of a form in which no condition waits for itself."""
    asked = dict(_asked(form.fields))
    relevant = {path: one.relevant for path, one in asked.items() if one.relevant is not None}
    order = TopologicalSorter({path: _read(path, told) for path, told in relevant.items()})
    return Conditions(
        tuple((path, relevant[path]) for path in order.static_order() if path in relevant),
        tuple((path, one.constraint) for path, one in asked.items() if one.constraint is not None),
    )


def _asked(fields: Sequence[Field], around: Path = ()) -> Iterator[tuple[Path, Field]]:
    for one in fields:
        yield (*around, one.name), one
        yield from _asked(one.fields, (*around, one.name))


def _read(path: Path, expression: Any) -> set[Path]:
    """The paths that an expression at a path reads, and those around them."""
    read: set[Path] = set()
    for told in variables(expression):
        steps = tuple(told.split("."))
        # In a row a name is that of a cell, or that of a field: who does not exist decides nothing.
        for depth in range(len(path)):
            full = (*path[:depth], *steps)
            read.update(full[:length] for length in range(1, len(full) + 1))
    return read - {path[:length] for length in range(1, len(path))}


def fields_of_rule(form: Form, problem: Problem) -> frozenset[str]:
    """The fields that a broken rule is about: the one at the problem's path, and those that its
    condition reads, by which it is required or constrained.
    """
    path = tuple(_INDEX.sub("", problem.path).split("."))
    around = {path[:length] for length in range(1, len(path) + 1)}
    conditions = conditions_of(form)
    rules = {"constraint": conditions.constraints, "required": conditions.relevant}
    told = rules.get(problem.code, ())
    read = {one[0] for place, rule in told if place in around for one in _read(place, rule)}
    names = {one.name for one in form.fields}
    return frozenset({path[0], *(read & names)})


def faults_of_conditions(asked: list[Any]) -> Iterator[tuple[tuple[int, ...], str, list[str]]]:
    """What is wrong with the expressions of a form's JSON: indices of a field or cell, the key, and
    the codes; `cycle` of those that wait for themselves.
    """
    places = list(_places(asked))
    known = {".".join((*path, *part)) for _, path, one in places for part in _parts(one)}
    waiting: dict[Path, set[Path]] = {}
    whole = True
    for indices, path, one in places:
        near = {told.partition(".")[2] for told in known if told.startswith(f"{path[0]}.")}
        for key in EXPRESSIONS:
            if one.get(key) is None:
                continue
            codes = faults_of_expression(one[key], known | (near if len(path) > 1 else set()))
            if codes:
                whole = False
                yield indices, key, list(codes)
            elif key in ("relevant", "calculation"):
                waiting.setdefault(path, set()).update(_read(path, one[key]))
    if whole and (around := _cycle(waiting)):
        for indices, path, one in places:
            if path in around:
                key = "relevant" if one.get("relevant") is not None else "calculation"
                if one.get(key) is not None:
                    yield indices, key, ["cycle"]


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


def _cycle(waiting: Mapping[Path, set[Path]]) -> set[Path]:
    """The paths of a cycle, if there is one."""
    try:
        TopologicalSorter(waiting).prepare()
    except CycleError as error:
        return set(error.args[1])
    return set()
