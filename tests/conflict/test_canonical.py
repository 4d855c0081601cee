"""One value has one canonical form, whoever wrote it down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.canonical import Json, canonical_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["1.0", "1e+16"])
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.integers(-(2**60), 2**60).map(float) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


def without_whole_fractions(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: without_whole_fractions(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_whole_fractions(item) for item in value]
    return value


@given(VALUES)
def test_whole_numbers_are_written_without_a_fraction_wherever_they_stand(value: Json) -> None:
    expected = json.dumps(
        without_whole_fractions(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )

    assert canonical_json(value) == expected.encode()


@pytest.mark.parametrize("number", [1.0, -0.0, 1e16, 1e300, -3e20, 123456789.0])
def test_a_whole_fraction_is_the_same_number(number: float) -> None:
    assert canonical_json({"n": [number]}) == canonical_json({"n": [int(number)]})


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    assert canonical_json(["1.0", 1.0, "1e+16", 0.5]) == b'["1.0",1,"1e+16",0.5]'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_say_has_no_form(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json([number])
