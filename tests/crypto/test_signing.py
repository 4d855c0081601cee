"""What is signed can be checked by anybody with the public key."""

from __future__ import annotations

from sync_server.crypto.signing import public_key, signature

SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
OF_NOTHING = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
    "d25bf5f0595bbe24655141438e7a100b"
)


def test_keys_and_signatures_are_those_of_the_standard() -> None:
    """Source: RFC 8032, 7.1, test 1."""
    seed = bytes.fromhex(SEED)

    assert public_key(seed).hex() == PUBLIC
    assert signature(seed, b"").hex() == OF_NOTHING
