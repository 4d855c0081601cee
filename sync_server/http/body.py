"""A request's body: its bytes, or what they say."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from flask import request
from gunicorn.http.errors import ParseException

from sync_server.errors import InvalidJson, InvalidRequest, TooLarge
from sync_server.http.requests import authenticate_again, the_kanaf
from sync_server.service.incoming import levels

_DEEPEST_REQUEST = 512
_LARGEST_EXACT = 2.0**63
"""Beyond it the fast reader takes whole numbers for fractions, which do not keep all digits."""
_CHUNK = 65_536
_AT_ONCE_SECONDS = 0.1
"""A body that takes longer to arrive is answered with the rights of its end, not its beginning."""
_IDLE_SECONDS = 60.0
"""So long nothing of a body may arrive: links are bad, but nobody keeps a request open for ever."""


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
        is_rounded |= any(abs(one) >= _LARGEST_EXACT for one in level if type(one) is float)
    return _leniently(content) if is_rounded else value


def json_object() -> dict[str, Any]:
    """The request's body as a JSON object.

    Raises:
        InvalidRequest: it is something else.
    """
    return _as_object(json_body())


def small_json_object(most_bytes: int = 65_536) -> dict[str, Any]:
    """The same of a route that has no use for a large one: to take one apart keeps others waiting.

    Raises:
        InvalidRequest, InvalidJson: see `json_object`.
        TooLarge: it has more than `most_bytes`, decompressed.
    """
    return _as_object(json_value(body(most_bytes)))


def _as_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest
    return value


def text_in(given: Mapping[str, Any], name: str, longest: int = 100) -> str:
    """A text of a JSON object, from 1 to `longest` characters that can be printed.

    Raises:
        InvalidRequest: it is none.
    """
    text = given.get(name)
    is_one = isinstance(text, str) and 0 < len(text) <= longest and text.isprintable()
    if not is_one:
        raise InvalidRequest(name)
    return str(text)


def texts_in(given: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    """Up to `most` texts of a list in a JSON object, which may be left out.

    Raises:
        InvalidRequest: it is something else.
    """
    listed = given.get(name, [])
    if not isinstance(listed, list) or len(listed) > most:
        raise InvalidRequest(name)
    return tuple(text_in({name: one}, name) for one in listed)


def count_in(given: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number of a JSON object, from 0 to `most`.

    Raises:
        InvalidRequest: it is none.
    """
    count = given.get(name)
    if type(count) is not int or not 0 <= count <= most:
        raise InvalidRequest(name)
    return count


def body(most_bytes: int | None = None) -> bytes:
    """The request's body, decompressed.

    Args:
        most_bytes: where it is to have fewer than `max_request_bytes`.

    Raises:
        TooLarge: it has more, decompressed.
        InvalidRequest: it is not what its Content-Encoding says, or was cut.
        RightsChanged: what the caller may do was changed while it arrived; or the error that
            `authenticate` has for who may nothing any more.
    """
    with _arriving():
        return _body(most_bytes)


def _body(most_bytes: int | None) -> bytes:
    largest = the_kanaf().settings.max_request_bytes
    limit = largest if most_bytes is None else min(most_bytes, largest)
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
        RightsChanged: see `body`.
    """
    try:
        with _arriving():
            return request.form
    except (OSError, ParseException):
        raise InvalidRequest from None


@contextmanager
def _arriving() -> Iterator[None]:
    """While a body arrives; after one that has taken its time, who asks is looked up anew.

    Raises:
        TimeoutError: nothing comes any more.
        RightsChanged: see `body`.
    """
    began = time.monotonic()
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(_IDLE_SECONDS)
    try:
        yield
    finally:
        if connection is not None:
            connection.settimeout(None)  # an answer may take longer
    if time.monotonic() - began > _AT_ONCE_SECONDS:
        authenticate_again()


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
