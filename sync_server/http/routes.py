"""Routes with a declared need. A route that declares none does not start the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from flask import Blueprint, Flask
from werkzeug.routing import UnicodeConverter, ValidationError

from sync_server.http.sessions import PROTOCOL, SessionCookie
from sync_server.sharing.roles import Action

SLASH = "\x00"
"""What an encoded slash within a path segment is until the route is found."""

_ENDPOINT = re.compile(r"/sync/<segment:db>/(_[a-z_]+)")
_LOCAL = re.compile("(?<=/_local)%2f", re.IGNORECASE)


class Anybody(StrEnum):
    """Who enters a route without a role that allows something of its own."""

    AT_ALL = "nothing"  # also without an account
    KNOWN = "account"  # a user or a device


Need = Anybody | Action
"""What a caller needs to enter a route at all; what they see is decided behind it."""


class SegmentConverter(UnicodeConverter):
    """One path segment, in which an encoded slash stands for itself."""

    def to_python(self, value: str) -> str:
        """The segment as the client meant it."""
        return value.replace(SLASH, "/")

    def to_url(self, value: str) -> str:
        """The segment in an address, whatever stands in it."""
        return quote(value, safe="")


@dataclass(frozen=True)
class Entry:
    """What lets a request in to a route.

    Attributes:
        session: the cookie that is looked at; None where nobody is asked who they are.
        takes_basic: whether a device's token or a password in a header tells who comes.
        takes_lost: whether a device that is lost comes in; nowhere unless a route says so.
    """

    need: Need
    session: SessionCookie | None = PROTOCOL
    takes_basic: bool = True
    takes_lost: bool = False


NOWHERE = Entry(Anybody.AT_ALL)
"""Of a request to what is no route."""


class DocumentConverter(SegmentConverter):
    """A document's id; not the name of an endpoint, so that its wrong methods are told as such."""

    def to_python(self, value: str) -> str:
        """The id as the client meant it.

        Raises:
            ValidationError: it names an endpoint of the database.
        """
        if value in self._endpoints:
            raise ValidationError
        return super().to_python(value)

    @cached_property
    def _endpoints(self) -> set[str]:
        rules = (_ENDPOINT.fullmatch(rule.rule) for rule in self.map.iter_rules())
        return {found[1] for found in rules if found}


class Routes(Blueprint):
    """A blueprint whose routes say what they need.

    Attributes:
        session, takes_basic: see `Entry`; the same for all its routes.
    """

    session: SessionCookie | None = PROTOCOL
    takes_basic = True

    def __init__(self, name: str, url_prefix: str) -> None:
        super().__init__(name, name, url_prefix=url_prefix)
        self.entries: dict[str, Entry] = {}

    def on(
        self,
        methods: str,
        *rules: str,
        need: Need = Anybody.KNOWN,
        takes_lost: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers a view for some methods (separated by spaces) and rules.

        Args:
            need, takes_lost: see `Entry`.
        """

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            entry = Entry(need, self.session, self.takes_basic, takes_lost)
            self.entries[f"{self.name}.{view.__name__}"] = entry
            for rule in rules:
                self.add_url_rule(
                    rule, view_func=view, methods=methods.split(), strict_slashes=False
                )
            return view

        return register


class UndeclaredRoute(RuntimeError):
    """A route does not say what it needs."""


def register_routes(app: Flask, blueprints: list[Routes]) -> None:
    """Registers blueprints and checks that every route of the app has a declared need.

    Raises:
        UndeclaredRoute: one has none; the service must not start with it.
    """
    app.url_map.converters["segment"] = SegmentConverter
    app.url_map.converters["document"] = DocumentConverter
    entries: dict[str, Entry] = {}
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        entries.update(blueprint.entries)
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in entries:
            raise UndeclaredRoute(rule.endpoint)
    app.extensions["entries"] = entries


def with_raw_slashes(application: Callable[..., Any]) -> Callable[..., Any]:
    """A WSGI application that can tell `a%2Fb`, one segment, from `a/b`, two.

    A path with an encoded NUL, which nothing may be called, leads nowhere.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        raw = _LOCAL.sub("/", str(environ.get("RAW_URI", "")).partition("?")[0], count=1)
        if "%00" in raw:
            environ["PATH_INFO"] = "/%00"
        elif "%2f" in raw.lower():
            marked = unquote_to_bytes(raw.replace("%2F", "%00").replace("%2f", "%00"))
            environ["PATH_INFO"] = marked.decode("latin-1")
        return application(environ, start_response)

    return wrapped
