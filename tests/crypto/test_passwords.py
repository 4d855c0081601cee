from __future__ import annotations

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, verify_secret

from sync_server.crypto.passwords import (
    new_token,
    nobodys_hash,
    password_hash,
    password_matches,
)


@pytest.fixture(scope="module")
def hashed() -> str:
    return password_hash("a password with كنف")


def test_a_password_matches_its_hash_and_no_other_does(hashed: str) -> None:
    assert password_matches(hashed, "a password with كنف")
    for other in ("", "a password", "A password with كنف", "a password with كنف "):
        assert not password_matches(hashed, other)


def test_a_hash_is_argon2id_with_a_salt_of_its_own(hashed: str) -> None:
    assert hashed.startswith("$argon2id$")
    assert hashed != password_hash("a password with كنف")


def test_a_malformed_hash_matches_nothing() -> None:
    for malformed in ("", "rubbish", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$"):
        assert not password_matches(malformed, "")


def test_comparing_with_the_hash_of_nobody_fails_after_the_whole_work(hashed: str) -> None:
    assert extract_parameters(nobodys_hash()) == extract_parameters(hashed)
    with pytest.raises(VerifyMismatchError):  # not InvalidHash, which would come at once
        verify_secret(nobodys_hash().encode(), b"a password", Type.ID)


def test_the_hash_of_nobody_is_another_every_time() -> None:
    assert nobodys_hash() != nobodys_hash()


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert min(len(token) for token in tokens) >= 43
