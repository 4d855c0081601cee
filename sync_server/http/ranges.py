"""Which part of a content a request asks for."""

from __future__ import annotations

import re

from flask import request

from sync_server.errors import RangeNotSatisfiable

_ONE = re.compile(r"([0-9]{0,15})-([0-9]{0,15})")
_MOST_RANGES = 9


def asked_ranges(length: int, etag: str) -> list[range] | None:
    """The parts that a request for a content of `length` bytes asks for; None for all of it.

    What is asked for in more than nine parts, in another unit or unreadably is sent whole, and so
    is what is no longer the content of which the client has a part (`If-Range`).

    Raises:
        RangeNotSatisfiable: the content has none of the bytes, or a part ends before it begins.

    Source: RFC 9110, 14.2; CouchDB, chttpd_db.erl, parse_ranges/3, for a part that ends too early,
    and db_attachment_req/4 for how many there may be.
    """
    unit, _, listed = request.headers.get("Range", "").replace(" ", "").partition("=")
    asked = [_ONE.fullmatch(one) for one in listed.split(",")]
    if unit != "bytes" or len(asked) > _MOST_RANGES or request.method != "GET":
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    parts = [_part(one.groups(), length) if one and one[0] != "-" else None for one in asked]
    if None in parts:
        return None
    found = [part for part in parts if part]
    if not found:
        raise RangeNotSatisfiable
    return found


def content_range(part: range, length: int) -> str:
    """The header that says which part of a content this is."""
    return f"bytes {part[0]}-{part[-1]}/{length}"


def _part(asked: tuple[str, ...], length: int) -> range:
    """The bytes from the first to the last one, or as many as there are of the last ones."""
    first, last = asked
    if not first:
        return range(max(length - int(last), 0), length)
    if last and int(last) < int(first):
        raise RangeNotSatisfiable
    return range(int(first), min(int(last) + 1, length) if last else length)
