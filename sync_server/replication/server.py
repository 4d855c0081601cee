"""The root of the protocol: who is there, and who am I."""

from __future__ import annotations

from flask import Response, g

from sync_server.config import PRODUCT, VERSION
from sync_server.errors import InvalidRequest
from sync_server.http.answers import answer
from sync_server.http.body import small_json_object, the_form
from sync_server.http.parameters import whole_number
from sync_server.http.requests import the_accounts, the_caller, the_kanaf, the_registry
from sync_server.http.routes import Anybody, Routes
from sync_server.http.sessions import PROTOCOL
from sync_server.service.administration import server_uuid
from sync_server.service.caller import Caller
from sync_server.service.kanaf import new_uuid
from sync_server.service.security import may_enter
from sync_server.sharing.membership import ADMINISTRATOR

routes = Routes("server", "/sync")
_MOST_UUIDS = 1000


@routes.on("GET", "/", need=Anybody.AT_ALL, takes_lost=True)
def welcome() -> Response:
    """What server this is; its uuid is part of every replication's id."""
    vendor = {"name": PRODUCT, "version": VERSION}
    kanaf = the_kanaf()
    return answer(
        {"couchdb": "Welcome", "uuid": server_uuid(kanaf), "version": VERSION, "vendor": vendor}
    )


@routes.on("GET", "/_up", need=Anybody.AT_ALL, takes_lost=True)
def up() -> Response:
    """Whether the service answers."""
    return answer({"status": "ok"})


@routes.on("GET", "/_uuids", need=Anybody.AT_ALL)
def uuids() -> Response:
    """New random ids."""
    count = whole_number("count", 1)
    if count > _MOST_UUIDS:
        raise InvalidRequest("count")
    return answer({"uuids": [new_uuid() for _ in range(count)]})


@routes.on("GET", "/_all_dbs")
def all_databases() -> Response:
    """The databases that the caller may open, by name."""
    databases = the_registry().databases
    return answer([name for name in sorted(databases) if may_enter(the_caller(), databases[name])])


@routes.on("GET", "/_session", need=Anybody.AT_ALL)
def session() -> Response:
    """Who the caller is; nobody's name is null."""
    person = g.caller.person if g.caller else None
    roles = _roles(g.caller) if g.caller else []
    context = {"name": person.name if person else None, "roles": roles}
    info = {"authentication_handlers": ["cookie", "default"]}  # Basic is CouchDB's default
    return answer({"ok": True, "userCtx": context, "info": info})


@routes.on("POST", "/_session", need=Anybody.AT_ALL)
def begin_session() -> Response:
    """Signs a person in with a cookie, which lasts as short as CouchDB's, and is renewed as it.

    Cloudant's clients say `username` for `name`.
    Source: CouchDB, couch_httpd_auth.erl, extract_username/1.
    """
    form = the_form()
    given = form if form else small_json_object()
    name = given.get("username", given.get("name"))
    password = given.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        raise InvalidRequest("name, password")
    if given.get("name", name) != name:
        raise InvalidRequest("name, username")
    session = the_accounts().begin_session(name, password)
    person = session.caller.person
    response = answer({"ok": True, "name": person.name, "roles": _roles(session.caller)})
    PROTOCOL.give(response, session)
    return response


@routes.on("DELETE", "/_session", need=Anybody.AT_ALL)
def end_session() -> Response:
    """Signs the caller out."""
    PROTOCOL.end(the_accounts())
    response = answer({"ok": True})
    PROTOCOL.take_back(response)
    return response


def _roles(caller: Caller) -> list[str]:
    return [ADMINISTRATOR if caller.is_administrator else caller.person.role.name]
