"""The documents of a country, as their authors write them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.documents import Document, batch
from bench.growing.people import Member

DOCUMENTS_OF_A_CASE = 8
READERS_CASES = 16
"""Of the caseworker who reads: 128 documents, however many the others have."""
_CASES_AT_ONCE = 25  # 200 documents, as many as one transaction takes
_SEED = 20_261_126


@dataclass(frozen=True)
class Lot:
    """New documents of some cases of one author."""

    author: Member
    documents: list[Document]


def lots(authors: Sequence[tuple[Member, int]]) -> Iterator[Lot]:
    """The cases of some authors, each so many, an author's evenly among all others' in time.

    The same for the same authors.
    """
    chance = random.Random(_SEED)
    largest = max((count for _, count in authors), default=0)
    steps = max(1, -(-largest // _CASES_AT_ONCE))
    for step in range(steps):
        for author, count in authors:
            share = count * (step + 1) // steps - count * step // steps
            if share:
                yield Lot(author, cases(author, share, chance))


def with_reader(total: int, reader: Member, others: Sequence[Member]) -> list[tuple[Member, int]]:
    """Whose the cases are: `READERS_CASES` the reader's, the rest spread evenly."""
    return [(reader, READERS_CASES), *spread(total - READERS_CASES, others)]


def spread(total: int, among: Sequence[Member]) -> list[tuple[Member, int]]:
    """So many cases, spread evenly."""
    count = len(among)
    return [
        (one, total * (position + 1) // count - total * position // count)
        for position, one in enumerate(among)
    ]


def cases(author: Member, count: int, chance: random.Random) -> list[Document]:
    """New cases of an author: a registration, an assessment and follow-up visits each."""
    follow_ups = DOCUMENTS_OF_A_CASE - 2
    documents = batch(count * DOCUMENTS_OF_A_CASE, chance, follow_ups=follow_ups)
    return [{**one, "author": author.name, "device": author.tablet} for one in documents]
