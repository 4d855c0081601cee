"""W(u): what people said about a unit, without what somebody has since changed knowingly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conflict.revision import Rev
from conflict.value import Missing, Value, equal


@dataclass(frozen=True)
class Writer:
    """An authored revision that gave a unit a value, or decided it.

    Attributes:
        start: the unit's value in what its author started from.
        changes: whether `value` differs from `start`, or was written all the same.
        from_nothing: whether its author started from no document at all.
        names: the revisions between which it says that it settles the unit; of these only those
            count that its author had seen.
        mixes: whether nobody's edit apart from it may be combined with it.
    """

    rev: Rev
    value: Value
    start: Value
    author: str | None
    changes: bool
    from_nothing: bool = False
    names: frozenset[Rev] = frozenset()
    mixes: bool = False


@dataclass(frozen=True)
class Standing:
    """The standing writers of a unit.

    Attributes:
        writers: W(u), ascending.
        settlements: those of `writers` that decided between others.
        turned_away: who changed a value that is fixed, ascending, and has not been answered by a
            settlement; they are no writers.
    """

    writers: tuple[Writer, ...]
    settlements: frozenset[Rev]
    turned_away: tuple[Writer, ...] = ()


class OpenEdit(StrEnum):
    """What an ordinary edit of a unit means that was open to its author."""

    DECIDES = "decides"  # it takes the place of all candidates
    ADDS = "adds"  # it is one candidate more, in place of its author's own earlier ones
    CONTINUES = "continues"  # it carries on the candidate that was shown, and takes its place


IsOpen = Callable[[Sequence[Writer]], bool]


def standing(
    writers: Sequence[Writer],
    seen: Mapping[Rev, frozenset[Rev]],
    when_open: OpenEdit,
    is_open: IsOpen,
    *,
    is_fixed: bool = False,
) -> Standing:
    """The writers that no later writer has superseded.

    - A settlement supersedes the writers that it names, whether or not the value changes; nothing
      else, for its author decided between no others. Where it names a revision that is no writer,
      it means the writers that one rests on.
    - An ordinary edit supersedes all that its author had seen; where the unit was open to them,
      what `when_open` says; nothing where it was fixed, once somebody had given it a value.

    Args:
        writers: all who gave the unit a value or say that they settle it, ascending.
        seen: of each of them, all authored revisions that its author had seen.
        is_open: whether a unit with such standing writers is left to a person, or is protected and
            one is to be told of it.
        is_fixed: whether the unit keeps its first value, until somebody settles it.
    """
    if len(writers) == 1 and writers[0].changes:
        return Standing(tuple(writers), frozenset())
    supersedes: dict[Rev, frozenset[Rev]] = {}
    settlements: set[Rev] = set()
    counted: list[Writer] = []
    turned_away: set[Rev] = set()
    # Whoever has seen more comes later; a tombstone's generation may be above that of an edit that
    # has seen it.
    for writer in sorted(writers, key=lambda one: (len(seen[one.rev]), one.rev)):
        before = _before(writer, counted, seen, supersedes)
        decided = _decided(writer, before, seen)
        if decided:
            settlements.add(writer.rev)
            supersedes[writer.rev] = decided
        elif not writer.changes:
            continue  # its `settles` is about nothing that was open: a copy carried on
        elif is_fixed and _is_given(before) and not is_open(before):
            turned_away.add(writer.rev)
            continue
        elif writer.mixes and equal(writer.value, writer.start) and is_open(before):
            continue  # who gave a row to somebody else decided nothing that is open in it
        elif when_open is not OpenEdit.DECIDES and is_open(before):
            supersedes[writer.rev] = _replaced(writer, before, when_open)
        else:
            supersedes[writer.rev] = frozenset(one.rev for one in before)
        counted.append(writer)
    gone = frozenset[Rev]().union(*supersedes.values())
    stand = {writer.rev for writer in counted} - gone
    deciding = settlements & stand
    turned_away -= frozenset[Rev]().union(*(seen[rev] for rev in deciding))
    return Standing(
        tuple(writer for writer in writers if writer.rev in stand),
        frozenset(deciding),
        tuple(writer for writer in writers if writer.rev in turned_away),
    )


def _is_given(before: Sequence[Writer]) -> bool:
    """Whether any of them gave a value."""
    return any(one.value is not None and not isinstance(one.value, Missing) for one in before)


def _replaced(writer: Writer, before: Sequence[Writer], when_open: OpenEdit) -> frozenset[Rev]:
    """The candidates of an open unit whose place an ordinary edit takes."""
    if when_open is OpenEdit.ADDS:
        return frozenset(one.rev for one in before if one.author == writer.author)
    return frozenset(one.rev for one in before if equal(one.value, writer.start))


def _before(
    writer: Writer,
    counted: Sequence[Writer],
    seen: Mapping[Rev, frozenset[Rev]],
    supersedes: Mapping[Rev, frozenset[Rev]],
) -> list[Writer]:
    """The writers that stood when the author of `writer` wrote, as far as they had seen them."""
    known = [one for one in counted if one.rev in seen[writer.rev]]
    gone = frozenset[Rev]().union(*(supersedes[one.rev] for one in known))
    return [one for one in known if one.rev not in gone]


def _decided(
    writer: Writer, before: Sequence[Writer], seen: Mapping[Rev, frozenset[Rev]]
) -> frozenset[Rev]:
    """Those of `before` that a settlement names, or on which a name that is none of them rests.

    The place where a value was written becomes known when somebody edits further down its line.
    """
    names = writer.names & seen[writer.rev]
    standing_then = {one.rev for one in before}
    rested_on = (seen.get(name, frozenset()) for name in names - standing_then)
    return frozenset(standing_then & names.union(*rested_on))
