"""Passwords (Argon2id) and tokens (random, so a plain digest of them suffices)."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # the library's profile follows RFC 9106, low memory: 64 MiB, 3 passes


def password_hash(password: str) -> str:
    """The Argon2id hash of a password, with salt and parameters in it."""
    return _hasher.hash(password)


def password_matches(hashed: str, password: str) -> bool:
    """Whether `password` is the one behind `hashed`. Takes tens of milliseconds and 64 MiB."""
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """A token of 256 random bits that can stand in a header or a URL."""
    return secrets.token_urlsafe(32)
