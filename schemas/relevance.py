"""Which answers count: those whose questions are asked, given the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.answer import LONGEST_LIST
from schemas.conditions import CHOICE, Conditions
from schemas.expressions import Answers, Scope, is_empty
from schemas.paths import FieldPath
from schemas.problem import Problem


@dataclass(frozen=True)
class Seen:
    """The answers of a document as its form shows them.

    Attributes:
        scope: the answers whose questions are asked, by name; a row has all of its cells, the empty
            ones too, for a cell's name means that cell and nothing around it.
        unasked: the places of questions that are hidden by their condition, or of which nobody
            knows without a day, as the paths of problems have them.
        has_day: whether the day is known on which the answers were given.
    """

    conditions: Conditions
    scope: Scope
    unasked: frozenset[str]
    has_day: bool

    @classmethod
    def of(cls, conditions: Conditions, data: Answers, today: str | None) -> Seen:
        """What counts of some answers, given on a day; None where no day is known."""
        shown = {name: _copied(conditions, (name,), answer) for name, answer in data.items()}
        scope = Scope(today or "", shown)
        unasked: set[str] = set()
        for path, relevant in conditions.relevant:
            is_unknown = today is None and path in conditions.by_the_day
            for place, name, holder, around in _holders(path, shown, scope):
                if is_unknown:
                    unasked.add(place)
                elif not relevant.holds(around):
                    holder[name] = None
                    unasked.add(place)
            scope.forget()  # of what it hides a condition itself reads nothing
        return cls(conditions, scope, frozenset(unasked), today is not None)

    def hides(self, problem: Problem) -> bool:
        """Whether a problem is about a question that is not asked, by its own condition or that of
        the group around it. What every row or part needs is no question.
        """
        if problem.names not in self.conditions.questions:
            return False
        steps = problem.path.split(".")
        places = (".".join(steps[:length]) for length in range(1, len(steps)))
        groups = (place[: place.rindex("[")] for place in places)
        return problem.path in self.unasked or any(one in self.unasked for one in groups)

    def problems(self) -> Iterator[Problem]:
        """The answers that break their constraint, and the options that are not offered."""
        for path, constraint in self.conditions.constraints:
            for place, _, around in self._answered(path):
                if not constraint.holds(around):
                    yield Problem(place, "constraint")
        for path, offers, options in self.conditions.filters:
            for place, answer, around in self._answered(path):
                several = isinstance(answer, list)
                for index, code in enumerate(answer if several else [answer]):
                    known = options.get(code) if isinstance(code, str) else None
                    if known is not None and not offers.holds(around.within({CHOICE: known})):
                        yield Problem(f"{place}[{index}]" if several else place, "filtered_option")

    def _answered(self, path: FieldPath) -> Iterator[tuple[str, Any, Scope]]:
        """The answers at a path, that are not empty, with their places and what is seen there; none
        where their rule hangs on a day that is not known.
        """
        if self.has_day or path not in self.conditions.rules_by_the_day:
            for place, name, holder, around in _holders(path, self.scope.answers, self.scope):
                if not is_empty(holder.get(name)):
                    yield place, holder[name], around


def _copied(conditions: Conditions, path: FieldPath, answer: Any) -> Any:
    """An answer in which something can be hidden. A list that is too long to be an answer is left
    out: there is no saying how long conditions would take.
    """
    if not isinstance(answer, list):
        return answer
    if len(answer) > LONGEST_LIST:
        return None
    cells = conditions.cells.get(path, ())
    return [
        {name: _copied(conditions, (*path, name), entry.get(name)) for name in cells}
        if isinstance(entry, dict)
        else entry
        for entry in answer
    ]


def _holders(
    path: FieldPath, answers: Mapping[str, Any], scope: Scope, place: str = ""
) -> Iterator[tuple[str, str, Any, Scope]]:
    """Where the answers at a path are: the place, the name, what holds it, what is seen there."""
    name, *cells = path
    here = f"{place}{name}"
    if not cells:
        yield here, name, answers, scope
        return
    rows = answers.get(name)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield from _holders(tuple(cells), row, scope.within(row), f"{here}[{index}].")
