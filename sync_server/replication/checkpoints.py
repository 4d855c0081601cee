"""`_local` documents."""

from __future__ import annotations

from flask import Response

from sync_server.http.answers import answer
from sync_server.http.body import json_object
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.service.checkpoints import (
    read_checkpoint,
    remove_checkpoint,
    write_checkpoint,
)

routes = Routes("checkpoints", "/sync")


@routes.on("GET", "/<segment:db>/_local/<segment:local_id>", takes_lost=True)
def read(db: str, local_id: str) -> Response:
    """The caller's device's checkpoint."""
    return answer(read_checkpoint(the_kanaf(), the_database(db), the_caller(), local_id))


@routes.on("PUT", "/<segment:db>/_local/<segment:local_id>", takes_lost=True)
def write(db: str, local_id: str) -> Response:
    """Writes the caller's device's checkpoint; one that is `_deleted` is removed."""
    database = the_database(db)
    rev = write_checkpoint(the_kanaf(), database, the_caller(), local_id, json_object())
    return answer({"ok": True, "id": f"_local/{local_id}", "rev": rev}, 201)


@routes.on("DELETE", "/<segment:db>/_local/<segment:local_id>", takes_lost=True)
def remove(db: str, local_id: str) -> Response:
    """Removes the caller's device's checkpoint."""
    remove_checkpoint(the_kanaf(), the_database(db), the_caller(), local_id)
    return answer({"ok": True, "id": f"_local/{local_id}", "rev": "0-0"})
