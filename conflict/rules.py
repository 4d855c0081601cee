"""How the value of each field follows from the values that were written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from conflict.canonical import Json

Body = Mapping[str, Json]
"""A revision's content, without `_id` and `_rev`."""


class Rule(StrEnum):
    """How the value of a unit follows from the values that its standing writers gave it."""

    CHANGED = "changed"  # one distinct value is taken, more are a conflict
    ASK = "ask"  # more than one writer is a conflict, even where they agree
    HIGHEST = "highest"  # the most protective value is taken, and the supervisor told
    UNION = "union"  # an element is present unless all who wrote it removed it
    ROWS = "rows"  # rows matched by id, each cell merged on its own
    TEXT = "text"  # edits of different sentences are all applied
    APPEND = "append"  # as TEXT, and what several people add at one place is all kept
    FIXED = "fixed"  # the first value stays


@dataclass(frozen=True)
class FieldRule:
    """How one field is merged.

    Attributes:
        order: of what is ranked the values, the least protective first; without any, numbers by
            size.
        cells: for ROWS the rules of the cells of a row; a cell without one is CHANGED.
        couple: fields of one form with the same name here are one unit: all or nothing.
        protected: an ordinary edit of the open field only adds a candidate; settling decides.
        ranked: of a field that is always asked about (ASK) whether its values protect more or less:
            the most protective one is shown meanwhile.
        is_instant: the field holds date-times, of which the same instant may be written in the
            offsets of several places.
    """

    rule: Rule = Rule.CHANGED
    order: tuple[str, ...] = ()
    cells: Mapping[str, FieldRule] = field(default_factory=lambda: MappingProxyType({}))
    couple: str | None = None
    protected: bool = False
    ranked: bool = False
    is_instant: bool = False

    @property
    def is_ranked(self) -> bool:
        """Whether its values protect more or less."""
        return self.ranked or self.rule is Rule.HIGHEST


Rules = Mapping[str, FieldRule]
"""The rule of each field of a form revision; a field without one is CHANGED."""

PLAIN = FieldRule()


def _unchanged(body: Body, revision: int) -> Body:
    return body


def _itself(body: Body) -> Body:
    return body


def _valid(body: Body) -> Collection[Collection[str]]:
    return ()


@dataclass(frozen=True)
class FormRules:
    """What merging has to know of a form.

    Attributes:
        revisions: the rules of every revision that is known here, by its number.
        upgrade: a body as the given revision, no lower than its own, would have it, its fields by
            the names that units have, whatever revisions call them. Pure.
        failures: of each rule of the form that a merged body breaks, the names of the units it is
            about, such as `data.age` or `state`. Pure.
        rest: the rule of what is no answer: the state, and attachments.
        policy: how often the programme has changed its policy of merging, which is in `revisions`.
        written: a body of a revision by the names that the revision has. Pure.
    """

    revisions: Mapping[int, Rules]
    upgrade: Callable[[Body, int], Body] = _unchanged
    failures: Callable[[Body], Collection[Collection[str]]] = _valid
    rest: FieldRule = PLAIN
    policy: int = 0
    written: Callable[[Body], Body] = _itself
