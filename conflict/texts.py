"""Edits of one text made apart, sentence by sentence; works for any script and direction."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from unicodedata import normalize

from conflict.sequence_diff import Change, changes

# A sentence ends at its full stop or question mark (Latin, Arabic, Urdu) before white space, or at
# the end of its line. What follows it up to the next sentence belongs to it. One character decides,
# so that no text makes the search slow.
_SENTENCE = re.compile(r".+?(?:[.!?…؟۔](?=\s)|\n|\Z)\s*|\s+", re.DOTALL)

MOST_CHANGES = 60
"""In one edit; who changes more has written another text, and a hostile one must not take long."""


@dataclass(frozen=True, order=True)
class Hunk:
    """A change of the sentences from `start` up to `end` (exclusive) of the text it is made on.

    Attributes:
        words: the sentences put there, without white space around them: what the change is.
        sentences: the same as they were typed.
        lead: the white space before them.
    """

    start: int
    end: int
    words: tuple[str, ...]
    sentences: tuple[str, ...] = field(compare=False)
    lead: str = field(compare=False)

    def touches(self, other: Hunk) -> bool:
        """Whether the two change the same sentences, or neighbouring ones."""
        return self.start <= other.end and other.start <= self.end

    def begins(self, other: Hunk) -> bool:
        """Whether the other adds, at the same place, all that this one adds, and more."""
        return self.words == other.words[: len(self.words)]


def sentences(text: str) -> list[str]:
    """A text as its sentences, each with the white space behind it; joined they are the text."""
    return _SENTENCE.findall(text)


def combined(base: str, edited: Sequence[str], *, append: bool = False) -> str | None:
    """All edits of a text applied to it; None where they touch.

    The result depends on the set of edited texts alone, not on their order.

    Args:
        append: whether what several add at one place is all kept, in the order of the texts.
    """
    before = sentences(base)
    each = [_hunks(before, sentences(text)) for text in sorted({*edited})]
    found = [hunks for hunks in each if hunks is not None]
    if len(found) < len(each) or any(
        _clash(one, other, before, append=append) for one, other in combinations(found, 2)
    ):
        return None
    hunks: dict[Hunk, Hunk] = {}
    for hunk in (hunk for hunks_of_one in found for hunk in hunks_of_one):
        hunks.setdefault(hunk, hunk)
    text = "".join(_applied(before, sorted(_longest(hunks.values()))))
    return text if base[-1:].isspace() else text.rstrip()


def _hunks(before: Sequence[str], after: Sequence[str]) -> list[Hunk] | None:
    """What was changed; white space alone is no change. None where too much of it differs."""
    old, new = _words(before), _words(after)
    found = [one for change in changes(old, new) for one in _one_by_one(*change)]
    if len(found) > MOST_CHANGES:
        return None
    return [
        Hunk(
            start,
            end,
            tuple(new[first:last]),
            tuple(after[first:last]),
            _trailing_space(after[:first]),
        )
        for start, end, first, last in found
    ]


def _one_by_one(low: int, high: int, first: int, last: int) -> list[Change]:
    """Sentences that were each replaced by one are so many changes: somebody else may have made one
    of them, too.
    """
    if high - low != last - first:
        return [(low, high, first, last)]
    return [
        (low + step, low + step + 1, first + step, first + step + 1) for step in range(high - low)
    ]


def _words(each: Sequence[str]) -> list[str]:
    return [normalize("NFC", sentence).strip() for sentence in each]


def _trailing_space(each: Sequence[str]) -> str:
    return each[-1][len(each[-1].rstrip()) :] if each else ""


def _clash(
    mine: Collection[Hunk], others: Collection[Hunk], before: Sequence[str], *, append: bool
) -> bool:
    """Whether two people's edits cannot both be applied without guessing.

    A change that both made is one edit; any other two must not touch. A sentence that both put in,
    at different places, or that one moved and the other took out, would stand twice or against
    somebody's will.
    """
    shared = {*mine} & {*others}
    apart = product({*mine} - shared, {*others} - shared)
    if any(_against(one, other, append=append) for one, other in apart):
        return True
    gone = {word for hunk in shared for word in _words(before[hunk.start : hunk.end])}
    return bool(gone & _added({*mine} ^ {*others}))


def _against(one: Hunk, other: Hunk, *, append: bool) -> bool:
    """Whether of two different changes only one can be made."""
    both_put_in = bool(_added([one]) & _added([other]))
    if append and one.start == one.end == other.start == other.end:
        return both_put_in and not (one.begins(other) or other.begins(one))
    return both_put_in or one.touches(other)


def _added(hunks: Collection[Hunk]) -> set[str]:
    return {word for hunk in hunks for word in hunk.words} - {""}


def _longest(hunks: Collection[Hunk]) -> list[Hunk]:
    """The changes without those that another one begins with at the same place."""
    return [
        one
        for one in hunks
        if not any(
            one != other and (one.start, one.end) == (other.start, other.end) and one.begins(other)
            for other in hunks
        )
    ]


def _applied(before: Sequence[str], hunks: Sequence[Hunk]) -> list[str]:
    after: list[str] = []
    place = 0
    for hunk in hunks:
        after += before[place : hunk.start]
        _put(after, hunk.sentences, hunk.lead)
        place = hunk.end
    # What follows a change stands behind white space: only the last sentence of a text has none.
    return [*after, *before[place:]]


def _put(after: list[str], each: Sequence[str], lead: str) -> None:
    """Adds sentences, with white space before them where there is none yet."""
    if after and each and not after[-1][-1:].isspace():
        after[-1] += lead or " "
    after += each
