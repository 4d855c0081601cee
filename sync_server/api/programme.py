"""A programme as a whole: its forms are published, its cases counted."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from schemas import InvalidDefinition
from sync_server.errors import DatabaseMissing
from sync_server.http.answers import answer, reason
from sync_server.http.body import small_json_object
from sync_server.http.requests import the_kanaf, the_registry
from sync_server.http.routes import Routes
from sync_server.service.figures import case_figures
from sync_server.service.publishing import (
    NotPublishable,
    described,
    form_code_of,
    next_revision,
    publish_form,
    published_to,
)
from sync_server.sharing.roles import Action
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_LARGEST_FORM = 2_000_000
routes = Routes("programme", "/api/v1")


@routes.on("GET", "/<segment:db>/figures", need=Action.COUNT)
def figures(db: str) -> Response:
    """How many cases there are, by agency and area; what is too small is not told."""
    return answer(case_figures(the_kanaf(), _programme(db)))


@routes.on("POST", "/<segment:db>/forms", need=Action.DESIGN)
def publishing(db: str) -> Response:
    """Publishes the next revision of a form; with `dry_run` it says what that would change."""
    kanaf, database = the_kanaf(), _programme(db)
    definition = small_json_object(_LARGEST_FORM)
    dry_run = request.args.get("dry_run", "false") == "true"
    known = published_to(kanaf, database)
    try:
        code = form_code_of(known, definition.get("name"), definition.get("code"))
        form = next_revision(known, definition, code)
        done = publish_form(kanaf, database, form, dry_run=dry_run)
    except InvalidDefinition as invalid:
        return _refused(
            "invalid_definition",
            problems=[{"path": one.path, "code": one.code} for one in invalid.problems],
        )
    except NotPublishable as refused:
        return _refused(f"publishing.{refused.code}", changes=described(refused.changes))
    told = {"code": done.form.code, "revision": done.form.revision, "is_new": done.is_new}
    changes = described(done.changes)
    return answer({**told, "changes": changes}, 201 if done.is_new and not dry_run else 200)


def _programme(name: str) -> DatabaseRow:
    """A case database, of which those who publish forms or count cases see no document.

    Raises:
        DatabaseMissing: there is none, or it is an open one, whose members alone may know of it.
    """
    database = the_registry().database(name)
    if database.kind is not DatabaseKind.CASE:
        raise DatabaseMissing
    return database


def _refused(code: str, **told: Any) -> Response:
    return answer({"error": "bad_request", "reason": reason(code), **told}, 400)
