"""How much is asked for and sent at a time, and how long is waited after a failure. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0


@dataclass(frozen=True)
class Limits:
    """How much goes at a time.

    Attributes:
        rows: of the feed, on a page.
        documents: in a request.
        size: of a request in bytes; one document may be larger.
    """

    rows: int
    documents: int = 100
    size: int = 2_000_000

    def smaller(self) -> Limits:
        """Half as much: where a connection broke, less may come through."""
        halves = (max(1, one // 2) for one in (self.rows, self.documents, self.size))
        return Limits(*halves)

    def larger(self, most: Limits) -> Limits:
        """Twice as much, up to `most`."""
        return Limits(
            min(2 * self.rows, most.rows),
            min(2 * self.documents, most.documents),
            min(2 * self.size, most.size),
        )


def pause(failures: int) -> float:
    """Seconds to wait after the nth failure in succession, from 1: twice as long each time."""
    return min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 30), _LONGEST_PAUSE)


def batches(
    things: Iterable[Thing], size: Callable[[Thing], int], limits: Limits
) -> Iterator[list[Thing]]:
    """The things in their order, in batches within the limits; one that is too large is alone.

    Args:
        size: of a thing, in bytes.
    """
    batch: list[Thing] = []
    total = 0
    for thing in things:
        is_full = len(batch) >= limits.documents or total + size(thing) > limits.size
        if batch and is_full:
            yield batch
            batch, total = [], 0
        batch.append(thing)
        total += size(thing)
    if batch:
        yield batch
