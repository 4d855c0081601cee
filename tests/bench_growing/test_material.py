"""Whose the cases of a country are, whatever its size."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.growing.growth import Sizes
from bench.growing.material import DOCUMENTS_OF_A_CASE, READERS_CASES, lots
from bench.growing.people import FEW, MANY, NONE, people


@pytest.mark.parametrize("cases", [16, 35, 350])
def test_every_case_has_its_documents_and_the_reader_always_as_many(cases: int) -> None:
    sizes = Sizes((cases,), users=20, rounds=1, times=1)

    documents = [one for lot in lots(sizes.authors(cases)) for one in lot.documents]

    by_record = Counter(one["_id"].partition(":")[0] for one in documents)
    assert len(by_record) == cases
    assert set(by_record.values()) == {DOCUMENTS_OF_A_CASE}
    own = sum(one["author"] == sizes.reader.name for one in documents)
    assert own == READERS_CASES * DOCUMENTS_OF_A_CASE


def test_the_reader_writes_between_the_others() -> None:
    sizes = Sizes((3_500,), users=20, rounds=1, times=1)
    authors = [lot.author for lot in lots(sizes.authors(3_500))]

    times = [position for position, one in enumerate(authors) if one == sizes.reader]

    assert times[0] < len(authors) / 5
    assert times[-1] > len(authors) * 4 / 5


def test_a_country_has_all_its_users_and_somebody_in_every_group() -> None:
    members = people(268, movers=20)

    assert len({one.name for one in members.all}) == 268
    assert len(members.agencies) == 20
    assert {one.agency for one in members.caseworkers(FEW)} == set(members.agencies)
    assert {one.agency for one in members.caseworkers(MANY)} == set(members.agencies)
    assert {one.agency for one in members.promoted} == set(members.agencies)
    assert {one.group for one in members.moved} == {f"A00 {NONE}"}


def test_too_few_users_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        people(20, movers=20)
