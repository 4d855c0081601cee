"""Who gets into the console, for how long, and what lets nobody in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from sync_server.app import create_app
from sync_server.http.routes import Anybody
from sync_server.http.sessions import CONSOLE
from sync_server.messages import LANGUAGES, sentence
from sync_server.service.accounts import LONGEST_SESSION_SECONDS, SESSION_SECONDS
from sync_server.service.directory_changes import add_device, set_password
from tests.console.conftest import PASSWORD, Browser, Reading
from tests.service.conftest import Programme

PAGES = ["/console/", "/console/sudan/records/x", "/console/find?database=sudan&case=x"]
AtConsole = Callable[[str], Browser]


def turn_clock(programme: Programme, seconds: float) -> None:
    programme.kanaf.clock = lambda: seconds


def held_session(browser: Browser) -> str:
    cookie = browser.client.get_cookie("KanafConsole", path="/console")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_asked_who_they_are(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 303
    to = urlsplit(answer.location)
    assert to.path == "/console/sign-in"
    assert parse_qs(to.query)["next"] == [path]


def test_who_signs_in_gets_to_where_they_were_going(browser: Browser) -> None:
    answer = browser.sign_in("bilal", next="/console/sudan/records/x?y=1")

    assert answer.status_code == 303
    assert answer.location == "/console/sudan/records/x?y=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org/",
        "//evil.example.org/console/",
        "/sync/",
        "/console/\\evil",
        "javascript:alert(1)",
        "/console/\r\nSet-Cookie: a=b",
        "/consoleevil",
        "/console/../sync/_session",
        "/console/%2e%2e/sync/",
        "/console//evil.example.org/",
        "",
    ],
)
def test_signing_in_leads_to_no_address_outside_the_console(
    browser: Browser, elsewhere: str
) -> None:
    assert browser.sign_in("bilal", next=elsewhere).location == "/console/"


@pytest.mark.parametrize(("name", "password"), [("bilal", "another"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_a_wrong_name_are_told_alike(
    browser: Browser, name: str, password: str
) -> None:
    answer = browser.sign_in(name, password)

    assert answer.status_code == 401
    assert sentence("console.wrong_password", "en") in Reading(answer.text).text
    assert "Set-Cookie" not in answer.headers


def test_who_is_no_supervisor_is_told_so_and_not_let_in(browser: Browser) -> None:
    answer = browser.sign_in("amina")

    assert answer.status_code == 403
    assert sentence("console.not_for_you", "en") in Reading(answer.text).text
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/console/").status_code == 303


def test_the_session_stays_in_the_console_and_away_from_scripts(browser: Browser) -> None:
    (cookie,) = browser.sign_in("bilal").headers.getlist("Set-Cookie")

    assert {"HttpOnly", "Path=/console", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_over_https_the_session_is_sent_over_https_only(programme: Programme) -> None:
    client = create_app(programme.kanaf).test_client()
    form = {"name": "bilal", "password": PASSWORD}
    answer = client.post("/console/sign-in", data=form, base_url="https://kanaf.example.org")

    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_who_signs_out_is_out_whoever_has_kept_the_cookie(at_console: AtConsole) -> None:
    browser = at_console("bilal")
    kept = held_session(browser)

    assert browser.post("/console/sign-out", {}).location == "/console/sign-in"
    assert browser.client.get_cookie("KanafConsole", path="/console") is None
    browser.client.set_cookie("KanafConsole", kept, path="/console")
    assert browser.get("/console/").status_code == 303


def test_signing_in_anew_ends_the_session_before(at_console: AtConsole) -> None:
    browser = at_console("bilal")
    before = held_session(browser)
    browser.sign_in("bilal")
    browser.client.set_cookie("KanafConsole", before, path="/console")

    assert browser.get("/console/").status_code == 303


def test_a_session_lasts_as_long_as_it_is_used(programme: Programme, at_console: AtConsole) -> None:
    now = programme.kanaf.clock()
    browser = at_console("bilal")
    for step in range(1, 6):
        turn_clock(programme, now + step * 0.9 * SESSION_SECONDS)
        assert browser.get("/console/").status_code == 200

    turn_clock(programme, now + 5.5 * SESSION_SECONDS + 1)
    assert browser.get("/console/").status_code == 303


@pytest.mark.parametrize("path", ["/console/", "/sync/_session"])
def test_a_session_is_renewed_when_a_tenth_of_it_is_over(programme: Programme, path: str) -> None:
    """Source: CouchDB, couch_httpd_auth.erl, cookie_auth_header/2."""
    now = programme.kanaf.clock()
    client = create_app(programme.kanaf).test_client()
    account = {"name": "bilal", "password": PASSWORD}
    client.post("/console/sign-in", data=account)
    client.post("/sync/_session", json=account)

    turn_clock(programme, now + 0.05 * SESSION_SECONDS)
    assert "Set-Cookie" not in client.get(path).headers
    turn_clock(programme, now + 0.2 * SESSION_SECONDS)
    answer = client.get(path)
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_session_ends_however_much_it_is_used(
    programme: Programme, at_console: AtConsole
) -> None:
    begun, minutes = programme.kanaf.clock(), 0
    browser = at_console("bilal")
    while browser.get("/console/").status_code == 200:
        minutes += 9
        turn_clock(programme, begun + minutes * 60)
        assert minutes < 24 * 60

    assert 0 <= minutes * 60 - LONGEST_SESSION_SECONDS <= 600


def test_a_session_holds_at_a_server_whose_clock_is_behind(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    turn_clock(programme, programme.kanaf.clock() - 30)

    assert browser.get("/console/").status_code == 200


def test_choosing_a_language_renews_the_session_too(
    programme: Programme, at_console: AtConsole
) -> None:
    now = programme.kanaf.clock()
    browser = at_console("bilal")
    turn_clock(programme, now + 0.9 * SESSION_SECONDS)
    browser.post("/console/language", {"language": "so"})
    turn_clock(programme, now + 1.5 * SESSION_SECONDS)

    assert browser.get("/console/").status_code == 200


def test_nothing_that_caches_may_keep_carries_a_session(
    programme: Programme, at_console: AtConsole
) -> None:
    now = programme.kanaf.clock()
    browser = at_console("bilal")
    turn_clock(programme, now + 0.5 * SESSION_SECONDS)

    style = browser.get("/console/style.css")

    assert "max-age=3600" in style.headers["Cache-Control"]
    assert "Set-Cookie" not in style.headers


@pytest.mark.parametrize("changed", ["0", "-1", "999999999999", "x", "", "9" * 200])
def test_nobody_lets_their_own_session_last_longer(
    programme: Programme, at_console: AtConsole, changed: str
) -> None:
    browser = at_console("bilal")
    token, issued, proof = held_session(browser).split(".")
    for text in (f"{token}.{changed}.{proof}", f"{token}.{issued}", f"{token}.{issued}.{changed}"):
        browser.client.set_cookie("KanafConsole", text, path="/console")
        assert browser.get("/console/").status_code == 303


def test_another_password_ends_the_sessions_begun_with_the_old_one(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    set_password(programme.kanaf, "bilal", "another password")

    assert browser.get("/console/").status_code == 303


def test_a_form_that_is_larger_than_any_is_refused(browser: Browser) -> None:
    form = {"name": "bilal", "password": "x" * 20_000}

    assert browser.post("/console/sign-in", form).status_code == 413


def test_a_device_does_not_open_the_console(programme: Programme, browser: Browser) -> None:
    token = add_device(programme.kanaf, "bilal", "bilal-tablet")

    answer = browser.client.get("/console/", auth=("bilal-tablet", token))
    assert answer.status_code == 303


def test_a_session_of_the_protocol_does_not_open_the_console(browser: Browser) -> None:
    account = {"name": "bilal", "password": PASSWORD}
    assert browser.client.post("/sync/_session", json=account).status_code == 200

    assert browser.get("/console/").status_code == 303


def test_the_consoles_session_opens_no_case_database(at_console: AtConsole) -> None:
    browser = at_console("bilal")
    session = held_session(browser)
    browser.client.set_cookie("AuthSession", session, path="/sync")
    browser.client.set_cookie("KanafConsole", session, path="/")

    assert browser.get("/sync/sudan/_all_docs").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://evil.example.org"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
@pytest.mark.parametrize("path", ["sign-in", "sign-out", "language"])
def test_a_page_of_another_origin_can_send_nothing(
    at_console: AtConsole, path: str, headers: dict[str, str]
) -> None:
    browser = at_console("bilal")
    form = {"name": "bilal", "password": PASSWORD, "language": "so"}

    answer = browser.client.post(f"/console/{path}", data=form, headers=headers)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/console/").status_code == 200


def test_an_old_browser_may_send_from_the_console_itself(browser: Browser) -> None:
    form = {"name": "bilal", "password": PASSWORD}
    headers = {"Origin": "http://localhost"}

    answer = browser.client.post("/console/sign-in", data=form, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_come_in_the_language_that_was_chosen(browser: Browser, language: str) -> None:
    form = {"language": language, "next": "/console/sign-in"}
    assert browser.post("/console/language", form).location == "/console/sign-in"

    page = browser.read("/console/sign-in", **{"Accept-Language": "fr"})
    assert sentence("console.for_supervisors", language) in page.text
    direction = "rtl" if language == "ar" else "ltr"
    (html,) = page.tags("html")
    assert html == {"lang": language, "dir": direction}


def test_without_a_choice_the_browsers_language_counts(browser: Browser) -> None:
    page = browser.read("/console/sign-in", **{"Accept-Language": "so, en;q=0.5"})

    assert sentence("console.for_supervisors", "so") in page.text


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/nothing"])
def test_pages_run_nothing_and_are_kept_and_framed_by_nobody(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = Reading(answer.text)
    assert not page.tags("script")
    assert not page.tags("style")
    assert not any("style" in one or "onclick" in one for _, one in page.attributes)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/console/nothing", 404),
        ("GET", "/console/a/b/c", 404),
        ("POST", "/console/sign-in/x", 404),
        ("GET", "/console/%00", 404),
        ("GET", "/console/sign-out", 405),
        ("POST", "/console/", 405),
        ("POST", "/console", 404),
        ("PROPFIND", "/console/", 405),
    ],
)
def test_where_nothing_is_a_page_says_so(
    browser: Browser, method: str, path: str, status: int
) -> None:
    wrong = {"Authorization": "Basic eDp5"}
    answer = browser.client.open(path, method=method, headers=wrong)

    assert answer.status_code in (status, 401)
    assert "WWW-Authenticate" not in answer.headers
    assert browser.client.open(path, method=method).status_code == status
    assert answer.mimetype == "text/html"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert sentence("console.refused", "en") in Reading(answer.text).text


def test_every_page_takes_the_consoles_session_and_nothing_else(browser: Browser) -> None:
    rules = browser.client.application.url_map.iter_rules()
    entries = browser.client.application.extensions["entries"]
    pages = [rule for rule in rules if rule.rule.startswith("/console")]

    assert {rule.endpoint.partition(".")[0] for rule in pages} == {"console", "style"}
    for rule in pages:
        entry = entries[rule.endpoint]
        assert not entry.takes_basic
        assert entry.session in (CONSOLE, None)
        assert entry.session is CONSOLE or entry.need is Anybody.AT_ALL
