from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.replicator.planning import (
    Lacked,
    Unintelligible,
    covers,
    everything,
    fitting,
    lacked,
    offered,
)

REVS = st.builds("{}-{}".format, st.integers(1, 99), st.sampled_from(["a", "b", "c"]))
LEAVES = st.dictionaries(st.text(max_size=3), st.lists(REVS, unique=True, max_size=3), max_size=5)


@given(LEAVES)
def test_what_a_feed_tells_twice_is_offered_once(leaves: dict[str, list[str]]) -> None:
    rows = [
        {"id": name, "changes": [{"rev": rev} for rev in revs]} for name, revs in leaves.items()
    ]

    assert offered([*rows, *rows]) == leaves


@pytest.mark.parametrize("row", [None, {}, {"id": 1, "changes": []}, {"id": "a", "changes": [1]}])
def test_a_row_of_another_form_is_not_understood(row: object) -> None:
    with pytest.raises(Unintelligible):
        offered([row])


@given(LEAVES, st.data())
def test_only_what_was_offered_is_lacking(
    leaves: dict[str, list[str]], data: st.DataObject
) -> None:
    told: dict[str, Any] = {
        name: {"missing": data.draw(st.lists(st.sampled_from([*revs, "9-z"]))), "more": 1}
        for name, revs in [*leaves.items(), ("never offered", ["1-a"])]
    }

    found = lacked(leaves, told)

    assert [one.document_id for one in found] == [
        name for name in leaves if set(leaves[name]) & set(told[name]["missing"])
    ]
    assert all(set(one.revs) <= set(leaves[one.document_id]) for one in found)


@pytest.mark.parametrize("told", [[], None, {"a": 1}, {"a": {"missing": 1}}])
def test_an_answer_of_another_form_is_not_understood(told: object) -> None:
    with pytest.raises(Unintelligible):
        lacked({"a": ["1-a"]}, told)


def test_a_target_that_is_not_there_lacks_everything() -> None:
    assert everything({"a": ["1-a", "1-b"], "b": []}) == [Lacked("a", ("1-a", "1-b"))]


@given(st.lists(REVS), st.integers(0, 300))
def test_the_newest_ancestors_go_along_as_far_as_there_is_room(revs: list[str], room: int) -> None:
    chosen = fitting(revs, room)
    left = [rev for rev in revs if rev not in chosen]
    generations = [int(rev.partition("-")[0]) for rev in chosen]

    assert len(quote(",".join(f'"{rev}"' for rev in chosen), safe="")) <= room
    assert generations == sorted(generations, reverse=True)
    assert all(int(rev.partition("-")[0]) <= min(generations) for rev in left if chosen)


def test_a_document_covers_its_revision_and_those_that_it_grew_from() -> None:
    document = {"_rev": "3-c", "_revisions": {"start": 3, "ids": ["c", "b"]}}

    assert [rev for rev in ("3-c", "2-b", "1-a", "2-c", "4-c", "x") if covers(document, rev)] == [
        "3-c",
        "2-b",
    ]
    assert not covers({"_rev": "3-c"}, "2-b")
