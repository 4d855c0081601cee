"""Case numbers, exhaustively on samples."""

import math
import random
from itertools import product
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import case_number, is_case_number
from schemas.case_number import ALPHABET

RANDOM = random.Random(2)
SAMPLES = [
    case_number(programme, RANDOM.randbytes(16)) for programme in ("SD", "SO") for _ in range(100)
]
TYPED = ascii_uppercase + digits + "abcxyz-* \n" + "٣é"


@given(st.text(ascii_uppercase, min_size=2, max_size=2), st.binary(min_size=8, max_size=32))
def test_what_is_made_is_a_case_number(programme: str, entropy: bytes) -> None:
    made = case_number(programme, entropy)
    assert is_case_number(made)
    assert made == case_number(programme, entropy)
    assert made.startswith(f"{programme}-")


def test_a_case_number_has_three_groups_of_four_after_the_country() -> None:
    assert case_number("SD", b"12345678") == "SD-VHXG-8388-33FT"
    for sample in SAMPLES:
        assert [len(group) for group in sample.split("-")] == [2, 4, 4, 4]


def test_every_single_wrong_character_is_detected() -> None:
    for sample, place in product(SAMPLES, range(len(SAMPLES[0]))):
        for wrong in TYPED:
            if wrong != sample[place]:
                assert not is_case_number(sample[:place] + wrong + sample[place + 1 :])


def test_a_case_number_with_two_swapped_characters_is_refused() -> None:
    for sample in SAMPLES:
        for place in range(len(sample) - 1):
            first, second = sample[place], sample[place + 1]
            if first != second:
                assert not is_case_number(sample[:place] + second + first + sample[place + 2 :])


def test_two_swapped_characters_are_detected_across_a_hyphen_too() -> None:
    for sample in SAMPLES:
        for place in (1, 6, 11):
            first, second = sample[place], sample[place + 2]
            if first != second:
                swapped = f"{sample[:place]}{second}-{first}{sample[place + 3 :]}"
                assert not is_case_number(swapped)


def test_a_case_number_with_a_character_lost_or_repeated_is_refused() -> None:
    for sample in SAMPLES:
        for place in range(len(sample)):
            assert not is_case_number(sample[:place] + sample[place + 1 :])
            assert not is_case_number(sample[: place + 1] + sample[place:])


def test_no_character_is_taken_for_another() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 25
    for lookalikes in ("0O", "1IL", "2Z", "5S", "8B"):
        assert len(set(lookalikes) & set(ALPHABET)) <= 1


def test_a_case_number_holds_more_than_fifty_bits() -> None:
    # 11 characters are random, and of 37 check characters the alphabet lets 25 pass.
    assert math.log2(len(ALPHABET) ** 11 * len(ALPHABET) / 37) > 50


def test_a_hundred_thousand_cases_have_a_hundred_thousand_numbers() -> None:
    made = {case_number("SD", RANDOM.randbytes(8)) for _ in range(100_000)}
    assert len(made) == 100_000


def test_the_greatest_random_bytes_give_a_case_number_too() -> None:
    assert is_case_number(case_number("SD", b"\xff" * 64))


@pytest.mark.parametrize("programme", ["", "S", "SDN", "sd", "S1", "ÉÉ", "SD\n"])
def test_a_programme_that_is_not_two_capital_letters_is_refused(programme: str) -> None:
    with pytest.raises(ValueError, match="two capital letters"):
        case_number(programme, bytes(16))


def test_too_little_entropy_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 random bytes"):
        case_number("SD", bytes(7))


@given(st.text(st.characters()))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert is_case_number(text) is False
