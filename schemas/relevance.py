"""Which answers count: those whose questions are asked, given the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.conditions import Conditions, Path
from schemas.expressions import Scope, is_true
from schemas.expressions.operators import operands_of
from schemas.expressions.values import is_empty

Answers = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """The answers of a document as its form shows them.

    Attributes:
        answers: those whose questions are asked; rows are copies.
        hidden: where a condition hides a question, as the paths of problems have it.
    """

    conditions: Conditions
    answers: Answers
    today: str | None
    hidden: frozenset[str]

    @classmethod
    def of(cls, conditions: Conditions, data: Mapping[str, Any], today: str | None) -> Seen:
        """The answers of `data` that count on a day; None where there is none."""
        answers = _copied(data)
        scope = Scope(today or "", answers)
        hidden: set[str] = set()
        for path, relevant in conditions.relevant:
            hidden.update(_hide(path, relevant, answers, scope))
        return cls(conditions, answers, today, frozenset(hidden))

    def hides(self, path: str) -> bool:
        """Whether the question at a path is not asked, or one that it is a part of."""
        return path in self.hidden or any(
            path[: len(one)] == one and path[len(one) :][:1] == "[" for one in self.hidden
        )

    def broken(self) -> Iterator[str]:
        """The paths of answers that break their constraint."""
        scope = Scope(self.today or "", self.answers)
        for path, constraint in self.conditions.constraints:
            if self.today is not None or not _asks_the_day(constraint):
                yield from _broken(path, constraint, self.answers, scope)


def _copied(data: Mapping[str, Any]) -> Answers:
    return {name: _copied_rows(answer) for name, answer in data.items()}


def _copied_rows(answer: Any) -> Any:
    if not isinstance(answer, list):
        return answer
    return [_copied(entry) if isinstance(entry, dict) else entry for entry in answer]


def _hide(
    path: Path, relevant: Any, answers: Answers, scope: Scope, where: str = ""
) -> Iterator[str]:
    """Takes an answer out wherever its question is not asked; yields these places."""
    for place, name, holder, around in _holders(path, answers, scope, where):
        if not is_true(relevant, around):
            holder.pop(name, None)
            yield place


def _broken(path: Path, constraint: Any, answers: Answers, scope: Scope) -> Iterator[str]:
    for place, name, holder, around in _holders(path, answers, scope, ""):
        if not is_empty(holder.get(name)) and not is_true(constraint, around):
            yield place


def _holders(
    path: Path, answers: Answers, scope: Scope, where: str
) -> Iterator[tuple[str, str, Answers, Scope]]:
    """Where the answers at a path are: the place, the name, what holds it, what is seen there."""
    name, *cells = path
    place = f"{where}.{name}" if where else name
    if not cells:
        yield place, name, answers, scope
        return
    rows = answers.get(name)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield from _holders(tuple(cells), row, scope.within(row), f"{place}[{index}]")


def _asks_the_day(expression: Any) -> bool:
    if not isinstance(expression, dict):
        return False
    return any(
        name == "today" or any(map(_asks_the_day, operands_of(given)))
        for name, given in expression.items()
    )
