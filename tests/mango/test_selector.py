"""Selectors choose as CouchDB's do: its documentation, /{db}/_find, Selector Syntax."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.errors import InvalidSelector
from sync_server.mango.collation import compared
from sync_server.mango.selector import MOST_PATTERNS, MOST_VALUES, selector

MOVIE = {
    "_id": "m1",
    "title": "Live And Let Die",
    "year": 1973,
    "rating": 6.8,
    "seen": True,
    "note": None,
    "genre": ["Action", "Crime"],
    "runs": [81, 84, [5]],
    "cast": [{"name": "Roger", "age": 45}, {"name": "Jane", "age": 22}],
    "imdb": {"rating": 6.8, "votes": {"men": 3}},
    "a.b": 7,
    "": 1,
}
CHOSEN: list[Any] = [
    {},
    # An implicit $eq and $and
    {"year": 1973},
    {"year": 1973, "seen": True},
    {"year": {"$gt": 1970, "$lt": 1980}},
    {"note": None},
    {"genre": ["Action", "Crime"]},
    # Fields within fields
    {"imdb": {"rating": 6.8}},
    {"imdb.votes.men": 3},
    {"imdb": {"votes.men": {"$eq": 3}}},
    {"imdb": {"votes": {"$eq": {"men": 3}}}},
    {"a\\.b": 7},
    {"genre.1": "Crime"},
    {"cast.0.name": "Roger"},
    # Comparisons, across types: null, booleans, numbers, strings, arrays, objects
    {"year": {"$eq": 1973.0}},
    {"year": {"$ne": "1973"}},
    {"year": {"$gte": 1973}},
    {"year": {"$lte": 1973}},
    {"year": {"$gt": True}},
    {"year": {"$lt": ""}},
    {"note": {"$lt": False}},
    {"title": {"$lt": []}},
    {"genre": {"$lt": {}}},
    {"genre": {"$gt": ["Action"]}},
    {"imdb": {"$gt": ["z"]}},
    {"seen": {"$ne": 1}},
    # A missing field
    {"gone": {"$exists": False}},
    {"imdb.gone": {"$exists": False}},
    {"note": {"$exists": True}},
    {"$not": {"gone": {"$exists": True}}},
    {"$not": {"year": {"$exists": False}}},
    # Together
    {"$and": [{"year": 1973}, {"seen": True}]},
    {"$or": [{"year": 1}, {"seen": True}]},
    {"$nor": [{"year": 1}, {"seen": False}]},
    {"$not": {"year": 1}},
    {"$not": {"$and": [{"year": 1973}, {"seen": False}]}},
    {"$not": {"$not": {"year": 1973}}},
    {"$not": {"$nor": [{"year": 1973}, {"year": 5}]}},
    {"year": {"$not": {"$gt": 1980}}},
    {"year": {"$or": [1, {"$gt": 1970}]}},
    {"year": {"$not": {"$lt": 1, "$gt": 1}}},
    # Of nothing, either is met
    {"$and": []},
    {"$or": []},
    {"$nor": []},
    # Arrays
    {"genre": {"$all": ["Crime", "Action"]}},
    {"genre": {"$all": [["Action", "Crime"]]}},
    {"runs": {"$all": [[5]]}},
    {"runs": {"$elemMatch": {"$gte": 80, "$lt": 82}}},
    {"cast": {"$elemMatch": {"name": "Jane", "age": {"$lt": 30}}}},
    {"cast": {"$allMatch": {"age": {"$gt": 20}}}},
    {"genre": {"$size": 2}},
    {"genre": {"$in": ["Crime", "Comedy"]}},
    {"genre": {"$nin": ["Comedy"]}},
    {"year": {"$in": [1, 1973]}},
    {"year": {"$nin": [1, 2]}},
    {"year": {"$nin": []}},
    # Objects
    {"imdb": {"$keyMapMatch": {"$eq": "votes"}}},
    {"imdb": {"$keyMapMatch": {"$beginsWith": "ra"}}},
    # Types and values
    {"year": {"$type": "number"}},
    {"seen": {"$type": "boolean"}},
    {"note": {"$type": "null"}},
    {"title": {"$type": "string"}},
    {"genre": {"$type": "array"}},
    {"imdb": {"$type": "object"}},
    {"year": {"$mod": [10, 3]}},
    {"year": {"$not": {"$mod": [10, 4]}}},
    {"title": {"$regex": "^Live.*Die$"}},
    {"title": {"$regex": "(?i)LET"}},
    {"title": {"$not": {"$regex": "^Die"}}},
    {"title": {"$beginsWith": "Live"}},
    {"_id": {"$gt": None}},
]
PASSED_OVER: list[Any] = [
    {"year": 1974},
    {"year": 1973, "seen": False},
    {"year": "1973"},
    {"seen": 1},
    {"year": {}},
    {"a.b": 7},
    {"imdb.votes": {"men": {"$gt": 3}}},
    # What is missing meets no condition, negated ones included
    {"gone": {"$ne": 1}},
    {"gone": {"$nin": [1]}},
    {"gone": {"$not": {"$eq": 1}}},
    {"gone": {"$not": {"$regex": "a"}}},
    {"$not": {"gone": 1}},
    {"$nor": [{"gone": 1}]},
    {"gone": {"$lt": 1}},
    {"gone": {"$exists": True}},
    {"gone": {"$not": {"$exists": False}}},
    {"gone": None},
    # There is no way to it
    {"year.month": {"$exists": False}},
    {"genre.7": {"$exists": False}},
    {"genre.x": {"$exists": False}},
    {f"genre.{'9' * 5000}": {"$exists": False}},
    {"year": {"$gt": ""}},
    {"note": {"$gt": False}},
    {"$and": [{"year": 1973}, {"seen": False}]},
    {"$or": [{"year": 1}, {"seen": False}]},
    {"$nor": [{"year": 1}, {"seen": True}]},
    {"genre": {"$all": ["Crime", "Comedy"]}},
    {"genre": {"$all": []}},
    {"title": {"$all": ["L"]}},
    {"runs": {"$elemMatch": {"$gte": 82, "$lt": 84}}},
    {"title": {"$elemMatch": {"$gt": None}}},
    {"cast": {"$allMatch": {"age": {"$gt": 30}}}},
    {"title": {"$allMatch": {"$gt": None}}},
    {"genre": {"$size": 3}},
    {"title": {"$size": 16}},
    {"genre": {"$in": ["Comedy"]}},
    {"year": {"$in": []}},
    {"genre": {"$nin": ["Crime"]}},
    {"imdb": {"$keyMapMatch": {"$eq": "men"}}},
    {"genre": {"$keyMapMatch": {"$eq": "Action"}}},
    {"year": {"$type": "string"}},
    {"year": {"$type": "unheard of"}},
    {"rating": {"$mod": [2, 0]}},
    {"seen": {"$mod": [1, 0]}},
    {"year": {"$regex": "1"}},
    {"title": {"$regex": "^let"}},
    {"year": {"$beginsWith": "1"}},
    {"title": {"$beginsWith": "live"}},
]
INVALID: list[Any] = [
    *(None, 5, "a", [], [{"a": 1}]),
    *({"$and": {}}, {"$or": 1}, {"$nor": "a"}, {"$not": []}, {"a": {"$not": 1}}),
    *({"a": {"$in": 1}}, {"a": {"$nin": {}}}, {"a": {"$all": 1}}, {"a": {"$exists": 1}}),
    *({"a": {"$type": 1}}, {"a": {"$size": -1}}, {"a": {"$size": True}}, {"a": {"$size": 1.5}}),
    *({"a": {"$mod": 5}}, {"a": {"$mod": [1]}}, {"a": {"$mod": [0, 1]}}, {"a": {"$mod": [1.5, 1]}}),
    *({"a": {"$regex": "("}}, {"a": {"$regex": 1}}, {"a": {"$beginsWith": 1}}),
    *({"a": {"$elemMatch": 1}}, {"a": {"$allMatch": []}}, {"a": {"$keyMapMatch": "a"}}),
    *({"a": {"$unknown": 1}}, {"$where": "true"}, {"$text": "a"}, {"a": {"$near": 1}}),
    *({"$gt": 5}, {"$and": [{"$gt": 5}]}, {"$and": [5]}, {"$elemMatch": {"a": 1}}),
    *({"": 1}, {"a.": 1}, {".a": 1}, {"a..b": 1}),
    {"a": {"$in": [0] * MOST_VALUES}},
    {"a": {"$eq": "a" * 70_000}},
    {"$and": [{"a": {"$regex": "a"}}] * (MOST_PATTERNS + 1)},
    {"$and": [{"a": {"$elemMatch": {"$regex": "a"}}}] * (MOST_PATTERNS + 1)},
]

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=5,
)


@pytest.mark.parametrize("given_one", CHOSEN, ids=str)
def test_a_document_that_meets_a_selector_is_chosen(given_one: Any) -> None:
    assert selector(given_one).matches(MOVIE)


@pytest.mark.parametrize("given_one", PASSED_OVER, ids=lambda one: str(one)[:60])
def test_a_document_that_does_not_is_passed_over(given_one: Any) -> None:
    assert not selector(given_one).matches(MOVIE)


@pytest.mark.parametrize("given_one", INVALID, ids=lambda one: str(one)[:60])
def test_what_is_not_understood_or_too_large_is_no_selector(given_one: Any) -> None:
    with pytest.raises(InvalidSelector):
        selector(given_one)


def test_a_selector_may_be_nested_to_a_depth_and_no_further() -> None:
    def nested(depth: int) -> Any:
        return {"a": 1} if depth == 0 else {"$not": nested(depth - 1)}

    assert selector(nested(30)).matches({"a": 1})
    with pytest.raises(InvalidSelector):
        selector(nested(31))


def test_an_empty_array_has_no_element_that_all_could_be_like() -> None:
    assert not selector({"a": {"$allMatch": {"$gt": None}}}).matches({"a": []})


def test_a_remainder_has_the_sign_of_the_value() -> None:
    assert selector({"a": {"$mod": [3, -1]}}).matches({"a": -7})
    assert not selector({"a": {"$mod": [3, 2]}}).matches({"a": -7})


def test_selectors_that_say_the_same_in_another_order_are_equal() -> None:
    one, same = selector({"a": 1, "b": {"$gt": 2}}), selector({"b": {"$gt": 2}, "a": 1})

    assert one == same
    assert hash(one) == hash(same)
    assert one != selector({"a": True, "b": {"$gt": 2}})


@given(values, values)
def test_a_value_is_below_or_above_or_equal_to_another(one: Any, other: Any) -> None:
    met = [selector({"a": {name: other}}).matches({"a": one}) for name in ("$lt", "$eq", "$gt")]

    assert sum(met) == 1
    assert compared(one, other) * compared(other, one) <= 0


@given(st.lists(values, min_size=3, max_size=3))
def test_the_order_of_values_has_no_circles(three: list[Any]) -> None:
    for one, two, other in itertools.permutations(three):
        if compared(one, two) <= 0 and compared(two, other) <= 0:
            assert compared(one, other) <= 0


@given(values, values, st.sampled_from(["$lt", "$lte", "$eq", "$ne", "$gte", "$gt", "$all"]))
def test_not_chooses_the_others_that_have_the_field(one: Any, other: Any, name: str) -> None:
    condition = {name: [other] if name == "$all" else other}
    plain, negated = selector({"a": condition}), selector({"$not": {"a": condition}})

    assert plain.matches({"a": one}) is not negated.matches({"a": one})
    assert not plain.matches({})
    assert not negated.matches({})


@given(values, values, values)
def test_a_negated_combination_is_the_other_combination_negated(
    value: Any, one: Any, other: Any
) -> None:
    parts = [{"a": {"$gt": one}}, {"a": {"$lt": other}}]
    document = {"a": value}

    for name, dual in (("$and", "$or"), ("$or", "$and")):
        negated = selector({"$not": {name: parts}}).matches(document)
        assert negated is selector({dual: [{"$not": part} for part in parts]}).matches(document)
