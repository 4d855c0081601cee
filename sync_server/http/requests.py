"""What a request says: who it comes from, its body, its parameters."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import current_app, g, request
from gunicorn.http.errors import ParseException

from sync_server.errors import (
    DatabaseMissing,
    DeviceNeeded,
    InvalidJson,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    TooLarge,
)
from sync_server.http.routes import NOWHERE, Entry, Need
from sync_server.http.sessions import session_caller
from sync_server.service.accounts import Accounts
from sync_server.service.caller import Caller
from sync_server.service.incoming import levels
from sync_server.service.kanaf import Kanaf, Registry
from sync_server.service.security import may_enter, may_keep
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_DEEPEST_REQUEST = 512
_LARGEST_EXACT = 2.0**63
"""Beyond it the fast reader takes whole numbers for fractions, which do not keep all digits."""
_CHUNK = 65_536


def the_kanaf() -> Kanaf:
    """The service behind this application."""
    kanaf: Kanaf = current_app.extensions["kanaf"]
    return kanaf


def the_accounts() -> Accounts:
    """Who may come in."""
    accounts: Accounts = current_app.extensions["accounts"]
    return accounts


def the_registry() -> Registry:
    """What administration has written: users, devices, databases; as of the request's beginning."""
    if "registry" not in g:
        g.registry = the_kanaf().registry()
    registry: Registry = g.registry
    return registry


def authenticate() -> None:
    """Finds the caller, and refuses who lacks what the route needs.

    Raises:
        WrongCredentials: there are credentials, and they are wrong.
        NotAuthenticated, NotAllowed: the route needs an account, or that of an administrator or
            a supervisor.
    """
    if request.method == "OPTIONS":  # a browser asks what it may send, and sends no credentials yet
        g.caller = None
        return
    entry: Entry = current_app.extensions["entries"].get(request.endpoint, NOWHERE)
    g.caller = _found(entry)
    need = entry.need
    if need is Need.NOTHING:
        return
    if g.caller is None:
        raise NotAuthenticated
    if need is Need.ADMINISTRATOR and not g.caller.is_administrator:
        raise NotAllowed
    if need is Need.SUPERVISOR and not g.caller.is_supervisor:
        raise NotAllowed


def the_caller() -> Caller:
    """Who asks.

    Raises:
        NotAuthenticated: nobody that is known.
    """
    caller: Caller | None = g.caller
    if caller is None:
        raise NotAuthenticated
    return caller


def the_database(name: str) -> DatabaseRow:
    """A database, if the caller may know of it.

    Raises:
        DatabaseMissing: there is none of that name, or it is open and the caller no member.
        DeviceNeeded: a case database was asked for with a password.
    """
    kanaf = the_kanaf()
    database = the_registry().database(name)
    if not may_enter(the_caller(), database):
        raise DatabaseMissing
    by_password = not the_caller().device
    if database.kind is DatabaseKind.CASE and by_password and not kanaf.settings.demo:
        raise DeviceNeeded
    return database


def the_kept_database(name: str) -> DatabaseRow:
    """A database whose settings the caller may change.

    Raises:
        DatabaseMissing, DeviceNeeded: see `the_database`.
        NotAllowed: the caller may only use it.
    """
    database = the_database(name)
    if not may_keep(the_caller(), database):
        raise NotAllowed
    return database


def json_body(default: Any = None) -> Any:
    """The request's body as JSON; `default` where it is empty.

    Raises:
        InvalidJson: it is none, or nested deeper than anything real.
        TooLarge: see `body`.
    """
    content = body()
    if not content.strip():
        if default is None:
            raise InvalidJson
        return default
    return json_value(content)


