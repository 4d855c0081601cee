"""What was changed between two lists of texts, in time that no lists can make long.

Texts that both lists have exactly once are the anchors ("patience diff", Bram Cohen); what lies
between two anchors is compared again, and small rests by their longest common subsequence. What is
left is taken as replaced as a whole, which is coarse, but never wrong.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

Change = tuple[int, int, int, int]
"""`old[start:end]` became `new[first:last]`; the two slices are not both empty."""

_DEEPEST = 8
_MOST_PAIRS = 400


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The changes that make one list out of another, ascending; they never touch."""
    return list(_changes(old, new, (0, len(old), 0, len(new)), 0))


def _changes(old: Sequence[str], new: Sequence[str], place: Change, depth: int) -> Iterator[Change]:
    start, end, first, last = place
    same = _shared(old[start:end], new[first:last])
    start, first = start + same, first + same
    same = _shared(old[start:end][::-1], new[first:last][::-1])
    end, last = end - same, last - same
    if start == end and first == last:
        return
    anchors = _anchors(old[start:end], new[first:last]) if depth < _DEEPEST else []
    if not anchors:
        yield (start, end, first, last)
        return
    before = (start, first)
    for mine, other in [*anchors, (end - start, last - first)]:
        yield from _changes(
            old, new, (before[0], start + mine, before[1], first + other), depth + 1
        )
        before = (start + mine + 1, first + other + 1)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many texts two lists have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of equal texts, ascending in both lists."""
    here, there = Counter(old), Counter(new)
    places = {text: place for place, text in enumerate(new) if there[text] == 1}
    pairs = [
        (place, places[text])
        for place, text in enumerate(old)
        if here[text] == 1 and text in places
    ]
    if pairs:
        return _longest_ascending(pairs)
    return _common(old, new) if len(old) * len(new) <= _MOST_PAIRS else []


def _longest_ascending(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, ascending in their first place, that ascends in the second too."""
    ends: list[int] = []  # the least second place that a run of each length ends with
    tails: list[int] = []
    before: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(tails[length - 1] if length else None)
        ends[length : length + 1] = [place]
        tails[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    last: int | None = tails[-1]
    while last is not None:
        run.append(pairs[last])
        last = before[last]
    return run[::-1]


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence."""
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for mine in range(len(old) - 1, -1, -1):
        for other in range(len(new) - 1, -1, -1):
            lengths[mine][other] = (
                lengths[mine + 1][other + 1] + 1
                if old[mine] == new[other]
                else max(lengths[mine + 1][other], lengths[mine][other + 1])
            )
    found: list[tuple[int, int]] = []
    mine = other = 0
    while mine < len(old) and other < len(new):
        if old[mine] == new[other]:
            found.append((mine, other))
            mine, other = mine + 1, other + 1
        elif lengths[mine + 1][other] >= lengths[mine][other + 1]:
            mine += 1
        else:
            other += 1
    return found
