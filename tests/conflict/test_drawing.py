"""The authored graph drawn as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conflict.drawing import drawing, short
from conflict.graph import AuthoredGraph
from conflict.revision import Rev
from conflict.tree import RevisionTree

FIRST, AMINAS, BILALS, CHENS, LATER, LAST = (
    Rev(generation, digest * 8)
    for generation, digest in [(1, "a"), (2, "b"), (2, "c"), (2, "d"), (3, "e"), (4, "f")]
)
AUTHORS = {FIRST: "amina", AMINAS: "amina", BILALS: "bilal", CHENS: "chen"}


def drawn(parents: Mapping[Rev, Sequence[Rev]]) -> list[str]:
    graph = AuthoredGraph(
        RevisionTree(), {rev: tuple(saw) for rev, saw in parents.items()}, frozenset()
    )
    return list(drawing(graph, lambda rev: AUTHORS.get(rev, "dina")))


def test_a_revision_is_shortened_to_what_eyes_compare():
    assert short(Rev(12, "0123456789abcdef")) == "12-012345"


def test_one_line_of_edits_is_one_column():
    assert drawn({FIRST: [], AMINAS: [FIRST]}) == [
        "*  2-bbbbbb  amina  on 1-aaaaaa",
        "o  1-aaaaaa  amina",
    ]


def test_edits_made_apart_stand_in_different_columns():
    assert drawn({FIRST: [], AMINAS: [FIRST], BILALS: [FIRST], CHENS: [FIRST]}) == [
        "*  2-dddddd  chen  on 1-aaaaaa",
        "| *  2-cccccc  bilal  on 1-aaaaaa",
        "| *  2-bbbbbb  amina  on 1-aaaaaa",
        "o  1-aaaaaa  amina",
    ]


def test_an_edit_of_a_merge_stands_on_all_that_it_merged():
    graph: dict[Rev, list[Rev]] = {
        FIRST: [],
        AMINAS: [FIRST],
        BILALS: [FIRST],
        CHENS: [FIRST],
        LATER: [AMINAS, BILALS],
        LAST: [LATER],
    }

    assert drawn(graph) == [
        "*  4-ffffff  dina  on 3-eeeeee",
        "o  3-eeeeee  dina  on 2-cccccc, 2-bbbbbb",
        "| | *  2-dddddd  chen  on 1-aaaaaa",
        "o | |  2-cccccc  bilal  on 1-aaaaaa",
        "o |  2-bbbbbb  amina  on 1-aaaaaa",
        "o  1-aaaaaa  amina",
    ]
