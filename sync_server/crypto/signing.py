"""Signatures that others can check who have no secret of ours (Ed25519).

Source: RFC 8032.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def public_key(seed: bytes) -> bytes:
    """The 32 bytes with which what is signed by a seed of 32 bytes is checked."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signature(seed: bytes, content: bytes) -> bytes:
    """The signature of a content, of 64 bytes; the same each time."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(content)
