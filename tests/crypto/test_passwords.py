from __future__ import annotations

import pytest

from sync_server.crypto.passwords import new_token, password_hash, password_matches


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


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert min(len(token) for token in tokens) >= 43
