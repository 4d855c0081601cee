"""Equal sets have equal digests; of unequal ones the difference is found in few exchanges."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.json_text import written
from sync_server.service.buckets import LISTED, Buckets, Held, place
from tests.support.digest_walk import place as place_of_a_tablet
from tests.support.digest_walk import walk

Documents = Mapping[str, Sequence[str]]
ANSWER_BYTES = 130_000  # 32 buckets with 32 documents of a case each

ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
revs = st.from_regex(r"[1-9][0-9]?-[0-9a-z_]{1,4}", fullmatch=True)
sets = st.dictionaries(ids, st.sets(revs, min_size=1, max_size=3).map(sorted), max_size=60)


def told(documents: Documents, prefixes: Sequence[str] = ("",)) -> Mapping[str, Any]:
    buckets = Buckets(prefixes)
    for document, leaves in documents.items():
        buckets.take(Held(document, tuple(sorted(leaves))))
    return buckets.told()


def a_programme(count: int, seed: int) -> dict[str, list[str]]:
    chance = random.Random(seed)
    return {
        f"{chance.randbytes(16).hex()}:k21": [f"2-{chance.randbytes(16).hex()}"]
        for _ in range(count)
    }


@given(sets, st.randoms(use_true_random=False))
def test_equal_sets_have_equal_digests_in_any_order(
    documents: dict[str, list[str]], chance: random.Random
) -> None:
    names = list(documents)
    chance.shuffle(names)
    shuffled = {one: chance.sample(documents[one], len(documents[one])) for one in names}

    assert written(told(shuffled)) == written(told(documents))


@given(sets, sets)
def test_unequal_sets_have_unequal_digests(mine: Documents, theirs: Documents) -> None:
    root, other = told(mine)[""], told(theirs)[""]

    assert (root["hash"] == other["hash"]) == (mine == theirs)
    assert root["count"] == len(mine)


@given(sets, sets, st.booleans())
def test_what_differs_is_found_and_nothing_else(
    common: Documents, other: Documents, is_mine: bool
) -> None:
    larger = {**common, **other}
    mine, theirs = (larger, common) if is_mine else (common, larger)

    found = walk(lambda prefixes: told(theirs, prefixes), mine)

    assert found.missing == {one for one in theirs if mine.get(one) != theirs[one]}
    assert found.beyond == mine.keys() - theirs.keys()


def test_the_example_of_the_reference() -> None:
    root = told({"a": ["1-x"]})[""]

    assert place("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert Held("a", ("1-x",)).entry.hex() == (
        "db3e756a0d1ea55667b4a64f613d5435de4a390da2ce4a6c0dc4638be93f0389"
    )
    assert root == {
        "count": 1,
        "hash": "10df491a1d00e10ae975c397ec3799e9085770ad0dcbb3e3453ebe8068d64532",
        "documents": {"a": ("1-x",)},
    }


@pytest.mark.parametrize("count", [0, 1, LISTED, LISTED + 1])
def test_few_documents_are_told_by_name_and_more_by_bucket(count: int) -> None:
    root = told(a_programme(count, seed=count))[""]

    assert root["count"] == count
    assert ("documents" in root, "buckets" in root) == (count <= LISTED, count > LISTED)


def test_buckets_within_each_other_are_told_beside_each_other() -> None:
    documents = a_programme(400, seed=1)
    answer = told(documents, ["", "a", "ab"])

    assert answer == {one: told(documents, [one])[one] for one in ("", "a", "ab")}
    assert answer[""]["buckets"]["a"] == {key: answer["a"][key] for key in ("count", "hash")}


@pytest.mark.parametrize(
    ("count", "differ", "most"),
    [
        (130, 1, 2),
        (400, 1, 2),
        (400, 20, 3),
        (5_000, 1, 3),
        (5_000, 50, 4),
        (20_000, 1, 4),
        (20_000, 100, 9),
    ],
)
def test_k_documents_of_n_are_found_in_few_exchanges_of_bounded_size(
    count: int, differ: int, most: int
) -> None:
    """One for each level of the tree, and for many differences one for each 32 buckets."""
    theirs = a_programme(count, seed=count)
    gone = dict.fromkeys(random.Random(differ).sample(sorted(theirs), differ))
    mine = {one: leaves for one, leaves in theirs.items() if one not in gone}
    sizes: list[int] = []

    def ask(prefixes: Sequence[str]) -> Mapping[str, Any]:
        answer = told(theirs, prefixes)
        sizes.append(len(written(answer)))
        return answer

    found = walk(ask, mine)

    assert found.missing == set(gone)
    assert found.beyond == set()
    assert found.exchanges <= most
    assert max(sizes) <= ANSWER_BYTES


def test_a_place_is_the_same_on_a_tablet() -> None:
    for document in ("a", "حالة", "_design/é"):
        assert place(document) == place_of_a_tablet(document)
