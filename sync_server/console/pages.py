"""The pages: signing in, what waits, and the merges of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, redirect, request, send_file, url_for

from sync_server.console.merge_view import document_view, to_the_minute
from sync_server.console.page import (
    LANGUAGE_COOKIE,
    own_address,
    page,
    refuse_other_origins,
    register_page_errors,
    the_language,
)
from sync_server.errors import DatabaseMissing, NotAllowed, PathMissing, WrongCredentials
from sync_server.http.requests import (
    CONSOLE_BLUEPRINT,
    the_accounts,
    the_caller,
    the_kanaf,
    the_registry,
)
from sync_server.http.routes import Need, Routes
from sync_server.http.sessions import CONSOLE
from sync_server.messages import LANGUAGES, sentence
from sync_server.service.merges_seen import case_numbers, merged_lately, merges_of_record_seen_by
from sync_server.service.waiting_for_people import open_conflicts
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_A_YEAR = 365 * 86_400
_STYLE = Path(__file__).with_name("style.css")

routes = Routes(CONSOLE_BLUEPRINT, CONSOLE.path)
routes.before_request(refuse_other_origins)
register_page_errors(routes)


@routes.on("GET", "/", need=Need.SUPERVISOR)
def waiting() -> Response:
    """What waits for the supervisor, the longest waiting first, and what was merged lately."""
    registry = the_registry()
    databases = (registry.databases[name] for name in sorted(registry.databases))
    found = [_programme(one) for one in databases if one.kind is DatabaseKind.CASE]
    return page("waiting.html", programmes=found, name=the_caller().person.name)


@routes.on("GET", "/<segment:db>/records/<segment:record>", need=Need.SUPERVISOR)
def record_merges(db: str, record: str) -> Response:
    """How the documents of a record came to what they show."""
    kanaf, database, caller = the_kanaf(), _case_database(db), the_caller()
    language, titles = the_language(), _titles()
    seen = merges_of_record_seen_by(kanaf, database, caller, record, language)
    number = case_numbers(kanaf, database, caller, [record]).get(record, record)
    documents = [document_view(one, titles, language) for one in seen]
    name = caller.person.name
    return page("record.html", number=number, record=record, documents=documents, name=name)


@routes.on("GET", "/find", need=Need.SUPERVISOR)
def find() -> Any:
    """To the page of the record whose id was typed in; a document's id names its record."""
    database = _case_database(request.args.get("database", ""))
    record = request.args.get("record", "").strip().partition(":")[0]
    return redirect(url_for("console.record_merges", db=database.name, record=record or "-"), 303)


@routes.on("GET", "/sign-in", need=Need.NOTHING)
def sign_in() -> Response:
    """Asks who is there."""
    return page("sign_in.html", next=own_address(request.args.get("next")))


@routes.on("POST", "/sign-in", need=Need.NOTHING)
def begin_session() -> Any:
    """Signs a supervisor in."""
    next_page = own_address(request.form.get("next"))
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        caller, token = the_accounts().begin_session(name, password)
    except WrongCredentials as error:
        told = sentence(error.code, the_language())
        return page("sign_in.html", 401, next=next_page, told=told, typed=name)
    if CONSOLE.token:
        the_accounts().end_session(CONSOLE.token)
    if not caller.is_supervisor:
        the_accounts().end_session(token)
        raise NotAllowed
    response: Any = redirect(next_page, 303)
    CONSOLE.give(response, token)
    return response


@routes.on("POST", "/sign-out", need=Need.NOTHING)
def end_session() -> Any:
    """Signs out."""
    if CONSOLE.token:
        the_accounts().end_session(CONSOLE.token)
    response: Any = redirect(url_for("console.sign_in"), 303)
    CONSOLE.take_back(response)
    return response


@routes.on("POST", "/language", need=Need.NOTHING)
def choose_language() -> Any:
    """Remembers in which language somebody reads."""
    response: Any = redirect(own_address(request.form.get("next")), 303)
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=_A_YEAR,
            path=CONSOLE.path,
            httponly=True,
            secure=request.is_secure,
            samesite="Strict",
        )
    return response


@routes.on("GET", "/style.css", need=Need.NOTHING)
def style() -> Response:
    """How the pages look."""
    return send_file(_STYLE, mimetype="text/css", max_age=3_600)


@routes.on("GET", "/<path:anything>", need=Need.NOTHING)
def nothing_here(anything: str) -> Response:
    """Every other address of the console: a page that says that nothing is there."""
    raise PathMissing


def _programme(database: DatabaseRow) -> dict[str, Any]:
    """What the first page shows of a database."""
    kanaf, caller, titles = the_kanaf(), the_caller(), _titles()
    conflicts = open_conflicts(kanaf, database, caller)
    merged = merged_lately(kanaf, database, caller)
    documents = [*(one["document"] for one in conflicts), *merged]
    records = {one.partition(":")[0] for one in documents}
    numbers = case_numbers(kanaf, database, caller, records)

    def shown(document: str) -> dict[str, str]:
        record, _, name = document.partition(":")
        title = titles.get(name.partition(":")[0], name)
        case = numbers.get(record, record)
        return {"record": record, "document": document, "case": case, "form": title}

    return {
        "name": database.name,
        "conflicts": [
            {**shown(one["document"]), **one, "since": to_the_minute(one["since"])}
            for one in conflicts
        ],
        "merged": [shown(one) for one in merged],
    }


def _titles() -> dict[str, str]:
    """The titles of the newest revisions of all forms, by code."""
    language = the_language()
    newest = sorted(the_kanaf().forms.values(), key=lambda form: form.revision)
    return {form.code: form.title.get(language) or form.title["en"] for form in newest}


def _case_database(name: str) -> DatabaseRow:
    """A case database: what is in open ones is nobody's to decide.

    Raises:
        DatabaseMissing: there is none of that name.
    """
    database = the_registry().database(name)
    if database.kind is not DatabaseKind.CASE:
        raise DatabaseMissing
    return database
