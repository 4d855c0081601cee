"""W(u): what people said about a unit, without what somebody has since changed knowingly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conflict.revision import Rev
from conflict.value import MISSING, Missing, Value, equal


@dataclass(frozen=True)
class Writer:
    """An authored revision that gave a unit a value, or decided it.

    Attributes:
        start: the unit's value in what its author started from.
        author: whose word it is; None where that cannot be told, because edits lie between the
            revision and what it is compared with, and some of them may be somebody else's.
        changes: whether `value` differs from `start`, or was written all the same.
        from_nothing: whether its author started from no document at all.
        names: the revisions between which it says that it settles the unit; of these only those
            count that its author had seen.
        mixes: whether nobody's edit apart from it may be combined with it.
        is_verdict: whether it is no edit, but what an earlier merge had come to.
    """

    rev: Rev
    value: Value
    start: Value
    author: str | None
    changes: bool
    from_nothing: bool = False
    names: frozenset[Rev] = frozenset()
    mixes: bool = False
    is_verdict: bool = False


@dataclass(frozen=True)
class Standing:
    """The standing writers of a unit.

    Attributes:
        writers: W(u), ascending.
        settlements: those of `writers` that decided between others.
        turned_away: who changed a value that is fixed, ascending, and has not been answered by a
            settlement; they are no writers.
        instead_of: who stood together until one of `writers` took the place of all of them,
            ascending.
    """

    writers: tuple[Writer, ...]
    settlements: frozenset[Rev]
    turned_away: tuple[Writer, ...] = ()
    instead_of: tuple[Writer, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a merge had come to about a unit, by other rules than today's.

    Attributes:
        rev: the merge's.
        value: what it shows.
        candidates: those that it left to a person; None where it was decided.
    """

    rev: Rev
    value: Value
    candidates: frozenset[Rev] | None = None


class OpenEdit(StrEnum):
    """What an ordinary edit of a unit means that was open to its author."""

    DECIDES = "decides"  # it takes the place of all candidates
    ADDS = "adds"  # it is one candidate more, in place of its author's own earlier ones
    ADDS_TEXT = "adds text"  # it is one candidate more, in place of its author's own that was shown
    CONTINUES = "continues"  # it carries on the candidate that was shown, and takes its place


@dataclass(frozen=True)
class Meaning:
    """What edits of a unit mean.

    Attributes:
        when_open: what an ordinary edit means of what was open to its author.
        was_open: whether the unit was left to a person, or is protected and one was to be told of
            it, when a writer wrote and had seen others, who stood then.
        comes_to: whether such standing writers come to a value today, and nobody is asked.
        is_fixed: whether the unit keeps its first value, until somebody settles it.
    """

    when_open: OpenEdit
    was_open: Callable[[Writer, Sequence[Writer]], bool]
    comes_to: Callable[[Sequence[Writer], Value], bool]
    is_fixed: bool


def standing(
    writers: Sequence[Writer],
    seen: Mapping[Rev, frozenset[Rev]],
    meaning: Meaning,
    verdicts: Collection[Verdict] = (),
) -> Standing:
    """The writers that no later writer has superseded.

    - A settlement supersedes the writers that it names, whether or not the value changes; nothing
      else, for its author decided between no others. Where it names a revision that is no writer,
      it means the writers that one rests on.
    - An ordinary edit supersedes all that its author had seen; where the unit was open to them,
      what `when_open` says; nothing where it was fixed, once somebody had given it a value.
    - A verdict holds: of the writers that it is about the candidates stand that it has left, or
      what it had decided, unless that is what they come to today.

    Args:
        writers: all who gave the unit a value or say that they settle it, ascending.
        seen: of each of them and of each verdict, the authored revisions that its author had seen
            or that it is about, and the verdicts among them.
    """
    if len(writers) == 1 and writers[0].changes and not verdicts:
        return Standing(tuple(writers), frozenset())
    walk = _Walk(seen)
    steps: list[Writer | Verdict] = [*writers, *verdicts]
    # Whoever has seen more comes later; a tombstone's generation may be above that of an edit that
    # has seen it. A verdict comes before those who have seen it.
    for step in sorted(steps, key=lambda one: (len(seen[one.rev]), one.rev)):
        before = walk.before(step.rev)
        if isinstance(step, Writer):
            _take(walk, step, before, meaning)
        elif step.candidates is not None:
            walk.leave(step.rev, step.candidates)
        elif before and not meaning.comes_to(before, step.value):
            walk.count(_as_writer(step, before), _revs(before))
    return walk.standing()


