"""Under which name the two databases of a replication keep how far it has come. Pure."""

from __future__ import annotations

import hashlib
import json

from sync_server.replicator.address import Address

VERSION = 1
"""To be raised when the name is made in another way: then every replication begins anew."""
_WHO = "kanaf replicate"


def replication_id(
    source: Address, source_user: str | None, target: Address, target_user: str | None
) -> str:
    """The id of the `_local` documents that hold the checkpoints of a replication.

    Made of a constant of ours instead of the id of the machine that replicates, so that any machine
    goes on where another stopped; of both databases' hosts, ports and paths; and of who asks,
    because what one is told depends on it. Secrets and options have no part in it: no option
    changes what is copied.

    Source: CouchDB documentation, replication/protocol, Generate Replication ID.
    """
    parts = [_WHO, VERSION, source.place, source_user, target.place, target_user]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
