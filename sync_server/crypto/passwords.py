"""Passwords (Argon2id) and tokens (random, so a plain digest of them suffices)."""

from __future__ import annotations

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

_hasher = PasswordHasher()  # the library's profile follows RFC 9106, low memory: 64 MiB, 3 passes


def password_hash(password: str) -> str:
    """The Argon2id hash of a password, with salt and parameters in it."""
    return _hasher.hash(password)


def nobodys_hash() -> str:
    """A hash that no password has, and that takes as long to compare with as any other.

    Its salt and digest are random, so making it takes no time and no memory.

    Source: the format of the reference implementation, argon2, `encode_string`.
    """
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    salt, digest = _random_part(_hasher.salt_len), _random_part(_hasher.hash_len)
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


def password_matches(hashed: str, password: str) -> bool:
    """Whether `password` is the one behind `hashed`. Takes tens of milliseconds and 64 MiB."""
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """A token of 256 random bits that can stand in a header or a URL."""
    return secrets.token_urlsafe(32)


def _random_part(size: int) -> str:
    return b64encode(secrets.token_bytes(size)).decode().rstrip("=")
