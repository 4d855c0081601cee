"""The value of a unit, from the set of its standing writers: one function a rule.

Each is a function of the set W(u), never of pairs or of an order of arrival, so that every server
finds the same. What cannot be decided without guessing is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from conflict.revision import Rev
from conflict.row_ids import moved
from conflict.rules import FieldRule, Rule
from conflict.texts import combined
from conflict.value import MISSING, Missing, Value, equal, instant
from conflict.writers import Standing, Writer


class How(StrEnum):
    """By what a unit came to its value."""

    WRITTEN = "written"  # one person wrote it, nobody else did apart from them
    SETTLED = "settled"  # a person decided between several values
    REPLACED = "replaced"  # an ordinary edit took the place of several values
    KEPT = "kept"  # what a merge by the rules of its time had come to
    AGREED = "agreed"  # several wrote the same
    HIGHEST = "highest"  # the most protective of several values
    UNION = "union"  # an element stays that not all have removed
    COMBINED = "combined"  # edits of different sentences
    FIRST = "first"  # a fixed field keeps its first value
    OPEN = "open"  # left to a person; a value is shown meanwhile
    INVALID = "invalid"  # what was written apart breaks a rule of the form together: as OPEN


@dataclass(frozen=True)
class Decision:
    """What became of a unit.

    Attributes:
        value: of an open unit, what is shown until somebody decides.
        writers: the standing writers, and who changed in vain what is fixed; ascending.
        tell: whether a supervisor is to be told, although it is decided.
        rule: by which it was decided: the field's, unless what was written could not be combined;
            of the order of rows ROWS, of existence CHANGED.
        settlements: those of the writers that decided between others.
        instead_of: who stood together until one of the writers took the place of all, ascending.
    """

    value: Value
    how: How
    writers: tuple[Writer, ...]
    tell: bool = False
    rule: Rule = Rule.CHANGED
    settlements: frozenset[Rev] = frozenset()
    instead_of: tuple[Writer, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is left to a person."""
        return self.how in (How.OPEN, How.INVALID)


def decision(standing: Standing, rule: FieldRule, ranked_by: str | None = None) -> Decision:
    """What becomes of a unit with these standing writers.

    Args:
        ranked_by: of coupled fields the one that is merged as HIGHEST, if there is one.
    """
    writers = standing.writers
    if len(writers) == 1:
        how, used = _how_of_one(writers[0], standing), rule.rule
        made = Decision(writers[0].value, how, writers)
    else:
        used = _rule_among(writers, rule)
        made = _BY_RULE[used](writers, rule, ranked_by)
    made = _explained(made, standing, used)
    if not standing.turned_away:
        return made
    heard = tuple(sorted((*writers, *standing.turned_away), key=lambda one: one.rev))
    if made.is_open:
        return replace(made, writers=heard)
    return replace(made, how=How.FIRST, writers=heard, tell=True)


def existence(standing: Standing) -> Decision:
    """Whether a document or a row stays; while that is open it is shown, lest it be forgotten."""
    writers = standing.writers
    kept = [writer for writer in writers if not isinstance(writer.value, Missing)]
    value: Value = True if kept else MISSING
    how = How.AGREED if len(writers) > 1 else _how_of_one(writers[0], standing)
    is_open = len(kept) not in (0, len(writers))
    made = Decision(value, How.OPEN if is_open else how, writers)
    return _explained(made, standing, Rule.CHANGED)


def row_order(standing: Standing) -> Decision:
    """The order of rows: open where two have put the rows that they share into different orders."""
    writers = standing.writers
    last = writers[-1]
    lists = [writer.value for writer in writers if isinstance(writer.value, list)]
    is_open = any(moved(one, other) for one in lists for other in lists)
    if len(lists) not in (0, len(writers)):  # one took the whole list away
        last = next(one for one in reversed(writers) if isinstance(one.value, list))
    how = How.AGREED if len(writers) > 1 else _how_of_one(last, standing)
    made = Decision(last.value, How.OPEN if is_open else how, writers)
    return _explained(made, standing, Rule.ROWS)


def _explained(made: Decision, standing: Standing, rule: Rule) -> Decision:
    """A decision that says by which rule it was made, and between whom it had been open before."""
    return Decision(  # as `replace` would, which takes a tenth of a merge's time
        made.value,
        made.how,
        made.writers,
        made.tell,
        rule,
        standing.settlements,
        standing.instead_of,
    )


