"""What an edit is given that is made here: who made it, and the id of its revision.

Edits are made here in the name of who asked for them: an ended referral, the note of an emergency,
a correction.
"""

from __future__ import annotations

from datetime import UTC, datetime

from conflict.minting import authored_rev
from conflict.revision import Rev
from sync_server.service.kanaf import new_uuid
from sync_server.service.vault import Body

SERVICE = "server"
"""The author of an edit that is made where who keeps the server, and no user, has asked for it; no
user gets that name. It stands in documents for good, whatever the product is called."""


def signed(body: Body, author: str, device: str, at: float) -> Body:
    """A body with what every edit says of who made it.

    Args:
        at: when it is made, in seconds since 1970.
    """
    edited_at = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    who = {"author": author, "device": device, "edited_at": edited_at, "salt": new_uuid()}
    return {**body, **who}


def path_of(
    key: bytes, document_id: str, below: tuple[Rev, ...], content: bytes
) -> tuple[Rev, ...]:
    """The revision of an edit that has no id yet, and those below it.

    Args:
        key: of the programme.
        below: what it is made on, and its ancestors; empty for a new document.
        content: the body's canonical JSON.
    """
    base = below[0] if below else None
    return (authored_rev(key, document_id, base, content), *below)
