"""What all pages have in common: who comes in, language, protection, and what is said of errors.

A blueprint of pages is a `Pages`: it takes the console's session and nothing else, refuses what
other origins let a browser send, and answers every failure with a page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from sync_server.config import PRODUCT
from sync_server.console.saying import Saying
from sync_server.errors import ConductNotAccepted, KanafError, NotAllowed, NotAuthenticated
from sync_server.http.answers import RETRY_SECONDS, STATUS, as_kanaf_error, logged_fault
from sync_server.http.routes import Routes
from sync_server.http.sessions import CONSOLE
from sync_server.messages import LANGUAGES, language_of, sentence

LANGUAGE_COOKIE = "KanafLanguage"
LANGUAGE_NAMES = {"en": "English", "ar": "العربية", "so": "Soomaali", "fr": "Français"}
RIGHT_TO_LEFT = frozenset({"ar"})
_LARGEST_FORM = 16_384
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Pages(Routes):
    """A blueprint of pages."""

    session = CONSOLE
    takes_basic = False

    def __init__(self, name: str, url_prefix: str) -> None:
        super().__init__(name, url_prefix)
        self.before_request(_take_small_forms_only)
        self.before_request(_refuse_other_origins)
        self.register_error_handler(NotAuthenticated, _to_sign_in)
        self.register_error_handler(ConductNotAccepted, _to_conduct)
        self.register_error_handler(KanafError, refused)
        self.register_error_handler(HTTPException, lambda error: refused(as_kanaf_error(error)))
        self.register_error_handler(Exception, lambda error: refused(logged_fault(error)))


class Kept(Routes):
    """A blueprint of what caches may keep: nobody is asked who they are, so no session goes by."""

    session = None
    takes_basic = False


def the_language() -> str:
    """The language that the reader has chosen on a page before, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return language_of(request.headers.get("Accept-Language"))


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page, from a template below `templates/`."""
    language = the_language()
    caller = g.get("caller")
    content = render_template(
        template,
        product=PRODUCT,
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        languages=LANGUAGE_NAMES,
        say=Saying(language),
        reader=caller.person.name if caller else "",
        **values,
    )
    response = make_response(content, status)
    response.headers.extend(_HEADERS)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def own_address(text: str | None) -> str:
    """An address within the console that a request names; the first page where it is another's."""
    first_page = url_for("console.waiting")
    if text is None or not text.startswith(first_page) or not text.isprintable():
        return first_page
    path = text.partition("?")[0]
    leads_elsewhere = "\\" in text or "//" in path or ".." in unquote(path).split("/")
    return first_page if leads_elsewhere else text


def refused(error: KanafError) -> Response:
    """The page that says what is wrong and what to do."""
    # What may not be seen and what is not there are told by the same words.
    code = "console.nothing_here" if error.error == "not_found" else error.code
    response = page("refused.html", STATUS[error.error], told=sentence(code, the_language()))
    if error.error == "service_unavailable":
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _to_sign_in(_: NotAuthenticated) -> Any:
    """Who is not signed in signs in, and comes back to where they were going."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("console.sign_in", next=own_address(wanted)), 303)


def _to_conduct(_: ConductNotAccepted) -> Any:
    """Who has not accepted the code of conduct reads it, and comes back."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("console.conduct", next=own_address(wanted)), 303)


def _take_small_forms_only() -> None:
    request.max_content_length = _LARGEST_FORM


def _refuse_other_origins() -> None:
    """Refuses what a page of another origin lets a browser send.

    Raises:
        NotAllowed: it comes from elsewhere.

    Source: Fetch Metadata Request Headers (W3C), 2.4; browsers without it send `Origin`.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None:
        is_own = origin is None or _host_of(origin) == request.host
    else:
        is_own = site in ("same-origin", "none")
    if not is_own:
        raise NotAllowed


def _host_of(origin: str) -> str:
    """Host and port of an origin; nothing where it is malformed or hidden (`null`)."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
