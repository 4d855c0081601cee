"""When two values are the same, and what an instant is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from conflict.value import MISSING, Value, equal, instant


@pytest.fixture
def two_hours_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is set to the time in Khartoum."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "CAT-2")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("two_hours_east")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T08:12:03+02:00", "2026-11-23T06:12:03+00:00"),
        ("2026-11-23T06:12:03Z", "2026-11-23T06:12:03+00:00"),
        ("2026-11-23T08:12:03", "2026-11-23T08:12:03"),
        ("2026-11-23", "2026-11-23"),
        ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00"),
        ("yesterday", "yesterday"),
        (None, None),
        (9, 9),
    ],
    ids=["offset", "UTC", "no offset", "day", "too early for UTC", "words", "null", "number"],
)
def test_an_instant_is_read_in_utc_wherever_the_server_stands(written: Value, meant: Value):
    assert instant(written) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ("caf\u00e9", "cafe\u0301"),
        ({"a": ["cafe\u0301", 1]}, {"a": ["caf\u00e9", 1.0]}),
        ([], []),
        ({}, {}),
        (None, None),
        (True, True),
        (MISSING, MISSING),
    ],
)
def test_values_that_mean_the_same_are_equal(one: Value, other: Value):
    assert equal(one, other)
    assert equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, 2),
        ("1", 1),
        ("a", "b"),
        (None, ""),
        (None, MISSING),
        (None, 0),
        ("", MISSING),
        (True, False),
        ([], {}),
        ([], ""),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
    ],
)
def test_values_that_differ_in_kind_or_content_are_not_equal(one: Value, other: Value):
    assert not equal(one, other)
    assert not equal(other, one)


def test_a_missing_value_shows_itself_as_such():
    assert repr(MISSING) == "MISSING"
