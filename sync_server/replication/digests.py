"""Digests of what a caller should hold."""

from __future__ import annotations

import re

from flask import Response, request

from sync_server.errors import InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.buckets import LONGEST_PREFIX
from sync_server.service.digest import digest
from sync_server.service.sight import Sight
from sync_server.storage.reading import Reading

routes = Routes("digests", "/sync")
_MOST_PREFIXES = 32
_PREFIX = re.compile(f"[0-9a-f]{{0,{LONGEST_PREFIX}}}")


@routes.on("GET", "/<segment:db>/_digest")
def tell(db: str) -> Response:
    """Counts and hashes of what the caller should hold, by bucket."""
    kanaf, database, prefixes = the_kanaf(), the_database(db), _prefixes()
    with kanaf.store.read_one_state() as connection:
        sight = Sight(kanaf, Reading(connection), database, the_caller())
        told = digest(kanaf, sight, prefixes)
    return answer({"update_seq": told.update_seq, "pending": told.pending, "digests": told.buckets})


def _prefixes() -> set[str]:
    """The prefixes that are asked for; the root's, which is empty, where none is.

    Raises:
        InvalidRequest: there are too many, or one is none.
    """
    given = request.args.get("prefix", "").split(",")
    if len(given) > _MOST_PREFIXES or not all(map(_PREFIX.fullmatch, given)):
        raise InvalidRequest("prefix")
    return set(given)
