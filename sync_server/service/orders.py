"""Orders to tablets, signed: a tablet that gets one knows that it is from the server that enrolled
it, whoever handed it over.
"""

from __future__ import annotations

from dataclasses import dataclass

from conflict.canonical import canonical_json
from sync_server.crypto.keys import MasterKeys
from sync_server.crypto.signing import public_key, signature

_PURPOSE = "orders"


@dataclass(frozen=True)
class SignedOrder:
    """An order as it is handed over.

    Attributes:
        text: canonical JSON, the bytes of which are signed.
        signature: of 64 bytes, in hex.
    """

    text: str
    signature: str


def orders_key(keys: MasterKeys) -> str:
    """The public key by which orders of this server are checked, 32 bytes in hex."""
    return public_key(keys.derived(_PURPOSE)).hex()


def wipe_order(
    keys: MasterKeys, device: str, install_id: str | None, issued_at: int
) -> SignedOrder:
    """The order by which a tablet erases itself.

    Args:
        install_id: what the tablet calls its installation, where it told.
        issued_at: seconds since 1970.
    """
    order = {"order": "wipe", "device": device, "install_id": install_id, "issued_at": issued_at}
    content = canonical_json(order)
    signed = signature(keys.derived(_PURPOSE), content)
    return SignedOrder(content.decode(), signed.hex())
