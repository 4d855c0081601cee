"""The web application: blueprints, authentication, errors, put together."""

from __future__ import annotations

from flask import Flask, Response

from sync_server.api import supervision
from sync_server.http.answers import register_errors
from sync_server.http.requests import authenticate
from sync_server.http.routes import register_routes
from sync_server.replication import (
    all_docs,
    attachments,
    bulk,
    changes,
    checkpoints,
    copying,
    databases,
    documents,
    server,
)
from sync_server.replication.latest_pages import LatestPages
from sync_server.service.accounts import Accounts
from sync_server.service.kanaf import Kanaf

BLUEPRINTS = [
    supervision.health,
    supervision.routes,
    server.routes,
    databases.routes,
    bulk.routes,
    all_docs.routes,
    changes.routes,
    checkpoints.routes,
    documents.routes,
    copying.routes,
    attachments.routes,
]


def create_app(kanaf: Kanaf) -> Flask:
    """The application over one service.

    Raises:
        UndeclaredRoute: a route does not say what its caller must be.
    """
    app = Flask("sync_server", static_folder=None)
    app.extensions["kanaf"] = kanaf
    app.extensions["accounts"] = Accounts(kanaf)
    app.extensions["latest_pages"] = LatestPages(kanaf)
    register_routes(app, BLUEPRINTS)
    register_errors(app)
    app.before_request(authenticate)
    app.after_request(_guarded)
    return app


def _guarded(response: Response) -> Response:
    """No answer is to be guessed at, framed or kept by anybody in between."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
