"""AES-256-GCM over one value, bound to the place where it is kept.

The place (database, document, revision …) is associated data: sealed bytes that are moved to
another row do not open there.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class Unopenable(Exception):
    """Sealed bytes do not open: another key, another place, or altered."""


def new_key() -> bytes:
    """A random key of 256 bits."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, clear: bytes, place: str) -> bytes:
    """`clear` sealed for `place`: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, clear, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """What `seal` was given.

    Raises:
        Unopenable: the key, the place or the bytes are not those of `seal`.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):
        raise Unopenable("sealed bytes do not open") from None


def keyed_digest(key: bytes, content: bytes) -> bytes:
    """HMAC-SHA-256: tells equal contents without telling which, to who has no key."""
    return hmac.digest(key, content, "sha256")
