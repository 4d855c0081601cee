"""Which part of a content a request asks for."""

from __future__ import annotations

import re

from flask import request

from sync_server.errors import RangeNotSatisfiable

_ASKED = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def asked_range(length: int, etag: str) -> range | None:
    """The bytes that a request for a content of `length` bytes asks for; None for all of them.

    What is asked for in several parts, in another unit or unreadably is sent whole, and so is what
    is no longer the content of which the client has a part (`If-Range`).

    Raises:
        RangeNotSatisfiable: the content has none of the bytes, or the part ends before it begins.

    Source: RFC 9110, 14.2; CouchDB, chttpd_db.erl, parse_ranges/3, for a part that ends too early.
    """
    asked = _ASKED.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or asked.groups() == ("", "") or request.method != "GET":
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first:
        part = range(max(length - int(last), 0), length)
    else:
        part = range(int(first), min(int(last) + 1, length) if last else length)
    if not part:
        raise RangeNotSatisfiable
    return part
