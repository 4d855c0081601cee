"""What waits for a person: open conflicts and quarantined documents."""

from __future__ import annotations

import structlog
from flask import Response

from sync_server.checking import NotInitialised, refuse_unfit
from sync_server.crypto.sealing import Unopenable
from sync_server.errors import Overloaded
from sync_server.http.answers import answer
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Anybody, Routes
from sync_server.service.explaining import merge_seen_by
from sync_server.service.waiting_for_people import open_conflicts, quarantined

_log = structlog.get_logger()
routes = Routes("supervision", "/api/v1")


@routes.on("GET", "/<segment:db>/conflicts")
def conflicts(db: str) -> Response:
    """The open units of every document that the caller sees."""
    return answer({"conflicts": open_conflicts(the_kanaf(), the_database(db), the_caller())})


@routes.on("GET", "/<segment:db>/merges/<segment:document>")
def merge(db: str, document: str) -> Response:
    """How a document came to what it shows: every unit, who wrote it, by which rule."""
    found = merge_seen_by(the_kanaf(), the_database(db), the_caller(), document)
    return answer(found)


@routes.on("GET", "/<segment:db>/quarantine")
def quarantine(db: str) -> Response:
    """What was refused from the caller, or from those whom the caller supervises."""
    return answer({"quarantine": quarantined(the_kanaf(), the_database(db), the_caller())})


health = Routes("health", "")


@health.on("GET", "/healthz", need=Anybody.AT_ALL)
def healthz() -> Response:
    """200 when the database answers, has its tables, and opens with the keys that are here."""
    try:
        refuse_unfit(the_kanaf())
    except (NotInitialised, Unopenable) as error:
        _log.error("the data does not fit", kind=type(error).__name__)
        raise Overloaded from None
    return answer({"status": "ok"})
