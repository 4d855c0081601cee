"""Sessions of people, in cookies: one for the protocol, which pages of other origins may be let
use, and one for the console, which they may not.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, current_app, g, request

from sync_server.service.accounts import SESSION_SECONDS, Accounts
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Registry


@dataclass(frozen=True)
class SessionCookie:
    """A cookie that holds a session's token, for the addresses below a path."""

    name: str
    path: str

    @property
    def token(self) -> str | None:
        """The token that a request came with."""
        return request.cookies.get(self.name) or None

    def give(self, response: Response, token: str) -> None:
        """Hands a token out, for as long as a session lasts that nobody uses."""
        response.set_cookie(
            self.name,
            token,
            max_age=SESSION_SECONDS,
            path=self.path,
            httponly=True,
            secure=request.is_secure,
            samesite="Strict",
        )

    def take_back(self, response: Response) -> None:
        """Lets the client forget its token."""
        response.delete_cookie(
            self.name,
            path=self.path,
            httponly=True,
            secure=request.is_secure,
            samesite="Strict",
        )


PROTOCOL = SessionCookie("AuthSession", "/sync")
CONSOLE = SessionCookie("KanafConsole", "/console")


def session_caller(cookie: SessionCookie, registry: Registry) -> Caller | None:
    """The caller behind a request's session, while it lasts."""
    accounts: Accounts = current_app.extensions["accounts"]
    found = accounts.session(registry, cookie.token) if cookie.token else None
    if found is None:
        return None
    caller, is_prolonged = found
    if is_prolonged:
        g.prolonged = cookie
    return caller


def with_prolonged_session(response: Response) -> Response:
    """An answer that tells the client how much longer its session lasts now, unless the answer ends
    the session or begins another.
    """
    cookie: SessionCookie | None = g.get("prolonged")
    if cookie is not None and cookie.token and "Set-Cookie" not in response.headers:
        cookie.give(response, cookie.token)
    return response
