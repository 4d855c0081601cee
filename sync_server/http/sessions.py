"""Sessions of people, in cookies: one for the protocol, which pages of other origins may be let
use, and one for the console, which they may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, g, request

from sync_server.service.accounts import SESSION_SECONDS, Accounts, Session
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Registry


@dataclass(frozen=True)
class SessionCookie:
    """A cookie that holds a session, for the addresses below a path."""

    name: str
    path: str

    @property
    def text(self) -> str | None:
        """The session that a request came with, as the client holds it."""
        return request.cookies.get(self.name) or None

    def give(self, response: Response, session: Session) -> None:
        """Hands a session out, for as long as it lasts when nobody uses it. Nobody in between may
        keep the answer.
        """
        set_guarded_cookie(response, self.name, session.text, SESSION_SECONDS, self.path)
        response.headers["Cache-Control"] = "no-store"

    def end(self, accounts: Accounts) -> None:
        """Ends the session that a request came with, if any."""
        if self.text:
            accounts.end_session(self.text)

    def take_back(self, response: Response) -> None:
        """Lets the client forget its session."""
        set_guarded_cookie(response, self.name, "", 0, self.path)

    def is_set_by(self, response: Response) -> bool:
        """Whether an answer hands a session out or takes it back."""
        cookies = response.headers.getlist("Set-Cookie")
        return any(one.startswith(f"{self.name}=") for one in cookies)


PROTOCOL = SessionCookie("AuthSession", "/sync")
CONSOLE = SessionCookie("KanafConsole", "/console")


def set_guarded_cookie(response: Response, name: str, value: str, seconds: int, path: str) -> None:
    """Sets a cookie that no script reads, that no other site sends along, and that goes over HTTPS
    alone where it came so.
    """
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        httponly=True,
        secure=request.is_secure,
        samesite="Strict",
    )


def session_caller(cookie: SessionCookie, accounts: Accounts, registry: Registry) -> Caller | None:
    """The caller behind a request's session, while it lasts."""
    session = accounts.session(registry, cookie.text) if cookie.text else None
    if session is None:
        return None
    if session.is_renewed:
        g.renewed = cookie, session
    return session.caller


def with_renewed_session(response: Response) -> Response:
    """An answer that tells the client how much longer its session lasts now, unless it is refused,
    or ends the session or begins another.
    """
    if "renewed" in g and response.status_code < HTTPStatus.BAD_REQUEST:
        cookie, session = g.renewed
        if not cookie.is_set_by(response):
            cookie.give(response, session)
    return response
