"""What a request asks for beside its body: parameters of its address, and headers."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from sync_server.errors import InvalidRequest


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
