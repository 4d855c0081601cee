"""What a person is told of a problem, in the words of the form: never an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.definition import Field, Form, Label
from schemas.problem import Problem


@dataclass(frozen=True)
class Wording:
    """What a form says of a problem, in each of its languages.

    Attributes:
        question: the label of the question that it is about.
        message: what the form's designer wrote for a constraint that is broken.
    """

    question: Label | None = None
    message: Label | None = None


def wording_of(problem: Problem, revisions: Sequence[Form]) -> Wording:
    """What a form says of a problem; nothing where it is about no question.

    Args:
        revisions: those of one form, ascending. The last that has the question speaks: what a name
            means never changes.
    """
    for form in reversed(revisions):
        asked = _asked(form, problem.names)
        if asked is not None:
            message = asked.constraint_message if problem.code == "constraint" else None
            return Wording(asked.label, message)
    return Wording()


def _asked(form: Form, names: Sequence[str]) -> Field | None:
    """The question at a path; the one around it where the path leads to a part of an answer."""
    found, within = None, form.fields
    for name in names:
        deeper = next((one for one in within if one.name == name), None)
        if deeper is None:
            return found
        found, within = deeper, deeper.fields
    return found