def json_value(content: bytes) -> Any:
    """A content as JSON.

    Raises:
        InvalidJson: it is none, or nested deeper than anything real.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        value = _leniently(content)
    is_rounded = False
    for depth, level in enumerate(levels(value)):
        if depth > _DEEPEST_REQUEST:
            raise InvalidJson
        is_rounded |= any(type(one) is float and abs(one) >= _LARGEST_EXACT for one in level)
    return _leniently(content) if is_rounded else value


def json_object() -> dict[str, Any]:
    """The request's body as a JSON object.

    Raises:
        InvalidRequest: it is something else.
    """
    value = json_body()
    if not isinstance(value, dict):
        raise InvalidRequest
    return value


def body() -> bytes:
    """The request's body, decompressed.

    Raises:
        TooLarge: it has more than `max_request_bytes`, decompressed.
        InvalidRequest: it is not what its Content-Encoding says, or was cut.
    """
    limit = the_kanaf().settings.max_request_bytes
    unpacker = _unpacker(request.headers.get("Content-Encoding", "identity"))
    content = bytearray()
    received = 0
    while chunk := _read():
        received += len(chunk)
        try:
            content += unpacker.decompress(chunk, limit + 1 - len(content)) if unpacker else chunk
        except zlib.error:
            raise InvalidRequest("Content-Encoding") from None
        if len(content) > limit or (unpacker and unpacker.unconsumed_tail):
            raise TooLarge
    is_cut = received < (request.content_length or 0) or (unpacker and not unpacker.eof)
    if is_cut:  # what has come may be JSON all the same
        raise InvalidRequest
    return bytes(content)


def the_form() -> Mapping[str, str]:
    """The fields of a form that was sent; none where the body is something else.

    Raises:
        InvalidRequest: the connection broke, or the body is not in chunks as it says.
    """
    try:
        return request.form
    except (OSError, ParseException):
        raise InvalidRequest from None


def _read() -> bytes:
    """The next piece of the body, as it was sent.

    Raises:
        InvalidRequest: the connection broke, or the body is not in chunks as it says.
    """
    try:
        piece: bytes = request.stream.read(_CHUNK)
    except (OSError, ParseException):
        raise InvalidRequest from None
    return piece


def asked_rev(stated: object = None) -> str | None:
    """The revision that the request is about, from `rev`, `If-Match` or what a document states.

    Raises:
        InvalidRequest: two of them contradict each other.

    Source: CouchDB, chttpd_db.erl, couch_doc_from_req/4 and extract_header_rev/2.
    """
    matched = request.headers.get("If-Match", "").strip('"')
    given = (request.args.get("rev"), matched, stated)
    named = {one for one in given if isinstance(one, str) and one}
    if len(named) > 1:
        raise InvalidRequest("rev")
    return next(iter(named), None)


def accepts(media_type: str) -> bool:
    """Whether the client takes answers of a media type; who says nothing takes all."""
    return not request.accept_mimetypes or request.accept_mimetypes[media_type] > 0


def flag(name: str) -> bool:
    """Whether a parameter is `true`."""
    return request.args.get(name) == "true"


def whole_number(name: str, default: int, *, least: int = 0) -> int:
    """A parameter that is a whole number.

    Raises:
        InvalidRequest: it is none, or less than `least`.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdecimal() or len(text) > 15 or int(text) < least:
        raise InvalidRequest(name)
    return int(text)


def json_parameter(*names: str) -> Any:
    """The first of some parameters that is given, as JSON; None where none is.

    Raises:
        InvalidRequest: it is no JSON.
    """
    for name in names:
        text = request.args.get(name)
        if text is not None:
            try:
                return orjson.loads(text)
            except orjson.JSONDecodeError:
                raise InvalidRequest(name) from None
    return None


def _found(entry: Entry) -> Caller | None:
    """The caller; without a device where a password told who it is, in this request or before."""
    if entry.takes_basic:
        credentials = _basic(request.headers.get("Authorization", ""))
        if credentials is not None:
            return the_accounts().basic(the_registry(), *credentials)
    if entry.session is None:
        return None
    return session_caller(entry.session, the_accounts(), the_registry())


def _basic(header: str) -> tuple[str, str] | None:
    """Name and secret of a Basic header; None where it is another or malformed."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if colon else None


def _leniently(content: bytes) -> Any:
    """JSON as a slower reader takes it, which keeps all digits of a whole number, and half a
    character: one document with such must not make its neighbours in the request unreadable.
    """
    try:
        return json.loads(content, parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        raise InvalidJson from None


def _no_such_number(name: str) -> None:
    raise ValueError(name)


def _unpacker(encoding: str) -> Any:
    asked = encoding.strip().lower()  # RFC 9110, 8.4.1: they are compared without regard to case
    if asked in ("", "identity"):
        return None
    if asked == "gzip":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    raise InvalidRequest("Content-Encoding")