def _how_of_one(writer: Writer, standing: Standing) -> How:
    if writer.rev in standing.settlements:
        return How.SETTLED
    if writer.is_verdict:
        return How.KEPT
    return How.REPLACED if standing.instead_of else How.WRITTEN


def _rule_among(writers: Sequence[Writer], rule: FieldRule) -> Rule:
    """The rule; CHANGED where what was written cannot be combined: histories without a common
    beginning, and rows that somebody gave to somebody else.
    """
    apart = sum(writer.from_nothing for writer in writers) > 1 and rule.rule is not Rule.UNION
    if rule.rule is Rule.ASK or not (apart or any(writer.mixes for writer in writers)):
        return rule.rule
    return Rule.CHANGED


def _changed(writers: Sequence[Writer], rule: FieldRule, _: str | None) -> Decision:
    shown = writers[-1].value
    how = How.AGREED if _agree(writers, rule) else How.OPEN
    return Decision(shown, how, tuple(writers))


def _ask(writers: Sequence[Writer], rule: FieldRule, ranked_by: str | None) -> Decision:
    shown = _highest(writers, rule, ranked_by) if rule.ranked else _changed(writers, rule, None)
    return replace(shown, how=How.OPEN, tell=False)


def _union(writers: Sequence[Writer], rule: FieldRule, _: str | None) -> Decision:
    present = [writer.value for writer in writers if not isinstance(writer.value, Missing)]
    value = (
        next((one for one in reversed(present) if one is not None), None) if present else MISSING
    )
    return Decision(value, How.UNION, tuple(writers))


def _highest(writers: Sequence[Writer], rule: FieldRule, ranked_by: str | None) -> Decision:
    ranks = [_rank(_ranked(writer.value, ranked_by), rule) for writer in writers]
    known = [rank for rank in ranks if rank is not None]
    if len(known) < len(ranks) or _agree(writers, rule):
        return _changed(writers, rule, None)
    top = [writer for writer, rank in zip(writers, known, strict=True) if rank == max(known)]
    others = [writer for writer in writers if writer not in top]
    if not _agree(top, rule) or any(_changed_more_than(ranked_by, writer) for writer in others):
        return Decision(top[-1].value, How.OPEN, tuple(writers))
    return Decision(top[-1].value, How.HIGHEST, tuple(writers), tell=True)


def _changed_more_than(ranked_by: str | None, writer: Writer) -> bool:
    """Whether somebody whose coupled fields give way has changed others than the ranked one."""
    if ranked_by is None or not isinstance(writer.value, dict):
        return False
    before = writer.start if isinstance(writer.start, dict) else {}
    names = (writer.value.keys() | before.keys()) - {ranked_by}
    return not all(equal(writer.value.get(name), before.get(name)) for name in names)


def _text(writers: Sequence[Writer], rule: FieldRule, _: str | None) -> Decision:
    values = [writer.value for writer in writers]
    base = writers[0].start
    if any(not writer.changes for writer in writers):  # one decided for what stood there
        return _changed(writers, rule, None)
    if not _agree(writers, rule) and all(equal(base, writer.start) for writer in writers):
        texts = [one for one in values if isinstance(one, str)]
        if len(texts) == len(values) and (base is None or isinstance(base, (str, Missing))):
            together = combined(
                base if isinstance(base, str) else "", texts, append=rule.rule is Rule.APPEND
            )
            if together is not None:
                return Decision(together, How.COMBINED, tuple(writers))
    return _changed(writers, rule, None)


_BY_RULE: Mapping[Rule, Callable[[Sequence[Writer], FieldRule, str | None], Decision]] = {
    Rule.CHANGED: _changed,
    Rule.ASK: _ask,
    Rule.HIGHEST: _highest,
    Rule.UNION: _union,
    Rule.TEXT: _text,
    Rule.APPEND: _text,
    Rule.FIXED: _changed,
}


def _agree(writers: Sequence[Writer], rule: FieldRule) -> bool:
    """Whether all gave the same value."""
    values = [instant(writer.value) if rule.is_instant else writer.value for writer in writers]
    return all(equal(values[0], other) for other in values[1:])


def _ranked(value: Value, ranked_by: str | None) -> Value:
    if ranked_by is None:
        return value
    return value.get(ranked_by) if isinstance(value, dict) else MISSING


def _rank(value: Value, rule: FieldRule) -> float | None:
    """How protective a value is; nothing said protects least. None for what has no rank."""
    if value is None or isinstance(value, Missing):
        return -float("inf")
    if rule.order:
        return rule.order.index(value) if value in rule.order else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None
