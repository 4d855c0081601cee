"""Whether answers are right, decided fast where nothing is wrong with them, as mostly nothing is.

What is right is said by the marshmallow fields of `answer.py` and by `relevance.py`; this asks the
same functions in a row, without gathering what is wrong. Where it does not say that answers are
right, nothing is said: they are looked at by the long way, which names every problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.answer import Answer
from schemas.conditions import CHOICE, Conditions
from schemas.expressions import Scope, is_empty

IsRight = Callable[[Mapping[str, Any], str | None], bool]
"""Of answers and the day on which they were given."""


def quick_check(answers: Mapping[str, Answer], conditions: Conditions) -> IsRight | None:
    """The check of a form; None where only the long way can decide: conditions within rows.

    Args:
        answers: the fields of the form's schema by name.
    """
    if any(len(path) > 1 for path in conditions.paths):
        return None
    names = answers.keys()
    faults = [(name, answer.finds_fault) for name, answer in answers.items()]
    required = [name for name, answer in answers.items() if answer.required]
    relevant = [(path[0], one.holds) for path, one in conditions.relevant]
    rules = _rules(conditions)
    hangs_on_the_day = bool(conditions.by_the_day or conditions.rules_by_the_day)

    def is_right(data: Mapping[str, Any], today: str | None) -> bool:
        """Whether they certainly are."""
        if not data.keys() <= names or (today is None and hangs_on_the_day):
            return False
        for name, fault in faults:
            value = data.get(name)
            if value is not None and fault(value):
                return False
        seen = {**data}
        scope = Scope(today or "", seen)
        hidden = set()
        for name, is_asked in relevant:
            if not is_asked(scope):
                hidden.add(name)
                seen[name] = None
        if any(data.get(name) is None and name not in hidden for name in required):
            return False
        return all(rule(scope) for rule in rules)

    return is_right


def _rules(conditions: Conditions) -> list[Callable[[Scope], bool]]:
    return [
        *(_constraint(path[0], one.holds) for path, one in conditions.constraints),
        *(_filter(path[0], one.holds, known) for path, one, known in conditions.filters),
    ]


def _constraint(name: str, holds: Callable[[Scope], bool]) -> Callable[[Scope], bool]:
    return lambda scope: is_empty(scope.answers.get(name)) or holds(scope)


def _filter(
    name: str, offers: Callable[[Scope], bool], known: Mapping[str, Mapping[str, str]]
) -> Callable[[Scope], bool]:
    def holds(scope: Scope) -> bool:
        answer = scope.answers.get(name)
        if is_empty(answer):
            return True
        codes = answer if isinstance(answer, list) else [answer]
        return all(offers(scope.within({CHOICE: known[str(code)]})) for code in codes)

    return holds