def _take(walk: _Walk, writer: Writer, before: Sequence[Writer], meaning: Meaning) -> None:
    """Takes in a writer, who had seen those who stood before."""
    decided = _decided(writer, before, walk.seen)
    if decided:
        walk.count(writer, decided, settles=True)
    elif not writer.changes:
        return  # its `settles` is about nothing that was open: a copy carried on
    elif meaning.is_fixed and _is_given(before) and not meaning.was_open(writer, before):
        walk.turned_away.append(writer)
    elif writer.mixes and equal(writer.value, writer.start) and meaning.was_open(writer, before):
        return  # who gave a row to somebody else decided nothing that is open in it
    elif meaning.when_open is not OpenEdit.DECIDES and meaning.was_open(writer, before):
        walk.count(writer, _replaced(writer, before, meaning.when_open))
    else:
        walk.count(writer, _revs(before))


class _Walk:
    """The writers of a unit, walked from those who had seen least.

    Attributes:
        seen: what each of them had seen.
        turned_away: who changed in vain what is fixed.
    """

    def __init__(self, seen: Mapping[Rev, frozenset[Rev]]) -> None:
        self.seen = seen
        self._counted: dict[Rev, Writer] = {}
        self._supersedes: dict[Rev, frozenset[Rev]] = {}
        self._settlements: set[Rev] = set()
        self.turned_away: list[Writer] = []

    def before(self, rev: Rev) -> list[Writer]:
        """The writers that stood for who had seen so much, ascending."""
        known = self.seen.get(rev, frozenset())
        gone = self._gone(known)
        return [
            one for rev, one in sorted(self._counted.items()) if rev in known and rev not in gone
        ]

    def count(self, writer: Writer, superseded: frozenset[Rev], *, settles: bool = False) -> None:
        """Takes in a writer, in the place of others."""
        self._counted[writer.rev] = writer
        self._supersedes[writer.rev] = superseded
        if settles:
            self._settlements.add(writer.rev)

    def leave(self, rev: Rev, candidates: frozenset[Rev]) -> None:
        """Lets of the writers that a verdict is about those stand that it has left.

        A candidate that is no writer today means those whom it rests on, as in a settlement: the
        place where a value was written becomes known when somebody edits further down its line.
        """
        rested_on = (self.before(name) for name in candidates - self._counted.keys())
        left = candidates.union(*map(_revs, rested_on))
        for known in self.seen[rev] & self._supersedes.keys():
            self._supersedes[known] -= left
        stood = _revs(self.before(rev))
        self._supersedes[rev] = stood - left if stood & left else frozenset()

    def standing(self) -> Standing:
        """Who stands when all have been walked."""
        stand = self._counted.keys() - self._gone(self._supersedes)
        deciding = self._settlements & stand
        answered = frozenset[Rev]().union(*(self.seen[rev] for rev in deciding))
        replaced = (self._supersedes[rev] for rev in stand)
        together = frozenset[Rev]().union(*(revs for revs in replaced if len(revs) > 1))
        return Standing(
            self._those(stand),
            frozenset(deciding),
            tuple(one for one in sorted(self.turned_away, key=_rev) if one.rev not in answered),
            self._those(together),
        )

    def _those(self, revs: Collection[Rev]) -> tuple[Writer, ...]:
        return tuple(self._counted[rev] for rev in sorted(revs))

    def _gone(self, revs: Iterable[Rev]) -> frozenset[Rev]:
        superseded = (self._supersedes.get(rev, frozenset()) for rev in revs)
        return frozenset[Rev]().union(*superseded)


def _rev(writer: Writer) -> Rev:
    return writer.rev


def _revs(writers: Iterable[Writer]) -> frozenset[Rev]:
    return frozenset(one.rev for one in writers)


def _as_writer(verdict: Verdict, before: Sequence[Writer]) -> Writer:
    """A verdict, in the place of those whom it is about."""
    start = before[0].start
    shared = all(equal(start, one.start) for one in before)
    before_them = start if shared else MISSING
    return Writer(verdict.rev, verdict.value, before_them, None, changes=True, is_verdict=True)


def _is_given(before: Sequence[Writer]) -> bool:
    """Whether any of them gave a value."""
    return any(one.value is not None and not isinstance(one.value, Missing) for one in before)


def _replaced(writer: Writer, before: Sequence[Writer], when_open: OpenEdit) -> frozenset[Rev]:
    """The candidates of an open unit whose place an ordinary edit takes."""
    shown = _revs(one for one in before if equal(one.value, writer.start))
    if when_open is OpenEdit.CONTINUES:
        # What was shown may be no candidate: a text that several wrote together.
        return shown or _revs(before)
    own = _revs(one for one in before if one.author and one.author == writer.author)
    return own & shown if when_open is OpenEdit.ADDS_TEXT else own


def _decided(
    writer: Writer, before: Sequence[Writer], seen: Mapping[Rev, frozenset[Rev]]
) -> frozenset[Rev]:
    """Those of `before` that a settlement names, or on which a name that is none of them rests.

    The place where a value was written becomes known when somebody edits further down its line.
    """
    names = writer.names & seen[writer.rev]
    standing_then = _revs(before)
    rested_on = (seen.get(name, frozenset()) for name in names - standing_then)
    return standing_then & names.union(*rested_on)
