from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.crypto.sealing import Unopenable, keyed_digest, new_key, seal, unseal

PLACE = "sd/record/k21/1-a"


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_sealed_for_a_place_opens_there(clear: bytes, place: str) -> None:
    key = new_key()

    assert unseal(key, seal(key, clear, place), place) == clear


def test_sealed_bytes_do_not_open_in_another_place() -> None:
    key = new_key()
    sealed = seal(key, b"answers", PLACE)

    for place in ("", PLACE + " ", PLACE.upper(), "sd/record/k21/2-a"):
        with pytest.raises(Unopenable):
            unseal(key, sealed, place)


def test_sealed_bytes_do_not_open_with_another_key() -> None:
    sealed = seal(new_key(), b"answers", PLACE)

    for key in (new_key(), b"", b"short", bytes(33)):
        with pytest.raises(Unopenable):
            unseal(key, sealed, PLACE)


def test_no_byte_of_what_is_sealed_can_be_altered() -> None:
    key = new_key()
    sealed = seal(key, b"answers", PLACE)

    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(Unopenable):
            unseal(key, bytes(altered), PLACE)


def test_what_was_cut_off_or_made_longer_does_not_open() -> None:
    key = new_key()
    sealed = seal(key, b"answers", PLACE)

    for altered in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\x00"):
        with pytest.raises(Unopenable):
            unseal(key, altered, PLACE)


def test_the_same_content_is_sealed_differently_each_time() -> None:
    key = new_key()

    assert len({seal(key, b"answers", PLACE) for _ in range(1000)}) == 1000


def test_what_is_sealed_does_not_show_its_content() -> None:
    assert b"answers" not in seal(new_key(), b"answers" * 9, PLACE)


def test_an_error_of_opening_names_neither_key_nor_content() -> None:
    key = new_key()

    with pytest.raises(Unopenable) as error:
        unseal(key, b"answers" * 9, PLACE)

    assert "answers" not in str(error.value)
    assert key.hex() not in repr(error.value)


def test_a_keyed_digest_tells_equal_contents_only_to_who_has_the_key() -> None:
    key = new_key()

    assert keyed_digest(key, b"a") == keyed_digest(key, b"a")
    assert keyed_digest(key, b"a") != keyed_digest(key, b"b")
    assert keyed_digest(key, b"a") != keyed_digest(new_key(), b"a")
