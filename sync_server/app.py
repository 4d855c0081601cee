"""The web application: blueprints, authentication, errors, put together."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request
from flask_cors import CORS
from werkzeug.exceptions import HTTPException

from sync_server.api import (
    assignments,
    conduct,
    devices,
    emergencies,
    enrolment,
    lost_devices,
    people,
    programme,
    sessions,
    supervision,
)
from sync_server.console import pages
from sync_server.console.page import refused
from sync_server.errors import KanafError
from sync_server.http.answers import as_kanaf_error, error_answer, fault_answer, http_error
from sync_server.http.compression import compressed
from sync_server.http.requests import authenticate
from sync_server.http.routes import register_routes
from sync_server.http.sessions import CONSOLE, with_renewed_session
from sync_server.replication import (
    all_docs,
    attachments,
    bulk,
    changes,
    checkpoints,
    copying,
    databases,
    digests,
    documents,
    server,
)
from sync_server.replication.latest_pages import LatestPages
from sync_server.service.accounts import Accounts
from sync_server.service.device_reports import Contacts
from sync_server.service.kanaf import Kanaf

_TAKEN_HEADERS = [
    *("Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Type"),
    *("Destination", "If-Match", "If-None-Match", "If-Range", "Last-Event-ID", "Range"),
]
_NOT_THE_CONSOLE = r"/(?!console(/|$)).*"
BLUEPRINTS = [
    supervision.health,
    supervision.routes,
    enrolment.routes,
    devices.routes,
    emergencies.routes,
    lost_devices.routes,
    people.routes,
    sessions.routes,
    conduct.routes,
    assignments.routes,
    programme.routes,
    pages.routes,
    pages.style,
    server.routes,
    databases.routes,
    bulk.routes,
    all_docs.routes,
    changes.routes,
    digests.routes,
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
    app = Flask("sync_server", static_folder=None, template_folder="console/templates")
    app.config["MAX_CONTENT_LENGTH"] = kanaf.settings.max_request_bytes
    app.extensions["kanaf"] = kanaf
    app.extensions["accounts"] = Accounts(kanaf)
    app.extensions["contacts"] = Contacts(kanaf)
    app.extensions["latest_pages"] = LatestPages(kanaf)
    register_routes(app, BLUEPRINTS)
    app.register_error_handler(HTTPException, _told_of_error)
    app.register_error_handler(KanafError, _told_of_error)
    app.register_error_handler(Exception, fault_answer)
    app.before_request(authenticate)
    app.after_request(_guarded)
    app.after_request(with_renewed_session)
    app.after_request(compressed)
    if kanaf.settings.cors_origins:
        _let_browsers_in(app, kanaf.settings.cors_origins)
    return app


def _told_of_error(error: HTTPException | KanafError) -> Response:
    """An error as an answer: below the console a page, also where no page took the request."""
    if request.path.startswith(CONSOLE.path):
        return refused(error if isinstance(error, KanafError) else as_kanaf_error(error))
    return error_answer(error) if isinstance(error, KanafError) else http_error(error)


def _let_browsers_in(app: Flask, origins: Sequence[str]) -> None:
    """Lets web pages of other origins speak to the service, as the accounts that browsers hold; the
    console's pages are read by nobody but those who look at them.
    """
    app.after_request(_told_by_origin)
    CORS(
        app,
        resources=_NOT_THE_CONSOLE,
        origins=list(origins),
        supports_credentials=True,
        methods=["GET", "HEAD", "POST", "PUT", "DELETE", "COPY"],
        allow_headers=_TAKEN_HEADERS,
        expose_headers=["Accept-Ranges", "Content-Range", "ETag", "Location", "Retry-After"],
        max_age=600,
    )


def _told_by_origin(response: Response) -> Response:
    """Flask-CORS says so only where several origins are let in; caches serve the others, too."""
    response.vary.add("Origin")
    return response


def _guarded(response: Response) -> Response:
    """No answer is to be guessed at, framed or kept by anybody in between."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
