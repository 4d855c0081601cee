"""The pages: signing in, what waits, and the merges of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, redirect, request, send_file, url_for

from sync_server.console.merge_view import document_view
from sync_server.console.page import (
    LANGUAGE_COOKIE,
    RIGHT_TO_LEFT,
    Kept,
    Pages,
    own_address,
    page,
    the_language,
)
from sync_server.console.saying import Saying
from sync_server.console.waiting_view import Naming, ProgrammeView
from sync_server.errors import DatabaseMissing, InvalidRequest, PathMissing, WrongCredentials
from sync_server.http.body import the_form
from sync_server.http.requests import the_accounts, the_caller, the_kanaf, the_registry
from sync_server.http.routes import Anybody
from sync_server.http.sessions import CONSOLE, set_guarded_cookie
from sync_server.messages import LANGUAGES
from sync_server.service.conduct import accept_conduct, current_conduct
from sync_server.service.merges_seen import (
    case_numbers,
    merged_lately,
    merges_of_record_seen_by,
    record_of_case_number,
)
from sync_server.service.waiting_for_people import open_conflicts, quarantined
from sync_server.sharing.roles import Action
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_A_YEAR = 365 * 86_400
_LONGEST_VERSION = 9
_STYLE = Path(__file__).with_name("style.css")

routes = Pages("console", CONSOLE.path)
style = Kept("style", CONSOLE.path)


@routes.on("GET", "/", need=Action.SETTLE)
def waiting() -> Response:
    """What waits for the supervisor, the longest waiting first, and what was merged lately."""
    registry = the_registry()
    databases = (registry.databases[name] for name in sorted(registry.databases))
    found = [_programme(one) for one in databases if one.kind is DatabaseKind.CASE]
    return page("waiting.html", programmes=found)


@routes.on("GET", "/<segment:db>/records/<segment:record>", need=Action.SETTLE)
def record_merges(db: str, record: str) -> Response:
    """How the documents of a record came to what they show."""
    kanaf, database, caller = the_kanaf(), _case_database(db), the_caller()
    say = Saying(the_language())
    titles = _titles(say, database)
    seen = merges_of_record_seen_by(kanaf, database, caller, record)
    number = case_numbers(kanaf, database, caller, [record]).get(record, record)
    documents = [document_view(one, titles, say) for one in seen]
    return page("record.html", number=number, documents=documents)


@routes.on("GET", "/find", need=Action.SETTLE)
def find() -> Any:
    """To the page of the case whose number was typed in, or the id of it or of a document."""
    database = _case_database(request.args.get("database", ""))
    typed = request.args.get("case", "").strip()
    record = record_of_case_number(the_kanaf(), database, the_caller(), typed)
    record = record or typed.partition(":")[0].strip(".") or "-"
    return redirect(url_for("console.record_merges", db=database.name, record=record), 303)


@routes.on("GET", "/sign-in", need=Anybody.AT_ALL)
def sign_in() -> Response:
    """Asks who is there."""
    return page("sign_in.html", next=own_address(request.args.get("next")))


@routes.on("POST", "/sign-in", need=Anybody.AT_ALL)
def begin_session() -> Any:
    """Signs a supervisor in."""
    form = the_form()
    next_page = own_address(form.get("next"))
    name, password = form.get("name", ""), form.get("password", "")
    try:
        session = the_accounts().begin_session(name, password)
    except WrongCredentials:
        return page("sign_in.html", 401, next=next_page, wrong="wrong_password", typed=name)
    if not session.caller.is_supervisor:
        the_accounts().end_session(session.text)
        return page("sign_in.html", 403, next=next_page, wrong="not_for_you", typed=name)
    CONSOLE.end(the_accounts())
    response: Any = redirect(next_page, 303)
    CONSOLE.give(response, session)
    return response


@routes.on("GET", "/conduct")
def conduct() -> Response:
    """The code of conduct, which the reader accepts or not."""
    found = current_conduct(the_kanaf())
    if found is None:
        raise PathMissing
    language = the_language()
    chosen = language if language in found.texts else next(iter(found.texts))
    return page(
        "conduct.html",
        version=found.version,
        text=found.texts[chosen],
        text_language=chosen,
        text_direction="rtl" if chosen in RIGHT_TO_LEFT else "ltr",
        next=own_address(request.args.get("next")),
    )


@routes.on("POST", "/conduct")
def accepting() -> Any:
    """The reader accepts it."""
    form = the_form()
    version = form.get("version", "")
    if not version.isdecimal() or len(version) > _LONGEST_VERSION:
        raise InvalidRequest("version")
    accept_conduct(the_kanaf(), the_caller(), int(version))
    return redirect(own_address(form.get("next")), 303)


@routes.on("POST", "/sign-out", need=Anybody.AT_ALL)
def end_session() -> Any:
    """Signs out."""
    CONSOLE.end(the_accounts())
    response: Any = redirect(url_for("console.sign_in"), 303)
    CONSOLE.take_back(response)
    return response


@routes.on("POST", "/language", need=Anybody.AT_ALL)
def choose_language() -> Any:
    """Remembers in which language somebody reads."""
    form = the_form()
    response: Any = redirect(own_address(form.get("next")), 303)
    chosen = form.get("language")
    if chosen in LANGUAGES:
        set_guarded_cookie(response, LANGUAGE_COOKIE, chosen, _A_YEAR, CONSOLE.path)
    return response


@style.on("GET", "/style.css", need=Anybody.AT_ALL)
def style_sheet() -> Response:
    """How the pages look."""
    return send_file(_STYLE, mimetype="text/css", max_age=3_600)


def _programme(database: DatabaseRow) -> ProgrammeView:
    """What the first page shows of a database."""
    kanaf, caller, say = the_kanaf(), the_caller(), Saying(the_language())
    conflicts = open_conflicts(kanaf, database, caller)
    refused = quarantined(kanaf, database, caller)
    merged = merged_lately(kanaf, database, caller)
    documents = [one["document"] for one in (*conflicts, *refused)]
    documents += [one.document_id for one in merged]
    records = {document.partition(":")[0] for document in documents}
    naming = Naming(say, case_numbers(kanaf, database, caller, records), _titles(say, database))
    return ProgrammeView(
        name=database.name,
        conflicts=tuple(map(naming.conflict, conflicts)),
        refused=tuple(map(naming.refused, refused)),
        merged=tuple(map(naming.merged, merged)),
    )


def _titles(say: Saying, database: DatabaseRow) -> dict[str, str]:
    """The titles of the newest revisions of all forms, by code."""
    kanaf = the_kanaf()
    with kanaf.store.read() as reading:
        forms = kanaf.forms(database, reading)
    newest = sorted(forms.values(), key=lambda form: form.revision)
    return {form.code: say.label(form.title) for form in newest}


def _case_database(name: str) -> DatabaseRow:
    """A case database: what is in open ones is nobody's to decide.

    Raises:
        DatabaseMissing: there is none of that name.
    """
    database = the_registry().database(name)
    if database.kind is not DatabaseKind.CASE:
        raise DatabaseMissing
    return database
