"""Problems that a document had before an edit: no fault of who edits it next.

A merge has left them there, or a newer revision of the form sees them for the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from conflict.value import MISSING, Value, equal
from schemas import Problem

_STEP = re.compile(r"[^.\[\]]+")


def not_inherited(
    found: Iterable[Problem],
    now: Mapping[str, Any],
    left: Iterable[Problem],
    before: Mapping[str, Any],
) -> tuple[Problem, ...]:
    """Of some problems those that were not there before, or of which the answer is another now.

    Args:
        found: the problems of the answers `now`.
        left: those of the answers `before`.
    """
    known = [(problem.code, *_place_and_answer(problem.path, before)) for problem in left]

    def is_inherited(problem: Problem) -> bool:
        place, answer = _place_and_answer(problem.path, now)
        return any(
            (code, there) == (problem.code, place) and equal(value, answer)
            for code, there, value in known
        )

    return tuple(problem for problem in found if not is_inherited(problem))


def _place_and_answer(path: str, data: Mapping[str, Any]) -> tuple[tuple[str, ...], Value]:
    """Where a path leads, and what is there; all answers, where it leads nowhere.

    Rows go by their ids and elements by themselves, for others may be put before them.
    """
    if path in data:
        return (path,), data[path]
    place: list[str] = []
    answer: Value = dict(data)
    for step in _STEP.findall(path):
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
            place.append(_name_in_list(answer, step))
        elif isinstance(answer, dict):
            answer = answer.get(step, MISSING)
            place.append(step)
        else:
            return (path,), dict(data)
    return tuple(place), answer


def _name_in_list(entry: Value, index: str) -> str:
    if not isinstance(entry, dict):
        return ""
    row_id = entry.get("id")
    return row_id if isinstance(row_id, str) else index
