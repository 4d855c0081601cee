"""The code of conduct: it is read by anybody, and accepted by each."""

from __future__ import annotations

from flask import Response

from sync_server.http.answers import answer
from sync_server.http.body import count_in, small_json_object
from sync_server.http.requests import the_caller, the_kanaf
from sync_server.http.routes import Anybody, Routes
from sync_server.service.conduct import accept_conduct, current_conduct

_MOST_VERSIONS = 2**31 - 1
routes = Routes("conduct", "/api/v1")


@routes.on("GET", "/code-of-conduct", need=Anybody.AT_ALL)
def reading() -> Response:
    """The last version, and its texts by language: who gets a tablet reads it before."""
    found = current_conduct(the_kanaf())
    if found is None:
        return answer({"version": None, "texts": {}})
    return answer({"version": found.version, "texts": found.texts})


@routes.on("POST", "/code-of-conduct/acceptances")
def accepting() -> Response:
    """The caller accepts the version that they name."""
    version = count_in(small_json_object(), "version", _MOST_VERSIONS)
    accept_conduct(the_kanaf(), the_caller(), version)
    return answer({"ok": True}, 201)
